/**
 * What each mode does where the target has something already, and that a dry run says it without doing it.
 * After the table of operations in domain §2.5.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IngestItem, IngestMode } from '../../handlers/ingest-items.ts';
import { handIn, handInAll, total, type Options } from './ingest-hand.ts';
import { createTrees, type Trees } from './trees.ts';

let trees: Trees;
beforeEach(() => {
  trees = createTrees();
  fs.mkdirSync(trees.target, { recursive: true });
});
afterEach(() => trees.remove());

const from = (name: string) => join(trees.source, name);
const to = (name: string) => join(trees.target, name);
const present = (source: string, target: string) => {
  fs.writeFileSync(from('a'), source);
  fs.writeFileSync(to('a'), target);
};
const content = () => fs.readFileSync(to('a'), 'utf8');
const item: IngestItem = { kind: 'files', dir: '', names: ['a'] };
const put = (options: Options) => handIn(trees, item, options);

describe('the modes of an ingest', () => {
  it.each<[IngestMode, string]>([
    ['put', 'c'],
    ['put-sync', 'c'],
    ['put-append', 'c'],
  ])('%s copies what is missing (domain §2.5)', async (mode, outcomes) => {
    fs.writeFileSync(from('a'), 'content');
    expect(await put({ mode })).toMatchObject({ outcomes, copied: 1, bytes: 7, sizes: [7] });
    expect(content()).toBe('content');
  });

  it.each<[IngestMode, string, string]>([
    ['put', 'u', 'cont'],
    ['put-sync', 'c', 'content'],
    ['put-append', 'a', 'content'],
  ])('%s finds a shorter file: %s (domain §2.5)', async (mode, outcomes, expected) => {
    present('content', 'cont');
    expect(await put({ mode })).toMatchObject({ outcomes });
    expect(content()).toBe(expected);
    expect(await put({ mode })).toMatchObject({ outcomes: 'u', copied: 0, appended: 0, bytes: 0 });
  });

  it('put-append writes only what is beyond the size of the target, into the same file', async () => {
    const known = 'x'.repeat(100_000);
    present(`${known}grown`, known);
    fs.chmodSync(from('a'), 0o640);
    fs.utimesSync(from('a'), 1_000, 1_000);
    const { ino } = fs.statSync(to('a'));
    expect(await put({ mode: 'put-append', checksum: true })).toMatchObject({
      appended: 1,
      bytes: 5,
      sizes: [5],
    });
    expect(content()).toBe(`${known}grown`);
    const [one, other] = [fs.statSync(from('a')), fs.statSync(to('a'))];
    expect([other.ino, other.mode, other.mtimeMs]).toEqual([ino, one.mode, one.mtimeMs]);
  });

  it.each<[string, string, string, Options, RegExp]>([
    ['a longer target', 'short', 'longer', {}, /^the target is 1 bytes longer than the source; /],
    ['another end', 'contEXT and more', 'content', {}, /^the source begins otherwise; /],
    ['as long and different', 'one', 'two', {}, /^the source begins otherwise; /],
    [
      'another beginning, which only a checksum finds',
      `A${'x'.repeat(70_000)}more`,
      `B${'x'.repeat(70_000)}`,
      { checksum: true },
      /^the source begins otherwise; /,
    ],
  ])('put-append leaves alone, and reports: %s', async (_what, source, target, options, why) => {
    present(source, target);
    const { outcomes, skipped } = await put({ mode: 'put-append', ...options });
    expect([outcomes, skipped[0]?.why]).toEqual(['s', expect.stringMatching(why)]);
    expect(content()).toBe(target);
  });

  it('put-append goes on where an attempt was killed', async () => {
    present('0123456789', '012');
    fs.appendFileSync(to('a'), '3456');
    expect(await put({ mode: 'put-append' })).toMatchObject({ appended: 1, bytes: 3 });
    expect(content()).toBe('0123456789');
  });

  it('leaves a name out of the target alone that a directory has, in each mode', async () => {
    fs.writeFileSync(from('a'), 'x');
    fs.mkdirSync(to('a'));
    for (const mode of ['put', 'put-sync', 'put-append'] as const) {
      await expect(put({ mode })).rejects.toThrow(
        'the target has a directory where the source has',
      );
    }
  });
});

describe('a dry run', () => {
  const list = () =>
    execFileSync('find', [trees.directory, '-printf', '%p %T@ %C@ %s\\n']).toString();

  it.each<[IngestMode, string]>([
    ['put', 'uclm'],
    ['put-sync', 'cclm'],
    ['put-append', 'aclm'],
  ])('of %s tells what would be, and touches nothing', async (mode, expected) => {
    present('content', 'cont');
    fs.writeFileSync(from('b'), 'new');
    fs.symlinkSync('b', from('c'));
    fs.mkdirSync(from('d'));
    fs.writeFileSync(to('extra'), '');
    const before = list();
    const names = ['a', 'b', 'c'];
    const options = { mode, dryRun: true, delete: mode !== 'put' };
    const files = await handIn(trees, { kind: 'files', dir: '', names }, options);
    const directory = await handIn(trees, { kind: 'directory', dir: 'd' }, options);
    expect(files.outcomes + directory.outcomes).toBe(expected);
    const results = await handInAll(trees, options);
    expect(total(results, 'deleted')).toBe(mode === 'put' ? 0 : 1);
    expect(results.every(({ dryRun }) => dryRun)).toBe(true);
    expect(list()).toBe(before);
  });

  it('says the same as the run that follows it', async () => {
    present('content', 'cont');
    fs.mkdirSync(from('d/e'), { recursive: true });
    fs.writeFileSync(from('d/e/f'), 'x');
    fs.mkdirSync(to('gone/deep'), { recursive: true });
    const told = await handInAll(trees, { dryRun: true, delete: true });
    const done = await handInAll(trees, { delete: true });
    for (const field of ['copied', 'bytes', 'links', 'directories', 'deleted'] as const) {
      expect([field, total(told, field)]).toEqual([field, total(done, field)]);
    }
    expect(total(done, 'deleted')).toBe(2);
  });
});
