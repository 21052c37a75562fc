/** Exclusions: by type, by name, by directory, anchored at the start of the full path; names are bytes. */
import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createExcluder, entryTypes, flawOfExclusions, type Exclusions,
} from '../../handlers/ingest-exclusions.ts'; // prettier-ignore

let directory: string;
const at = (name: string) => join(directory, name);
const server = createServer();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-exclusions-'));
  writeFileSync(at('regular'), '');
  mkdirSync(at('directory'));
  symlinkSync('regular', at('link'));
  execFileSync('mkfifo', [at('pipe')]);
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

const nothing: Exclusions = { types: [], names: [], directories: [] };
const whyNot = (given: Partial<Exclusions>, path: string | Buffer, like = 'regular') =>
  createExcluder({ ...nothing, ...given })(Buffer.from(path), lstatSync(at(like)));

describe('exclusion', () => {
  it.each(['regular', 'directory', 'link', 'pipe', 'socket'] as const)(
    'leaves out what is of the type %s, and nothing else (domain §2.8 exclude by type)',
    (type) => {
      expect(whyNot({ types: [type] }, at(type), type)).toBe(`its type is excluded: ${type}`);
      const others = entryTypes.filter((each) => each !== type);
      expect(whyNot({ types: others }, at(type), type)).toBeUndefined();
    },
  );

  it.each<[string, string, boolean]>([
    ['.*\\.tmp$', '/data/a.tmp', true],
    ['.*\\.tmp$', '/data/a.tmpx', false],
    ['a\\.tmp', '/data/a.tmp', false],
    ['/data/a', '/data/abc', true],
    ['/data/a$', '/data/abc', false],
    ['/x|/data', '/data/a', true],
    ['.*new$', '/data/with\nnew', true],
    ['/data/.\\.c$', '/data/ü.c', true],
  ])('anchors %s at the start of the full path: %s (domain §2.7)', (pattern, path, excluded) => {
    expect(whyNot({ names: [pattern] }, path)).toBe(excluded ? 'its name is excluded' : undefined);
    expect(whyNot({ directories: [pattern] }, path, 'directory')).toBe(
      excluded ? 'the directory is excluded' : undefined,
    );
  });

  it('does not mix patterns of names with those of directories', () => {
    expect(whyNot({ names: ['.*'] }, '/data/d', 'directory')).toBeUndefined();
    expect(whyNot({ directories: ['.*'] }, '/data/f')).toBeUndefined();
  });

  it('sees each byte that is no UTF-8 as one character, and the rest of the name as text', () => {
    const name = Buffer.concat([
      Buffer.from('/d/ü'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('.tmp'),
    ]);
    expect(whyNot({ names: ['/d/ü..\\.tmp$'] }, name)).toBe('its name is excluded');
    expect(whyNot({ names: ['/d/ü.\\.tmp$'] }, name)).toBeUndefined();
    expect(whyNot({ names: ['/d/ü\\udcff\\udcc3'] }, name)).toBe('its name is excluded');
    expect(whyNot({ names: ['/d/\ufffd$'] }, '/d/\ufffd')).toBe('its name is excluded');
  });
});

describe('exclusions that cannot be used', () => {
  it.each<[Partial<Exclusions>, string]>([
    [{ names: ['['] }, '"[" is no regular expression to exclude by: '],
    [{ names: [''] }, 'A pattern to exclude by is empty'],
    [{ directories: ['a)(b'] }, '"a)(b" is no regular expression to exclude by: '],
    [{ names: ['ok', '(?<a'] }, '"(?<a" is no regular expression'],
    [{ types: ['fifo' as never] }, '"fifo" is no type of entry to exclude; there are regular, '],
    [{ names: ['x'.repeat(20_000)] }, 'have 20000 bytes; at most 16384 are possible.'],
  ])('are told in one sentence: %o', (given, sentence) => {
    const flaw = flawOfExclusions({ ...nothing, ...given });
    expect(flaw).toContain(sentence);
    expect(flaw).toMatch(/^[^\n]*\.$/);
  });
});
