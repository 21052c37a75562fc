/**
 * What becomes of a tree that cannot be guarded or listed: real processes, and guards and lists that refuse.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { groupContainment } from '../../handlers/containment.ts';
import { startGuarded } from '../../handlers/guarded-tree.ts';
import type { Exit, Handler, ProcessStart } from '../../handlers/handler.ts';
import { openKillList } from '../../handlers/kill-list.ts';
import { createRunner } from '../../handlers/runner.ts';
import { createShell } from '../../handlers/shell.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { observe, work } from './observe.ts';
import { lives } from './processes.ts';

const nothing = () => undefined;
const willing = {
  hold: () => true,
  release: nothing,
  add: nothing,
  remove: nothing,
  killedAt: nothing,
};
const failure = (signal: string | null) =>
  ({ kind: 'failed', cause: 'error', message: 'exit code 1', detail: { signal } }) as const;
const refuse = () => {
  throw new Error('There is no room.');
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-guarded-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const shell = createShell({ containment: groupContainment('for a test'), timer: systemClock });
const listed = () => readdirSync(directory).filter((name) => name.endsWith('.tree'));

describe('a tree', () => {
  /** Sleeps until it is killed, and says with its end whether its leader was dead then. */
  const started: number[] = [];
  const sleeper: ProcessStart = (_work, _output, ended) => {
    const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    const pid = child.pid ?? 0;
    started.push(pid);
    void once(child, 'exit').then(() => ended({ kind: 'stopped' }));
    return { pid, stop: () => process.kill(-pid, 'SIGKILL') };
  };

  it.each([
    ['the guard refuses to watch', { ...willing, add: refuse }, undefined],
    ['cannot be listed', willing, { add: refuse, remove: nothing }],
  ])('that %s is killed, and then reported as failed', async (_what, guard, killList) => {
    const exit = await new Promise<Exit & { lived: boolean }>((resolve) => {
      const ended = (end: Exit) => resolve({ ...end, lived: lives(started.at(-1) ?? 0) });
      startGuarded(sleeper, work('x', null), { output: nothing, ended }, guard, killList);
    });
    expect(started.at(-1)).toBeGreaterThan(1);
    expect(exit).toMatchObject({
      kind: 'failed',
      cause: 'error',
      message: 'The processes were killed at once: There is no room.',
      lived: false,
    });
  });

  it('keeps its own end when it was over before it could be killed', () => {
    let end: ((exit: Exit) => void) | undefined;
    const ends: Exit[] = [];
    const start: ProcessStart = (_work, _output, ended) => {
      end = ended;
      return { pid: 4711, stop: nothing };
    };
    const attempt = { output: nothing, ended: (exit: Exit) => void ends.push(exit) };
    startGuarded(start, work('x', null), attempt, { ...willing, add: refuse }, undefined);
    end?.({ kind: 'done', result: 1 });
    expect(ends).toEqual([{ kind: 'done', result: 1 }]);
  });

  it.each([
    ['stopped', { kind: 'stopped' }, { kind: 'stopped', killedAt: 7 }],
    ['killed', failure('SIGKILL'), { kind: 'stopped', killedAt: 7 }],
    ['failed by itself', failure(null), failure(null)],
    ['done', { kind: 'done', result: 1 }, { kind: 'done', result: 1 }],
  ] as const)('of which its guard has killed all tells that when it was %s', (_how, exit, told) => {
    const ends: Exit[] = [];
    let end: ((exit: Exit) => void) | undefined;
    const start: ProcessStart = (_work, _output, ended) => {
      end = ended;
      return { pid: 4711, stop: nothing };
    };
    const attempt = { output: nothing, ended: (each: Exit) => void ends.push(each) };
    startGuarded(start, work('x', null), attempt, { ...willing, killedAt: () => 7 }, undefined);
    end?.(exit);
    expect(ends).toEqual([told]);
  });

  it.each([
    ['reports', '/no/such/node'],
    ['throws', '/a/path\0with/a/hole'],
  ])('is not started when Node %s that the guard cannot be', async (_how, program) => {
    const node = process.execPath;
    const handlers = [shell as Handler];
    const logs = createMemorySpool();
    const runner = createRunner({ handlers, logs, clock: systemClock, idleThreads: 1 });
    const file = join(directory, 'touched');
    process.execPath = program;
    const { ended } = observe(runner, work('shell', { command: 'touch', args: [file] }));
    process.execPath = node;
    expect(await ended).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/^Nothing was run: The guard, which /) as string,
    });
    await runner.close();
    expect(existsSync(file)).toBe(false);
  });

  it('is listed from its start to its end', async () => {
    const killList = await openKillList(directory, systemClock);
    const logs = createMemorySpool();
    const handlers = [shell as Handler];
    const runner = createRunner({ handlers, logs, killList, clock: systemClock, idleThreads: 1 });
    const { ended } = observe(runner, work('shell', { command: 'sleep', args: ['1000'] }));
    expect(listed()).toEqual(['1-1.tree']);
    runner.stop({ birth: 1, attempt: 1 }, 'kill');
    await ended;
    expect(listed()).toEqual([]);
    await runner.close();
  });
});
