/** What a controller says as it leaves: whose tasks live until when, and by when to start the next one. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptLines } from '../../cli/hand-over.ts';
import { commandLine } from './command-line.ts';

const at = Date.parse('2030-01-01T03:10:11.120Z');

describe('a controller that leaves', () => {
  it('names each agent that has tasks, those first that have the least time', () => {
    const kept = [
      { agent: 'a1', tasks: 2, until: at + 600_000, isGranted: true },
      { agent: 'a2', tasks: 1, until: at + 31_000, isGranted: false },
      { agent: 'a3', tasks: 1, until: null, isGranted: false },
    ];
    expect(keptLines(kept, at, true)).toEqual([
      'a3 is not heard: nobody knows how long its 1 task may run.',
      'a2 has not confirmed the longer lease: it keeps its 1 task until 03:10:42.120, another 31.0 s.',
      'a1 keeps its 2 tasks until 03:20:11.120, another 10 min 00 s.',
      'Start the next controller on this data directory before 03:10:42.120: later than that tasks are killed, and may be done again.',
    ]);
  });

  it('has nothing to say of a lease that nobody was to have', () => {
    const kept = [{ agent: 'a2', tasks: 1, until: at + 31_000, isGranted: false }];
    expect(keptLines(kept, at, false)[0]).toBe(
      'a2 keeps its 1 task until 03:10:42.120, another 31.0 s.',
    );
    expect(keptLines([], at, true)).toEqual([]);
  });

  it('names twenty of many', () => {
    const kept = Array.from({ length: 25 }, (_, n) => ({
      agent: `a${n}`,
      tasks: 1,
      until: at + n,
      isGranted: true,
    }));
    expect(keptLines(kept, at, true).slice(19)).toEqual([
      expect.stringContaining('a19 keeps'),
      'So do 5 more, for longer.',
      expect.stringContaining('before 03:10:11.120'),
    ]);
  });
});

describe('a handover', () => {
  it.each([
    ['controller', '--nats', 'nats://127.0.0.1:1'],
    ['up', '--port', '0'],
  ])(
    'of %s that is no longer than the timeout is refused before anything is opened',
    async (...argv) => {
      const directory = mkdtempSync(join(tmpdir(), 'lifeline-handover-'));
      const data = join(directory, 'data');
      const ran = await commandLine([...argv, '--handover', '1m', '--data', data]);
      const isOpened = existsSync(data);
      rmSync(directory, { recursive: true });
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err).toContain(
        'The handover must be longer than the heartbeat timeout (60000 ms)',
      );
      expect(isOpened).toBe(false);
    },
  );
});
