/**
 * The walk: every entry once, in batches, directories' times last, and names as bytes.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IngestItem } from '../../handlers/ingest-items.ts';
import { walkTree } from '../../handlers/ingest-walk.ts';
import { bytesOfName } from '../../handlers/raw-name.ts';
import type { RawName } from '../../handlers/raw-name.ts';
import { createTrees, fillOddly } from './trees.ts';
import type { Trees } from './trees.ts';

let trees: Trees;
beforeEach(() => {
  trees = createTrees();
});
afterEach(() => trees.remove());

async function walk(options?: { filesPerTask: number }, root = trees.source) {
  const items: IngestItem[] = [];
  for await (const item of walkTree(root, options)) items.push(item);
  return items;
}
const latin = (name: RawName) => bytesOfName(name).toString('latin1');

/** Paths that an item is about, as Latin-1. */
function pathsOf(item: IngestItem): string[] {
  if (item.kind === 'directoryTimes') return item.dirs.map(latin);
  if (item.kind === 'directory') return [latin(item.dir)];
  const dir = latin(item.dir);
  return item.names.map((name) => (dir === '' ? latin(name) : `${dir}/${latin(name)}`));
}

describe('walkTree', () => {
  it('yields every entry once, and every directory in both passes', async () => {
    fillOddly(trees.source);
    const found = execFileSync('find', [trees.source, '-printf', '%P\\0'], { encoding: 'latin1' });
    const items = await walk();
    const of = (kind: IngestItem['kind']) =>
      items.filter((item) => item.kind === kind).flatMap(pathsOf);
    expect([...of('files'), ...of('directory')].toSorted()).toEqual(
      found.split('\0').slice(0, -1).toSorted(),
    );
    expect(of('directoryTimes').toSorted()).toEqual(of('directory').toSorted());
    expect(of('files')).toContain('\xff\xfeA');
    expect(of('files')).toContain('\x80 /in\xc3');
  });

  it('leaves the times to the end, deepest first', async () => {
    fillOddly(trees.source);
    const items = await walk();
    const first = items.findIndex((item) => item.kind === 'directoryTimes');
    expect(items.slice(first).every((item) => item.kind === 'directoryTimes')).toBe(true);
    const order = items.slice(first).flatMap(pathsOf);
    expect(order.at(-1)).toBe('');
    for (const [index, path] of order.entries()) {
      const above = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
      if (path !== '') expect(order.indexOf(above)).toBeGreaterThan(index);
    }
  });

  it.each([
    { filesPerTask: 50, sizes: [50, 50, 20] },
    { filesPerTask: 1, sizes: new Array<number>(120).fill(1) },
    { filesPerTask: 120, sizes: [120] },
    { filesPerTask: 1000, sizes: [120] },
  ])('batches 120 files by $filesPerTask', async ({ filesPerTask, sizes }) => {
    for (let n = 0; n < 120; n += 1) fs.writeFileSync(join(trees.source, `f${n}`), '');
    const items = await walk({ filesPerTask });
    expect(items.flatMap((item) => (item.kind === 'files' ? [item.names.length] : []))).toEqual(
      sizes,
    );
  });

  it('keeps a batch of long names below what an input may take', async () => {
    const long = Buffer.alloc(250, 0xff);
    for (let n = 0; n < 700; n += 1) {
      const name = Buffer.concat([Buffer.from(`${trees.source}/${n}`), long]);
      fs.writeFileSync(name, '');
    }
    const items = await walk({ filesPerTask: 1000 });
    expect(Math.max(...items.map((item) => JSON.stringify(item).length))).toBeLessThan(250_000);
    expect(items.flatMap((item) => (item.kind === 'files' ? item.names : []))).toHaveLength(700);
  });

  it('does not go on before it is asked to', async () => {
    fs.mkdirSync(join(trees.source, 'd'));
    const items = walkTree(trees.source);
    expect((await items.next()).value).toEqual({ kind: 'directory', dir: '' });
    fs.mkdirSync(join(trees.source, 'd', 'later'));
    expect((await items.next()).value).toEqual({ kind: 'directory', dir: 'd' });
    expect((await items.next()).value).toEqual({ kind: 'directory', dir: 'd/later' });
    await items.return();
  });

  it('reports a directory that vanishes under its feet', async () => {
    fs.mkdirSync(join(trees.source, 'd'));
    const items = walkTree(trees.source);
    await items.next();
    fs.rmdirSync(join(trees.source, 'd'));
    expect((await items.next()).value).toEqual({
      kind: 'directory',
      dir: 'd',
      unreadable: 'ENOENT',
    });
    expect((await items.next()).value).toEqual({ kind: 'directoryTimes', dirs: [''] });
  });

  it('does not follow links, but for the root itself', async () => {
    fs.writeFileSync(join(trees.source, 'f'), '');
    fs.symlinkSync('/etc', join(trees.source, 'etc'));
    const root = join(trees.directory, 'root');
    fs.symlinkSync(trees.source, root);
    const items = await walk({ filesPerTask: 50 }, root);
    expect(items.flatMap(pathsOf).toSorted()).toEqual(['', '', 'etc', 'f']);
  });

  it.each([0, -1, 1.5, NaN, 1001])('refuses %s files per task', async (filesPerTask) => {
    await expect(walk({ filesPerTask })).rejects.toThrow('filesPerTask must be a whole number');
  });
});
