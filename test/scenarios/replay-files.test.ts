/**
 * The files of a recording: they are read to the last whole line whatever happened to the process or the disk,
 * the oldest goes first, and what is no recording is refused with the line that says so.
 */
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRecording } from '../../scenarios/tape/read-tape.ts';
import { SEGMENTS, Segments, segmentPath } from '../../scenarios/tape/segments.ts';
import { lineOf, type Word } from '../../scenarios/tape/tape-line.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

const trouble = vi.hoisted(() => ({ refuses: false, takes: Infinity }));

/** A disk that refuses, or takes a part of what is written and then refuses. */
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const full = () => Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  return {
    ...fs,
    writeSync(fd: number, bytes: Uint8Array, offset: number, length: number, at: number) {
      if (!trouble.refuses) return fs.writeSync(fd, bytes, offset, length, at);
      if (trouble.takes === 0) throw full();
      const taken = Math.min(length, trouble.takes);
      trouble.takes -= taken;
      return fs.writeSync(fd, bytes, offset, taken, at);
    },
  };
});

let directory = '';
let file = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-tape-'));
  file = join(directory, 'a.scenario');
});
afterEach(() => {
  trouble.refuses = false;
  rmSync(directory, { recursive: true, force: true });
});

function open(recording: string, capBytes = 2 ** 20) {
  const clock = createVirtualClock();
  const told = { anew: 0, refused: [] as unknown[] };
  const segments = new Segments({
    file,
    capBytes,
    clock,
    made: (segment) => ({ recording, segment, began: '2026-01-01T00:00:00.000Z' }),
    anew: () => told.anew++,
    refused: (error) => told.refused.push(error),
  });
  const write = async (n: number) => {
    segments.write('a1', 'turn', { n });
    await clock.advance(10);
  };
  return { segments, clock, told, write };
}

function read() {
  const notes: string[] = [];
  const lines: unknown[] = [];
  for (const { made, follows, events } of readRecording(file, (text) => notes.push(text))) {
    lines.push(`${made.recording} ${made.segment}${follows ? '' : ' anew'}`);
    for (const { word, body } of events)
      lines.push(word === 'turn' ? (body as { n: number }).n : word);
  }
  return { lines, notes };
}

describe('the files of a recording', () => {
  it('hold what was written, in order, and its end', async () => {
    const { segments, write } = open('r');
    for (const n of [1, 2, 3]) await write(n);
    segments.close();
    segments.write('a1', 'turn', { n: 4 });
    expect(read()).toEqual({ lines: ['r 1 anew', 1, 2, 3, 'end'], notes: [] });
    expect(readFileSync(file, 'utf8').split('\n')[3]).toMatch(
      /^0\.010s a1 turn \{"n":2\} #[0-9a-f]{8}$/,
    );
  });

  it('are written as soon as the loop turns, so that a process that is killed loses no more', async () => {
    const { write } = open('r');
    await write(1);
    await write(2);
    expect(read()).toEqual({ lines: ['r 1 anew', 1, 2], notes: [] });
  });

  it('go on in another one when one is full, and the oldest goes', async () => {
    const { segments, told, write } = open('r', 8_000);
    for (let n = 1; n <= 500; n++) await write(n);
    segments.close();
    expect(existsSync(segmentPath(file, SEGMENTS))).toBe(false);
    const { lines, notes } = read();
    expect(notes).toEqual([]);
    const numbers = lines.filter((line) => typeof line === 'number');
    expect(numbers[0]).toBeGreaterThan(100);
    expect(numbers).toEqual(numbers.map((_, i) => 500 - numbers.length + 1 + i));
    const begins = lines.filter((line) => /^r /.test(String(line)));
    expect(begins).toHaveLength(SEGMENTS);
    expect(begins.filter((line) => String(line).endsWith('anew'))).toHaveLength(1);
    expect(told.anew).toBeGreaterThan(SEGMENTS);
  });

  it('of an older process are kept as older ones', async () => {
    await open('first').write(1);
    await open('second').write(2);
    expect(read().lines).toEqual(['first 1 anew', 1, 'second 1 anew', 2]);
  });

  it('have a gap where the disk refused, and no line in part', async () => {
    const { told, write } = open('r');
    await write(1);
    Object.assign(trouble, { refuses: true, takes: 5 });
    for (const n of [2, 3, 4]) await write(n);
    expect(told.refused).toHaveLength(1);
    expect(read().notes[0]).toContain('a.scenario:4: The last line is torn');
    trouble.refuses = false;
    await write(5);
    expect(told.anew).toBe(0);
    for (let n = 6; told.anew === 0; n++) await write(n);
    const { lines, notes } = read();
    expect(notes).toEqual([]);
    expect(lines.slice(0, 3)).toEqual(['r 1 anew', 1, 'gap']);
    expect(lines).toHaveLength(4);
  });
});

describe('a recording that was damaged', () => {
  beforeEach(async () => {
    const { segments, write } = open('r');
    for (const n of [1, 2, 3]) await write(n);
    segments.close();
  });

  it.each([1, 5, 20])(
    'is read to its last whole line when %i bytes of its end are torn',
    (bytes) => {
      truncateSync(file, readFileSync(file).length - bytes);
      const { lines, notes } = read();
      expect(lines).toEqual(['r 1 anew', 1, 2, 3, ...(bytes === 1 ? ['end'] : [])]);
      expect(notes.join()).toBe(
        bytes === 1
          ? ''
          : `${file}:6: The last line is torn: what was recorded ended here, by a crash.`,
      );
    },
  );

  it('is read up to the line whose sum is wrong', () => {
    writeFileSync(file, readFileSync(file, 'utf8').replace('{"n":2}', '{"n":9}'));
    const { lines, notes } = read();
    expect(lines).toEqual(['r 1 anew', 1]);
    expect(notes[0]).toContain(`${file}:4: This line is damaged;`);
  });
});

describe('what is no recording', () => {
  const good = (): string => {
    open('r').segments.close();
    return readFileSync(file, 'utf8');
  };

  const line = (atMs: number, word: Word) => lineOf({ atMs, lane: 'a1', word, body: {} });

  it.each([
    ['an empty file', () => '', '1: This is no scenario'],
    [
      'another version',
      () => good().replace('scenario 1', 'scenario 2'),
      '1: This is a scenario of version 2',
    ],
    ['a script', () => 'lifeline scenario 1\ntitle A story\n', '2: This is no recording'],
    ['a head that is torn', () => good().slice(0, 40), '2: This line is damaged or torn.'],
    ['a line behind the end', () => `${good()}${line(5, 'turn')}\n`, '4: Nothing may stand behind'],
    [
      'a word that there is not',
      () => `${good().replace(/.* end .*\n/, '')}${line(5, 'jump' as Word)}\n`,
      '3: There is no "jump" in a recording',
    ],
    [
      'time that goes back',
      () => `${good().replace(/.* end .*\n/, '')}${line(5, 'turn')}\n${line(4, 'turn')}\n`,
      '4: Time goes back here.',
    ],
  ] as [string, () => string, string][])('is refused: %s', (_, text, sentence) => {
    writeFileSync(file, text());
    expect(read).toThrow(`${file}:${sentence}`);
  });

  it('is refused: no file at all', () => {
    expect(read).toThrow(`${file}:1: There is no such file.`);
  });
});
