/**
 * The guard with real processes: what it kills when the agent is dead, stopped or silent, and that it
 * does not stay behind.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { findContainment, groupContainment } from '../../handlers/containment.ts';
import { createGuard } from '../../handlers/guard.ts';
import type { Guard } from '../../handlers/guard.ts';
import { catches, childrenOf, commandOf, lives, pidsWith, until } from './processes.ts';

const found = await findContainment();
const containments = [
  groupContainment('for this test'),
  ...(found.kind === 'group' ? [] : [found]),
];

const started: ChildProcess[] = [];
const agents: ChildProcess[] = [];
/** What is among the arguments of all that an agent's task has started. */
const marks: string[] = [];
let guard: Guard | undefined;
afterEach(async () => {
  await guard?.close();
  guard = undefined;
  for (const agent of agents.splice(0)) agent.kill('SIGKILL');
  for (const child of started.splice(0)) if (child.pid) killGroup(child.pid);
  for (const mark of marks.splice(0))
    for (const pid of pidsWith(mark)) process.kill(pid, 'SIGKILL');
});

function sleeper(): number {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  started.push(child);
  if (child.pid === undefined) throw new Error('sleep could not be started');
  return child.pid;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Dead already, as most tests want it.
  }
}

const guardPid = (): number => guard?.pid() ?? 0;

describe('guard', () => {
  it('does not run before there is something to guard', () => {
    guard = createGuard();
    guard.leaseFor(60_000);
    expect(guard.pid()).toBeUndefined();
  });

  it.each([
    ['reports', '/no/such/node'],
    ['throws', '/a/path\0with/a/hole'],
  ])('says so when it cannot be started and Node %s it, and tries again', async (_how, program) => {
    const node = process.execPath;
    guard = createGuard();
    const watched = sleeper();
    process.execPath = program;
    try {
      expect(() => guard?.hold()).toThrow(
        /^The guard, which .*, does not start .* see to it that /,
      );
      expect(() => guard?.add(watched)).toThrow('does not start');
      expect(() => guard?.leaseFor(50)).not.toThrow();
    } finally {
      process.execPath = node;
    }
    expect(guard.pid()).toBeUndefined();
    guard.leaseFor(50);
    await until(() => !lives(watched));
  });

  it('kills what it watches when the lease is over, and ends', async () => {
    guard = createGuard();
    const [watched, removed, other] = [sleeper(), sleeper(), sleeper()];
    guard.add(watched);
    guard.add(removed);
    guard.remove(removed);
    const pid = guardPid();
    guard.leaseFor(50);
    await until(() => !lives(watched) && !lives(pid));
    expect([lives(removed), lives(other)]).toEqual([true, true]);
  });

  it('spares them while the lease is renewed', async () => {
    guard = createGuard();
    const [kept, control] = [sleeper(), sleeper()];
    guard.add(kept);
    guard.leaseFor(50);
    guard.leaseFor(600_000);
    const silent = createGuard();
    silent.add(control);
    silent.leaseFor(50);
    await until(() => !lives(control));
    await silent.close();
    expect([lives(kept), lives(guardPid())]).toEqual([true, true]);
  });

  it('kills at once what is added under a lease that is over', async () => {
    guard = createGuard();
    guard.leaseFor(-1);
    const watched = sleeper();
    guard.add(watched);
    await until(() => !lives(watched));
  });

  it('lets nothing be begun under a lease that is over', () => {
    guard = createGuard();
    expect(guard.hold()).toBe(true);
    guard.leaseFor(600_000);
    expect(guard.hold()).toBe(true);
    guard.leaseFor(0);
    expect(guard.hold()).toBe(false);
  });

  it('is another one under the next lease, also before the last one has ended', async () => {
    guard = createGuard();
    guard.add(sleeper());
    const first = guardPid();
    process.kill(first, 'SIGSTOP');
    guard.leaseFor(-1);
    guard.leaseFor(600_000);
    const watched = sleeper();
    guard.add(watched);
    expect(guardPid()).not.toBe(first);
    process.kill(first, 'SIGCONT');
    await until(() => !lives(first));
    expect([lives(watched), lives(guardPid())]).toEqual([true, true]);
  });

  it('goes away when it is closed, leaving alone what it no longer watches', async () => {
    guard = createGuard();
    const [watched, removed] = [sleeper(), sleeper()];
    guard.add(watched);
    guard.add(removed);
    guard.remove(removed);
    const pid = guardPid();
    expect(lives(pid)).toBe(true);
    await guard.close();
    expect([lives(pid), lives(removed)]).toEqual([false, true]);
    await until(() => !lives(watched));
  });

  it('is deaf to the signals that end an agent', async () => {
    guard = createGuard();
    const watched = sleeper();
    guard.add(watched);
    const pid = guardPid();
    // The last of the three that it learns to ignore.
    await until(() => catches(pid, constants.signals.SIGHUP));
    for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(pid, name);
    guard.leaseFor(1);
    await until(() => !lives(watched));
  });

  it('is started again when somebody kills it', async () => {
    guard = createGuard();
    const watched = sleeper();
    guard.add(watched);
    const first = guardPid();
    process.kill(first, 'SIGKILL');
    await until(() => guard?.pid() !== first);
    guard.leaseFor(50);
    await until(() => !lives(watched));
  });
});

describe.each(containments)('guard of an agent that contains in a $kind', (containment) => {
  /** An agent of its own, with one task that has started a child and one that called setsid. */
  async function startAgent(leaseMs: number) {
    const mark = `lifeline-guarded-${containment.kind}-${process.pid}-${leaseMs}`;
    const env = { ...process.env, MARK: mark, LEASE_MS: String(leaseMs), KIND: containment.kind };
    const file = fileURLToPath(new URL('./modules/agent-process.ts', import.meta.url));
    const agent = spawn(process.execPath, [...process.execArgv, file], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    agents.push(agent);
    marks.push(mark);
    const [line] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
    expect(line).toBe('ready');
    const agentPid = agent.pid ?? 0;
    const guards = childrenOf(agentPid).filter((pid) => commandOf(pid).includes('guard-process'));
    expect(guards).toHaveLength(1);
    return { agent, mark, guardPid: guards[0] ?? 0 };
  }

  it('leaves nothing alive when the agent is killed', async () => {
    const { agent, mark, guardPid: pid } = await startAgent(600_000);
    expect(pidsWith(mark)).not.toEqual([]);
    agent.kill('SIGKILL');
    await until(() => pidsWith(mark).length === 0 && !lives(pid));
  });

  it('kills the tasks of a stopped agent when its lease is over', async () => {
    const { agent, mark, guardPid: pid } = await startAgent(2000);
    agent.kill('SIGSTOP');
    expect(pidsWith(mark)).not.toEqual([]);
    await until(() => pidsWith(mark).length === 0 && !lives(pid));
    expect(lives(agent.pid ?? 0)).toBe(true);
    agent.kill('SIGKILL');
  });
});
