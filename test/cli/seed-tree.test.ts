/** The same seed gives the same tree. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDice, seedTree } from '../../cli/seed-tree.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-seed-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Found {
  files: number;
  directories: number;
  links: number;
  bytes: number;
  readonly names: Set<string>;
  readonly hash: string;
}

/** Everything that can be seen of a tree: names, types, modes, times, links, contents. */
function look(root: string): Found {
  const hash = createHash('sha256');
  const found = { files: 0, directories: 0, links: 0, bytes: 0, names: new Set<string>() };
  const visit = (path: Buffer): void => {
    const stats = lstatSync(path);
    hash.update(path.subarray(root.length)).update(`${stats.mode} ${stats.mtimeMs}`);
    found.names.add(path.subarray(path.lastIndexOf(47) + 1).toString('latin1'));
    if (stats.isSymbolicLink()) {
      found.links++;
      hash.update(readlinkSync(path, 'buffer'));
    } else if (stats.isDirectory()) {
      found.directories++;
      const names = readdirSync(path, 'buffer').sort((a, b) => Buffer.compare(a, b));
      for (const name of names) visit(Buffer.concat([path, Buffer.from('/'), name]));
    } else {
      found.files++;
      found.bytes += stats.size;
      hash.update(readFileSync(path));
    }
  };
  visit(Buffer.from(root));
  return { ...found, hash: hash.digest('hex') };
}

describe('a seeded tree', () => {
  it('has what it says it has', () => {
    const root = join(directory, 'tree');
    const told = seedTree(root, 300, 42);
    const { names, hash, ...found } = look(root);
    expect(hash).toHaveLength(64);
    expect(told).toEqual(found);
    expect(told.files).toBe(300);
    for (const odd of [
      'two words',
      'new\nline',
      `it's "quoted"`,
      'latin-\xe9',
      'empty',
      'to nothing',
    ])
      expect(names).toContain(odd);
  });

  it('is the same for the same seed, and another for another', () => {
    const hashOf = (name: string, seed: number) => {
      const root = join(directory, name);
      seedTree(root, 60, seed);
      return look(root).hash;
    };
    const first = hashOf('a', 42);
    expect(hashOf('b', 42)).toBe(first);
    expect(hashOf('c', 43)).not.toBe(first);
  });
});

describe('dice', () => {
  it('give every number of their range, evenly', () => {
    const dice = createDice(7);
    const counts = Array<number>(6).fill(0);
    for (let i = 0; i < 6_000; i++) counts[dice(6)]!++;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
