/** The API reference in docs/api: it names what is exported, nothing else, and says what the docstrings say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entries, exported, ROOT } from './exported.ts';

const REMEDY = 'run `npm run docs:api` and commit docs/api';
const folder = join(ROOT, 'docs/api');
const pageOf = (entry: string) => `${entry.replace('lifeline/', '')}.md`;
const all = exported();

/** Only letters and digits count, so that no markup does. */
const bare = (text: string) =>
  text.replace(/\[`?([^\]]*?)`?\]\([^)]*\)/g, '$1').replace(/[^\p{L}\d]/gu, '');

/** The first sentence of a docstring. */
const firstOf = (says: string) => bare(/^(?!@)[^]*?(?=\.\s|\.$|\n@|\n\n|$)/.exec(says)?.[0] ?? '');

describe.each(entries)('the reference of %s', (entry) => {
  const page = readFileSync(join(folder, pageOf(entry)), 'utf8');
  const own = all.filter((each) => each.entry === entry);

  it('has the names that it exports', () => {
    const [, ...parts] = page.split(/^### /m);
    const headed = parts.map((part) => /^[\w~\\]+/.exec(part)![0].replaceAll('\\', ''));
    const again = [...page.matchAll(/^Re-exports \[(\w+)\]/gm)].map(([, name]) => name!);
    const told = new Set([...headed, ...again]);
    expect([...told].sort(), REMEDY).toEqual([...new Set(own.map(({ name }) => name))].sort());
  });

  it('says what the docstrings say', () => {
    const text = bare(
      readdirSync(folder)
        .map((file) => readFileSync(join(folder, file), 'utf8'))
        .join('\n'),
    );
    const stale = own.filter(({ says }) => !text.includes(firstOf(says))).map(({ name }) => name);
    expect(stale, REMEDY).toEqual([]);
  });
});
