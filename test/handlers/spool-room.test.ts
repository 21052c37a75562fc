/**
 * Room of the spool: all logs together take only so much, and never the last of the disk, which the agent's
 * store needs. What does not fit is a gap where it is missing, and output is kept again once there is room.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRecordReader } from '../../handlers/log-records.ts';
import { createMemoryFiles, openSpoolFiles } from '../../handlers/spool-files.ts';
import { createMemorySpool, createSpool, openSpool, type Spool } from '../../handlers/spool.ts';
import { fence } from './observe.ts';

const KB = 1024;
const MB = 1024 * KB;

/** Streams and texts of a log; of long texts the length. */
function shown(spool: Spool, token = fence(1)): string[] {
  const records = createRecordReader().push(spool.read(token, 0, spool.length(token)));
  return records.map(({ stream, bytes }) =>
    bytes.length > 200 ? `${stream} ${bytes.length}` : `${stream} ${Buffer.from(bytes).toString()}`,
  );
}

/** Each instant is far enough from the last one for the disk to be asked again. */
let now = 0;
const write = (spool: Spool, bytes: number, token = fence(1)) => {
  now += 1_000;
  spool.append(token, 'out', Buffer.alloc(bytes, 'x'), now);
  return spool.length(token);
};

/** A disk of that size, and how often it was asked for what it has left. */
function disk(size: number) {
  const files = createMemoryFiles();
  const counts = { left: size, asked: 0, failed: 0 };
  const spool = createSpool({
    ...files,
    free() {
      counts.asked++;
      return counts.left;
    },
    append(token, bytes) {
      if (bytes.length > counts.left) {
        counts.failed++;
        throw new Error('ENOSPC: no space left on device');
      }
      files.append(token, bytes);
      counts.left -= bytes.length;
    },
    remove(token) {
      counts.left += files.size(token);
      files.remove(token);
    },
  });
  return { counts, spool };
}

describe('a disk that fills up', () => {
  it('is never filled by logs', () => {
    const { counts, spool } = disk(48 * MB);
    for (let n = 0; n < 2_000; n++) write(spool, 30 * KB, fence(1 + (n % 10)));
    for (let n = 0; n < 10; n++) spool.end(fence(1 + n));
    expect(counts.left).toBeGreaterThan(31 * MB);
    expect(counts.left).toBeLessThan(33 * MB);
    expect(counts.failed).toBe(0);
    expect(shown(spool, fence(1)).at(-1)).toMatch(
      /^gap \d+ bytes of output are missing here: the agent's disk is nearly full\.\n$/,
    );
  });

  it('shows how much is missing, where it is missing, once there is room again', () => {
    const { counts, spool } = disk(40 * MB);
    write(spool, 300);
    counts.left = 32 * MB + 100;
    write(spool, 300);
    write(spool, 500);
    counts.left = 40 * MB;
    write(spool, 400);
    expect(shown(spool)).toEqual([
      'out 300',
      "gap 800 bytes of output are missing here: the agent's disk is nearly full.\n",
      'out 400',
    ]);
  });

  it('takes what is told of gaps, which a log needs to be true', () => {
    const { counts, spool } = disk(40 * MB);
    counts.left = 32 * MB;
    write(spool, 300);
    expect(shown(spool)).toEqual([]);
    spool.end(fence(1));
    expect(shown(spool)).toEqual([
      "gap 300 bytes of output are missing here: the agent's disk is nearly full.\n",
    ]);
  });

  it('is not asked for each record', () => {
    const { counts, spool } = disk(1024 * MB);
    for (let n = 0; n < 10_000; n++) {
      spool.append(fence(1), 'out', Buffer.alloc(100, 'x'), 1_000_000 + n / 100);
      spool.length(fence(1));
    }
    expect(counts.asked).toBeLessThan(10);
  });

  it('says what it has left', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lifeline-room-'));
    try {
      const free = openSpoolFiles(directory).free();
      expect(free).toBeGreaterThan(0);
      expect(free).toBeLessThan(Infinity);
      const spool = openSpool(directory, { freeBytes: free * 2 });
      write(spool, 1);
      spool.end(fence(1));
      expect(shown(spool)).toEqual([
        "gap 1 bytes of output are missing here: the agent's disk is nearly full.\n",
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a spool that is full', () => {
  it('keeps its share over all logs, and goes on when some were handed over', () => {
    const spool = createMemorySpool({ totalBytes: 100 * KB });
    write(spool, 60 * KB, fence(1));
    write(spool, 60 * KB, fence(2));
    write(spool, 30 * KB, fence(3));
    spool.remove(fence(1));
    write(spool, 50 * KB, fence(2));
    expect(shown(spool, fence(2))).toEqual([
      `gap ${60 * KB} bytes of output are missing here: the agent's spool is full.\n`,
      `out ${50 * KB}`,
    ]);
    expect(shown(spool, fence(3))).toEqual([`out ${30 * KB}`]);
  });

  it('knows after a restart what it holds', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lifeline-room-'));
    try {
      const before = openSpool(directory, { freeBytes: 0 });
      write(before, 60 * KB, fence(1));
      const after = openSpool(directory, { totalBytes: 100 * KB, freeBytes: 0 });
      write(after, 60 * KB, fence(2));
      after.end(fence(2));
      expect(shown(after, fence(2))).toEqual([
        `gap ${60 * KB} bytes of output are missing here: the agent's spool is full.\n`,
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('tells the gap of one log at its own end, not at that of another', () => {
    const spool = createMemorySpool({ totalBytes: 1 * KB });
    write(spool, 2 * KB, fence(1));
    write(spool, 10, fence(2));
    spool.end(fence(2));
    expect(spool.length(fence(1))).toBe(0);
    spool.end(fence(1));
    expect(shown(spool, fence(1))).toHaveLength(1);
  });

  it('still says that a log has reached its own end', () => {
    const spool = createMemorySpool({ totalBytes: 1 * KB, attemptBytes: 4 * KB });
    write(spool, 5 * KB);
    expect(shown(spool)).toEqual([
      'gap The log ends here: it has reached the 4096 bytes that one attempt may keep.\n',
    ]);
  });
});
