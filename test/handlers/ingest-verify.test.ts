/**
 * The comparison of two trees: that it finds every kind of difference.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settableTime } from '../../handlers/file-times.ts';
import { verifyTree } from '../../handlers/ingest-verify.ts';
import { createTrees, fillOddly } from './trees.ts';
import type { Trees } from './trees.ts';

let trees: Trees;
beforeEach(() => {
  trees = createTrees();
  fillOddly(trees.source);
  fs.mkdirSync(join(trees.directory, 'target'));
  execFileSync('cp', ['-a', trees.source, trees.target]);
});
afterEach(() => trees.remove());

const at = (name: string) => join(trees.target, name);

/** Changes something in the target without changing the times of its directory. */
async function differencesAfter(change: () => void): Promise<readonly string[]> {
  const { atime, mtime } = fs.statSync(trees.source);
  change();
  fs.utimesSync(trees.target, atime, mtime);
  const { differences, differenceCount } = await verifyTree(trees.source, trees.target);
  expect(differenceCount).toBe(differences.length);
  return differences.filter((line) => line !== '.: the time differs');
}

describe('verifyTree', () => {
  it('finds no difference in a true copy', async () => {
    expect(await verifyTree(trees.source, trees.target)).toMatchObject({
      files: 135,
      directories: 45,
      links: 4,
      special: 1,
      differenceCount: 0,
      differences: [],
    });
  });

  it.each<[string, () => void, string]>([
    [
      'a content',
      () =>
        sameTimes('one-piece', (path) => fs.writeFileSync(path, Buffer.alloc(1024 * 1024, 'y'))),
      'one-piece: the content differs',
    ],
    ['a size', () => fs.appendFileSync(at('empty'), 'x'), 'empty: the size differs'],
    ['a time', () => fs.utimesSync(at('-rf'), 5, 5), '-rf: the time differs'],
    ['a mode', () => fs.chmodSync(at('set-user-id'), 0o755), 'set-user-id: the mode differs'],
    ['a missing file', () => fs.rmSync(at('empty')), 'empty: missing in the target'],
    [
      'a file too many',
      () => fs.writeFileSync(at('extra\n'), ''),
      'extra\\x0a: only in the target',
    ],
    [
      'a type',
      () => {
        fs.rmSync(at('empty'));
        fs.mkdirSync(at('empty'));
      },
      'empty: the type differs',
    ],
    [
      'a missing tree',
      () => fs.rmSync(at('level-0'), { recursive: true }),
      'level-0: missing in the target',
    ],
    [
      'a link',
      () => {
        const { mtimeNs } = fs.lstatSync(at('link'), { bigint: true });
        fs.rmSync(at('link'));
        fs.symlinkSync('LARGE', at('link'));
        fs.lutimesSync(at('link'), 0, settableTime(mtimeNs));
      },
      'link: the link differs',
    ],
  ])('finds %s', async (_name, change, difference) => {
    expect(await differencesAfter(change)).toEqual([difference]);
  });

  it('shows at most a hundred differences, and counts all', async () => {
    fs.rmSync(at('many'), { recursive: true });
    fs.mkdirSync(at('many'));
    const { differences, differenceCount } = await verifyTree(trees.source, trees.target);
    expect(differences).toHaveLength(100);
    expect(differenceCount).toBeGreaterThanOrEqual(121);
  });

  it('rejects when there is no source', async () => {
    await expect(verifyTree(join(trees.directory, 'nothing'), trees.target)).rejects.toThrow(
      'ENOENT',
    );
  });
});

function sameTimes(name: string, change: (path: string) => void): void {
  const { mtimeNs } = fs.statSync(at(name), { bigint: true });
  change(at(name));
  fs.utimesSync(at(name), 0, settableTime(mtimeNs));
}
