/**
 * Deleting in the target what the source has not: all of that, and never anything in doubt. After the deletion
 * rules and tests of the source system (domain §2.5, §2.8 op × delete).
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IngestItem } from '../../handlers/ingest-items.ts';
import { contextOf, handIn, handInAll, total } from './ingest-hand.ts';
import { createTrees, type Trees } from './trees.ts';

let trees: Trees;
beforeEach(() => {
  trees = createTrees();
  make(trees.source, 'kept', 'd/kept');
});
afterEach(() => trees.remove());

function make(root: string, ...names: string[]): void {
  for (const name of names) {
    fs.mkdirSync(join(root, name, '..'), { recursive: true });
    fs.writeFileSync(join(root, name), name);
  }
}

const inTarget = () => (fs.readdirSync(trees.target, { recursive: true }) as string[]).toSorted();
const root: IngestItem = { kind: 'directory', dir: '' };
const all = { delete: true };

describe('an ingest that deletes', () => {
  it('leaves in the target what the source has, and nothing else', async () => {
    make(trees.target, 'extra', 'd/extra', 'gone/a', 'gone/b/c', 'kept');
    fs.symlinkSync(trees.source, join(trees.target, 'link'));
    const results = await handInAll(trees, all);
    expect(inTarget()).toEqual(['d', 'd/kept', 'kept']);
    expect(total(results, 'deleted')).toBe(7);
    expect(results.flatMap(({ deletions }) => deletions).toSorted()).toEqual(
      ['d/extra', 'extra', 'gone', 'gone/a', 'gone/b', 'gone/b/c', 'link'],
    ); // prettier-ignore
    expect(fs.existsSync(join(trees.source, 'kept'))).toBe(true);
    expect(total(await handInAll(trees, all), 'deleted')).toBe(0);
  });

  it('deletes nothing unless it is asked to', async () => {
    make(trees.target, 'extra');
    expect(total(await handInAll(trees), 'deleted')).toBe(0);
    expect(inTarget()).toContain('extra');
  });

  it('deletes names that are no UTF-8, and trees of 60 levels', async () => {
    const deep = Array.from({ length: 60 }, (_, n) => `level-${n}`).join('/');
    make(trees.target, `gone/${deep}/bottom`);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${trees.target}/`), Buffer.from([0xff])]), '');
    const { deleted, deletions } = await handIn(trees, root, all);
    expect(deleted).toBe(63);
    expect(deletions).toContainEqual({ base64: '/w==' });
    expect(inTarget()).toEqual([]);
  });

  it('leaves what is excluded, and the directories it lies in', async () => {
    make(trees.target, 'gone/a.log', 'gone/b', 'logs/x', 'c.log', 'other');
    const names = ['.*\\.log$'];
    const exclusions = { types: [], names, directories: ['.*/logs$'] };
    await handInAll(trees, { ...all, exclusions });
    expect(inTarget()).toEqual(
      ['c.log', 'd', 'd/kept', 'gone', 'gone/a.log', 'kept', 'logs', 'logs/x'],
    ); // prettier-ignore
  });

  it.each<[string, () => IngestItem]>([
    [
      'the source is missing altogether',
      () => (fs.rmSync(trees.source, { recursive: true }), root),
    ],
    [
      'the source is empty, as if nothing were mounted there',
      () => (fs.rmSync(trees.source, { recursive: true }), fs.mkdirSync(trees.source), root),
    ],
    ['its source could not be read whole', () => ({ ...root, unreadable: 'EACCES' })],
    ['the source has a file there', () => ({ kind: 'directory', dir: 'kept' })],
    ['the source directory is gone', () => ({ kind: 'directory', dir: 'nowhere' })],
  ])('deletes nothing where %s', async (_what, itemOf) => {
    make(trees.target, 'extra', 'nowhere/extra');
    const before = inTarget();
    const { deleted, skippedCount } = await handIn(trees, itemOf(), all);
    expect([deleted, skippedCount]).toEqual([0, 1]);
    expect(inTarget()).toEqual(before);
  });

  it('leaves what other attempts are writing', async () => {
    make(trees.target, '.lifeline-5-1-0');
    expect((await handIn(trees, root, all)).deleted).toBe(0);
  });

  it('stops between two entries when it is asked to, and goes on in the next attempt', async () => {
    make(trees.target, ...Array.from({ length: 50 }, (_, n) => `gone/${n}`));
    const stop = new AbortController();
    const context = contextOf(1, stop.signal);
    const begun = handIn(trees, root, all, context);
    stop.abort();
    await expect(begun).rejects.toThrow();
    expect(inTarget()).toContain('gone');
    expect(await handIn(trees, root, all, contextOf(2))).toMatchObject({ outcomes: 'd' });
    expect(inTarget()).toEqual([]);
  });

  it('names the first that fit, and the rest in the log, so that a result stays below 256 KB', async () => {
    const name = (n: number) => `gone/${String(n).padStart(5, '0')}-${'n'.repeat(200)}`;
    make(trees.target, ...Array.from({ length: 300 }, (_, n) => name(n)));
    const logged: string[] = [];
    const result = await handIn(
      trees,
      root,
      all,
      contextOf(1, undefined, (text) => logged.push(text)),
    );
    expect(result.deleted).toBe(301);
    expect(result.deletions.length + logged.length).toBe(301);
    expect(result.deletions.length).toBeGreaterThan(100);
    expect(logged[0]).toMatch(/^deleted: gone/);
    expect(JSON.stringify(result).length).toBeLessThan(64_000);
  });
});
