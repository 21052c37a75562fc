/**
 * The kill list with real processes: what an agent finds of its last life and kills, and whom it spares.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { findContainment, groupContainment } from '../../handlers/containment.ts';
import { openKillList, ProcessesLeft } from '../../handlers/kill-list.ts';
import { fence } from './observe.ts';
import { childrenOf, commandOf, lives, pidsWith, until } from './processes.ts';

const found = await findContainment();
const containments = [
  groupContainment('for this test'),
  ...(found.kind === 'group' ? [] : [found]),
];

let directory: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-kill-list-'));
});
afterEach(() => {
  for (const { pid } of started.splice(0)) if (pid !== undefined) killGroup(pid);
  rmSync(directory, { recursive: true });
});

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Dead already, as most tests want it.
  }
}

const open = () => openKillList(directory, systemClock);
const listed = () => readdirSync(directory);
const pathOf = (name: string) => join(directory, name);

/** A group of its own whose leader is still there, listed as the tree of fence 1-1. */
async function listSleeper() {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  started.push(child);
  const pid = child.pid ?? 0;
  const list = await open();
  list.add(fence(1), pid);
  return { pid, list };
}

/** The same, but its leader has ended; resolves with the pid of what it has left in its group. */
async function listLeaderless(env: NodeJS.ProcessEnv): Promise<number> {
  const script = 'sleep 1000 <&- & echo $!; read -r line';
  const child = spawn('bash', ['-c', script], {
    detached: true,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  started.push(child);
  const [left] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  (await open()).add(fence(1), child.pid ?? 0);
  child.stdin.end('go\n');
  await once(child, 'exit');
  expect(lives(Number(left))).toBe(true);
  return Number(left);
}

function change(entry: object): void {
  const known = JSON.parse(readFileSync(pathOf('1-1.tree'), 'utf8')) as object;
  writeFileSync(pathOf('1-1.tree'), JSON.stringify({ ...known, ...entry }));
}

describe('kill list', () => {
  it('kills, before it opens, what its last life has left running', async () => {
    const { pid } = await listSleeper();
    expect(listed()).toEqual(['1-1.tree']);
    await open();
    expect([lives(pid), listed()]).toEqual([false, []]);
  });

  it('spares what has been taken off it', async () => {
    const { pid, list } = await listSleeper();
    list.remove(fence(1));
    list.remove(fence(2));
    await open();
    expect(lives(pid)).toBe(true);
  });

  it.each([
    ['whose pid was given away again', { startTime: '1' }],
    ['of an earlier boot of the machine', { boot: 'another' }],
    ['of an earlier boot of its container', { boot: 'another', namespace: '1' }],
  ])('spares a stranger in the place of a process %s', async (_what, entry) => {
    const { pid } = await listSleeper();
    change(entry);
    await open();
    expect([lives(pid), listed()]).toEqual([true, []]);
  });

  it.each([
    ['kills', 'that bears the fence', { LIFELINE_FENCE: '1-1' }, false],
    ['spares', 'that bears another fence', { LIFELINE_FENCE: '11-1' }, true],
    ['spares', 'that bears none', {}, true],
  ])('%s what a leader that is gone has left %s', async (_what, _mark, env, survives) => {
    const left = await listLeaderless(env);
    await open();
    expect([lives(left), listed()]).toEqual([survives, []]);
  });

  it('takes a file that was cut short for nobody, and leaves other files alone', async () => {
    writeFileSync(pathOf('1-1.tree'), '{"pid":');
    writeFileSync(pathOf('1-1.log'), '');
    await open();
    expect(listed()).toEqual(['1-1.log']);
  });

  it('does not open over a tree of another container, which it cannot see', async () => {
    const { pid } = await listSleeper();
    change({ namespace: '1' });
    const refusal: unknown = await open().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProcessesLeft);
    expect((refusal as Error).message).toMatch(
      / surely gone, remove \S+1-1\.tree and start again\.$/,
    );
    expect([lives(pid), listed()]).toEqual([true, ['1-1.tree']]);
  });

  it('does not open while something does not die, and names it', async () => {
    const { pid } = await listSleeper();
    // A clock on which ten seconds are over at once.
    const timer = {
      after(_ms: number, wake: () => void) {
        wake();
        return () => undefined;
      },
    };
    await expect(openKillList(directory, timer)).rejects.toThrow(
      new RegExp(
        `have not ended within 10 s of being killed \\(pids ${pid}\\); end them and start`,
      ),
    );
    expect(listed()).toEqual(['1-1.tree']);
  });

  it('says so when the disk refuses an entry', async () => {
    const list = await open();
    const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    started.push(child);
    rmSync(directory, { recursive: true });
    expect(() => list.add(fence(1), child.pid ?? 0)).toThrow(
      /1-1\.tree cannot be written; make room/,
    );
    await open();
  });
});

describe.each(containments)('an agent that contains in a $kind', ({ kind }) => {
  it('finds nothing of its last life when agent and guard were killed together', async () => {
    const mark = `lifeline-listed-${kind}-${process.pid}`;
    const file = fileURLToPath(new URL('./modules/agent-process.ts', import.meta.url));
    const env = { ...process.env, MARK: mark, LEASE_MS: '600000', KIND: kind, LIST: directory };
    const agent = spawn(process.execPath, [...process.execArgv, file], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
    expect(line).toBe('ready');
    // Stopped first, so that it does not start another guard.
    agent.kill('SIGSTOP');
    const guards = childrenOf(agent.pid ?? 0).filter((pid) => commandOf(pid).includes('guard-'));
    expect(guards).toHaveLength(1);
    for (const pid of guards) process.kill(pid, 'SIGKILL');
    agent.kill('SIGKILL');
    await until(() => !lives(agent.pid ?? 0));
    if (kind === 'group') expect(pidsWith(mark)).not.toEqual([]);
    expect(listed()).toEqual(['1-1.tree']);
    await open();
    expect([pidsWith(mark), listed()]).toEqual([[], []]);
  });
});

it('lists so many trees as may live at once in files that are there already', async () => {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  started.push(child);
  const list = await openKillList(directory, systemClock, 1);
  const before = statSync(pathOf('spare-0')).ino;
  list.add(fence(1), child.pid ?? 0);
  expect([listed(), statSync(pathOf('1-1.tree')).ino]).toEqual([['1-1.tree'], before]);
  await open();
  expect([lives(child.pid ?? 0), listed()]).toEqual([false, []]);
});
