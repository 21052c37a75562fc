/** What the package exports: its entries, their names, and a docstring for each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entries, exported, ROOT } from './exported.ts';

const all = exported();

it('has an entry in package.json for each file of exports/', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly exports: Record<string, { types: string; default: string } | string>;
  };
  const told = { ...manifest.exports };
  delete told['./package.json'];
  const wanted = entries.map(([entry, path]) => {
    const built = path.slice(ROOT.length).replace('.ts', '');
    const files = { types: `./dist/${built}.d.ts`, default: `./dist/${built}.js` };
    return [entry.replace('lifeline', '.'), files] as const;
  });
  expect(told).toEqual(Object.fromEntries(wanted));
});

it('says of every name what it is', () => {
  expect(all.length).toBeGreaterThan(200);
  const silent = all.filter(({ says }) => says === '').map(({ name, file }) => `${file}: ${name}`);
  expect([...new Set(silent)]).toEqual([]);
});

it('gives one name one meaning in each entry', () => {
  for (const [entry] of entries) {
    const names = all.filter((each) => each.entry === entry).map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  }
});
