/**
 * The spool: the same behaviour on disk and in memory, and what a crash or a full disk leaves.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createRecordReader,
  encodeRecord,
  RECORD_HEADER_BYTES,
} from '../../handlers/log-records.ts';
import { createMemoryFiles } from '../../handlers/spool-files.ts';
import { createMemorySpool, createSpool, openSpool } from '../../handlers/spool.ts';
import type { Spool } from '../../handlers/spool.ts';
import type { SpoolLimits } from '../../handlers/spool-room.ts';
import { fence } from './observe.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-spool-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const text = (content: string) => Buffer.from(content);

/** What is in the log: stream, instant and text of each record. */
function shown(spool: Spool, token = fence(1)): [string, number, string][] {
  const records = createRecordReader().push(spool.read(token, 0, spool.length(token)));
  return records.map(({ stream, at, bytes }) => [stream, at, Buffer.from(bytes).toString()]);
}

describe.each([
  {
    kind: 'disk',
    open: (limits?: Partial<SpoolLimits>) => openSpool(join(directory, 'spool'), limits),
  },
  { kind: 'memory', open: createMemorySpool },
])('spool in $kind', ({ open }) => {
  it('keeps output in order, with stream and instant', () => {
    const spool = open();
    spool.append(fence(1), 'out', text('a'), 10);
    spool.append(fence(1), 'err', text('b'), 11);
    spool.append(fence(1), 'log', text('c\n'), 12);
    expect(shown(spool)).toEqual([
      ['out', 10, 'a'],
      ['err', 11, 'b'],
      ['log', 12, 'c\n'],
    ]);
  });

  it('keeps the attempts of one task apart, until they are removed', () => {
    const spool = open();
    spool.append(fence(7, 1), 'out', text('first'), 1);
    spool.append(fence(7, 2), 'out', text('second'), 2);
    expect(spool.held()).toEqual([fence(7, 1), fence(7, 2)]);
    spool.remove(fence(7, 1));
    expect(spool.held()).toEqual([fence(7, 2)]);
    expect(spool.length(fence(7, 1))).toBe(0);
    expect(spool.read(fence(7, 1), 0, 100)).toHaveLength(0);
    expect(shown(spool, fence(7, 2))).toEqual([['out', 2, 'second']]);
  });

  it('reads any piece of what there is', () => {
    const spool = open();
    for (let n = 0; n < 50; n += 1) spool.append(fence(1), 'out', text(`line ${n}\n`), n);
    const length = spool.length(fence(1));
    const whole = Buffer.from(spool.read(fence(1), 0, length + 1000));
    expect(whole).toHaveLength(length);
    for (const [offset, limit] of [
      [0, 1],
      [17, 100],
      [length - 3, 50],
      [length, 10],
      [length + 10, 10],
      [5, 0],
    ] as const) {
      const piece = Buffer.from(spool.read(fence(1), offset, limit));
      expect(piece).toEqual(whole.subarray(offset, offset + limit));
    }
  });

  it('knows nothing of a fence that never logged', () => {
    const spool = open();
    expect(spool.length(fence(9))).toBe(0);
    expect(spool.read(fence(9), 0, 10)).toHaveLength(0);
    spool.remove(fence(9));
  });

  it('ends a log that has used up its share with one visible gap', () => {
    const spool = open({ attemptBytes: 2000 });
    for (let n = 0; n < 100; n += 1) spool.append(fence(1), 'out', Buffer.alloc(100, 'x'), n);
    const records = shown(spool);
    expect(spool.length(fence(1))).toBeLessThanOrEqual(2000);
    expect(records.filter(([stream]) => stream === 'gap')).toHaveLength(1);
    expect(records.at(-1)?.[2]).toMatch(/^The log ends here: it has reached the 2000 bytes/);
    expect(records.length).toBeGreaterThan(10);
  });

  it('says that it has ended although the last output came just before the end', () => {
    const spool = open({ attemptBytes: 2000 });
    const filling = 2000 - 256 - RECORD_HEADER_BYTES;
    spool.append(fence(1), 'out', Buffer.alloc(filling, 'x'), 1);
    spool.append(fence(1), 'out', text('y'), 2);
    spool.append(fence(1), 'out', text('z'), 3);
    spool.end(fence(1));
    expect(shown(spool).map(([stream]) => stream)).toEqual(['out', 'gap']);
    expect(spool.length(fence(1))).toBeLessThanOrEqual(2000);
  });

  it('splits output that is longer than a record', () => {
    const spool = open();
    const large = Buffer.alloc(2_500_000, 'abc');
    spool.append(fence(1), 'out', large, 1);
    expect(shown(spool).map(([, , content]) => content.length)).toEqual([
      1_048_576, 1_048_576, 402_848,
    ]);
    expect(
      shown(spool)
        .map(([, , content]) => content)
        .join(''),
    ).toBe(large.toString());
  });
});

describe('spool on disk', () => {
  it('is there again after a crash, and goes on where it was', () => {
    const before = openSpool(directory);
    before.append(fence(3, 2), 'out', text('before'), 1);
    before.end(fence(3, 2));
    const after = openSpool(directory);
    expect(after.held()).toEqual([fence(3, 2)]);
    after.append(fence(3, 2), 'out', text('after'), 2);
    expect(shown(after, fence(3, 2)).map(([, , content]) => content)).toEqual(['before', 'after']);
  });

  it('writes a batch without being asked', async () => {
    const spool = openSpool(directory);
    spool.append(fence(1), 'out', text('x'), 1);
    await Promise.resolve();
    expect(readFileSync(join(directory, '1-1.log'))).toHaveLength(14);
  });

  it.each([
    ['half a header', (record: Uint8Array) => record.subarray(0, 7)],
    ['half its bytes', (record: Uint8Array) => record.subarray(0, 20)],
    ['zeros instead', () => Buffer.alloc(3000)],
  ])('cuts off a last record of which there is %s', (_name, torn) => {
    const spool = openSpool(directory);
    spool.append(fence(1), 'out', text('whole'), 1);
    const length = spool.length(fence(1));
    const next = encodeRecord({ stream: 'out', at: 2, bytes: text('torn by a crash') });
    appendFileSync(join(directory, '1-1.log'), torn(next));
    const after = openSpool(directory);
    expect(after.length(fence(1))).toBe(length);
    after.append(fence(1), 'out', text('next'), 3);
    expect(shown(after).map(([, , content]) => content)).toEqual(['whole', 'next']);
  });

  it('leaves other files alone', () => {
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    writeFileSync(join(directory, '1-x.log'), 'mine');
    expect(openSpool(directory).held()).toEqual([]);
    expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
  });
});

describe('spool on a full disk', () => {
  function openFull() {
    const disk = { full: false };
    const files = createMemoryFiles();
    const spool = createSpool({
      ...files,
      append(token, bytes) {
        if (disk.full) throw new Error('ENOSPC: no space left on device');
        files.append(token, bytes);
      },
    });
    return { disk, spool };
  }

  it('goes on, and shows the gap where output is missing', async () => {
    const { disk, spool } = openFull();
    spool.append(fence(1), 'out', text('before'), 1);
    await Promise.resolve();
    disk.full = true;
    spool.append(fence(1), 'out', text('lost!'), 2);
    await Promise.resolve();
    spool.append(fence(1), 'out', text('lost too'), 3);
    await Promise.resolve();
    disk.full = false;
    spool.append(fence(1), 'out', text('after'), 4);
    expect(shown(spool)).toEqual([
      ['out', 1, 'before'],
      ['gap', 4, "13 bytes of output are missing here: the agent's disk refused them.\n"],
      ['out', 4, 'after'],
    ]);
  });

  it('tells at the end of the attempt of a gap that nothing follows', async () => {
    const { disk, spool } = openFull();
    disk.full = true;
    spool.append(fence(1), 'out', text('lost'), 2);
    await Promise.resolve();
    spool.end(fence(1));
    disk.full = false;
    expect(shown(spool)).toEqual([]);
    spool.end(fence(1));
    expect(shown(spool).map(([stream, at]) => [stream, at])).toEqual([['gap', 2]]);
    spool.end(fence(1));
    expect(shown(spool)).toHaveLength(1);
  });

  it('tells of a gap on a disk that takes only what is short', () => {
    const files = createMemoryFiles();
    const spool = createSpool({
      ...files,
      append(token, bytes) {
        if (bytes.length > 200) throw new Error('ENOSPC: no space left on device');
        files.append(token, bytes);
      },
    });
    spool.append(fence(1), 'out', text('x'.repeat(500)), 2);
    spool.end(fence(1));
    expect(shown(spool)).toEqual([
      ['gap', 2, "500 bytes of output are missing here: the agent's disk refused them.\n"],
    ]);
  });
});
