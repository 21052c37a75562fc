/**
 * Spare files in a directory of their own. That a full disk does not matter shows in the inode and the size:
 * what is taken is a file that was there before, and no longer than it was.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSpareFiles, SPARE_BYTES } from '../../handlers/spare-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-spare-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (name: string) => join(directory, name);
const inodes = () => readdirSync(directory).map((name) => statSync(at(name)).ino);

it('writes over what is there, and needs no room for it', () => {
  const spares = openSpareFiles(directory, 2);
  const before = inodes().sort();
  expect([spares.take(at('a'), '{"a":1}'), spares.take(at('b'), '{"b":2}')]).toEqual([true, true]);
  expect(inodes().sort()).toEqual(before);
  expect(statSync(at('a')).size).toBe(SPARE_BYTES);
  expect(JSON.parse(readFileSync(at('a'), 'utf8'))).toEqual({ a: 1 });
});

it('gives the same files again and again, and no more than there are', () => {
  const spares = openSpareFiles(directory, 1);
  expect(spares.take(at('a'), 'a longer text')).toBe(true);
  expect(spares.take(at('b'), 'b')).toBe(false);
  expect([spares.giveBack(at('a')), spares.giveBack(at('b'))]).toEqual([true, false]);
  expect(spares.take(at('c'), 'c')).toBe(true);
  expect(readFileSync(at('c'), 'utf8').trimEnd()).toBe('c');
  expect(readdirSync(directory)).toEqual(['c']);
});

it('refuses what is longer than a spare, and keeps it for the next', () => {
  const spares = openSpareFiles(directory, 1);
  expect(spares.take(at('a'), 'ä'.repeat(SPARE_BYTES - 1))).toBe(false);
  expect(spares.take(at('a'), 'a'.repeat(SPARE_BYTES))).toBe(true);
});

it('begins anew with each life', () => {
  openSpareFiles(directory, 3).take(at('a'), 'a');
  openSpareFiles(directory, 1);
  expect(readdirSync(directory).sort()).toEqual(['a', 'spare-0']);
});
