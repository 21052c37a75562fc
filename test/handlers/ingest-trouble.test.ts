/**
 * Copies under which the ground moves: a source that changes while it is read, a disk that is full or
 * lies. The system's own calls are intercepted, so that each moment is met for sure.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IngestItem } from '../../handlers/ingest-items.ts';
import ingestItem from '../../handlers/ingest-work.ts';
import { createTrees } from './trees.ts';
import type { Trees } from './trees.ts';

const intercept = vi.hoisted((): { read: () => void; write: () => void } => ({
  read: () => undefined,
  write: () => undefined,
}));

vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs')>();
  return {
    ...original,
    readSync: (...given: Parameters<typeof original.readSync>) => {
      intercept.read();
      return original.readSync(...given);
    },
    writeSync: (...given: Parameters<typeof original.writeSync>) => {
      intercept.write();
      return original.writeSync(...given);
    },
  };
});

let trees: Trees;
let busy: string;
beforeEach(() => {
  trees = createTrees();
  busy = join(trees.source, 'busy');
  fs.writeFileSync(busy, 'content');
  fs.mkdirSync(trees.target, { recursive: true });
  fs.writeFileSync(join(trees.target, 'busy'), 'as it was');
});
afterEach(() => {
  intercept.read = () => undefined;
  intercept.write = () => undefined;
  trees.remove();
});

const item: IngestItem = { kind: 'files', dir: '', names: ['busy'] };
const put = (checksum = false) =>
  ingestItem(
    { source: trees.source, target: trees.target, item, checksum },
    {
      id: 'x',
      job: null,
      properties: null,
      once: () => Promise.reject(new Error('no steps')),
      fence: { birth: 1, attempt: 1 },
      signal: new AbortController().signal,
      log: () => undefined,
      progress: () => undefined,
    },
  );
const inTarget = () =>
  fs
    .readdirSync(trees.target)
    .map((name) => [name, fs.readFileSync(join(trees.target, name), 'utf8')]);

const refuse = (code: string) => () => {
  throw Object.assign(new Error(`${code}: refused`), { code });
};

describe('ingest of a file that changes while it is copied', () => {
  it('copies it once more', async () => {
    let reads = 0;
    intercept.read = () => {
      reads += 1;
      if (reads === 1) fs.appendFileSync(busy, ' and more');
    };
    expect(await put()).toMatchObject({ copied: 1, bytes: 16, skipped: [] });
    expect(inTarget()).toEqual([['busy', 'content and more']]);
  });

  it('notices a change that keeps the size', async () => {
    let reads = 0;
    intercept.read = () => {
      reads += 1;
      if (reads === 1) fs.writeFileSync(busy, 'CONTENT');
      if (reads === 1) fs.utimesSync(busy, 1000, 1000);
    };
    expect(await put()).toMatchObject({ copied: 1 });
    expect(inTarget()).toEqual([['busy', 'CONTENT']]);
  });

  it('gives up when it changes again, and leaves the target as it was', async () => {
    intercept.read = () => fs.appendFileSync(busy, '+');
    expect(await put()).toMatchObject({
      copied: 0,
      skipped: [{ path: 'busy', why: 'it changed each time while it was being copied' }],
    });
    expect(inTarget()).toEqual([['busy', 'as it was']]);
  });
});

describe('ingest to a target in trouble', () => {
  it.each([
    ['ENOSPC', 'the target has no space left (ENOSPC)'],
    ['EIO', 'the disk reports an error (EIO)'],
    ['EROFS', 'the target is read-only (EROFS)'],
    ['EFBIG', 'EFBIG: refused (EFBIG)'],
  ])('fails by %s, and leaves the target as it was', async (code, why) => {
    intercept.write = refuse(code);
    await expect(put()).rejects.toThrow(`1 of 1 entry failed; the first: "busy": ${why}.`);
    expect(inTarget()).toEqual([['busy', 'as it was']]);
  });

  it('fails by a source whose disk reports an error', async () => {
    intercept.read = refuse('EIO');
    await expect(put()).rejects.toThrow('the disk reports an error (EIO)');
    expect(inTarget()).toEqual([['busy', 'as it was']]);
  });

  it('finds, by checksum, that something else was written than was read', async () => {
    let writes = 0;
    intercept.write = () => {
      writes += 1;
    };
    // The temporary file is spoiled between its writing and its reading.
    intercept.read = () => {
      if (writes === 0) return;
      writes = 0;
      const temporary = join(trees.target, '.lifeline-1-1-0');
      const { mtime } = fs.statSync(temporary);
      fs.writeFileSync(temporary, 'spoiled');
      fs.utimesSync(temporary, mtime, mtime);
    };
    await expect(put(true)).rejects.toThrow('reads back differently; check the disk of the target');
    expect(inTarget()).toEqual([['busy', 'as it was']]);
  });
});
