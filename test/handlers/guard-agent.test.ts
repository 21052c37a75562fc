/**
 * The guard of an agent that owns its process: with the lease that process ends too, if it holds a thread or
 * a function and has not ended them itself in half of killTime; and a file says so to its next life.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { defineHandler } from '../../handlers/define-handler.ts';
import type { Handler } from '../../handlers/handler.ts';
import { createGuard } from '../../handlers/guard.ts';
import { createRunner } from '../../handlers/runner.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { fence, observe, work } from './observe.ts';
import { childrenOf, commandOf, lives, until } from './processes.ts';

let directory: string;
const agents: ChildProcess[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-guard-agent-'));
});
afterAll(() => {
  for (const agent of agents) agent.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** An agent that runs this, and the pid of its guard. */
async function startAgent(what: string, env: Readonly<Record<string, string>> = {}) {
  const mark = join(directory, `${agents.length}`);
  const file = fileURLToPath(new URL('./modules/held-process.ts', import.meta.url));
  const given = { LEASE_MS: '2500', KILL_MS: '1000', ...env };
  const agent = spawn(process.execPath, [...process.execArgv, file], {
    env: { ...process.env, ...given, WHAT: what, MARK_FILE: mark },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  agents.push(agent);
  const [line] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
  expect(line).toBe('ready');
  const pid = agent.pid ?? 0;
  const children = childrenOf(pid);
  const guard = children.find((each) => commandOf(each).includes('guard-process')) ?? 0;
  expect(guard).toBeGreaterThan(1);
  const group = children.find((each) => commandOf(each).includes('sleep 1000')) ?? 0;
  return { agent, pid, guard, group, isMarked: () => existsSync(mark) };
}

describe.concurrent('the guard of an agent that owns its process', () => {
  it.each(['worker', 'function'])('ends it when it is stopped and holds a %s', async (what) => {
    const { agent, pid, guard, isMarked } = await startAgent(what);
    agent.kill('SIGSTOP');
    await until(() => !lives(pid) && !lives(guard));
    expect(isMarked()).toBe(true);
  });

  it('ends it when a function blocks it', async () => {
    const { pid, isMarked } = await startAgent('spinning');
    await until(() => !lives(pid));
    expect(isMarked()).toBe(true);
  });

  it('leaves it alone when all that it runs are process groups, and ends those', async () => {
    const { agent, pid, guard, group, isMarked } = await startAgent('group');
    expect(group).toBeGreaterThan(1);
    agent.kill('SIGSTOP');
    await until(() => !lives(group) && !lives(guard));
    expect([lives(pid), isMarked()]).toEqual([true, true]);
  });

  it('leaves it alone when nothing runs', async () => {
    const { agent, pid, guard, isMarked } = await startAgent('short');
    agent.kill('SIGSTOP');
    await until(() => !lives(guard));
    expect([lives(pid), isMarked()]).toEqual([true, false]);
  });

  it('leaves it alone when it ends by itself what it holds', async () => {
    // Far longer than a thread takes to end, so that the guard waits for nothing but the word.
    const { pid, guard } = await startAgent('worker', { HEED: 'yes', KILL_MS: '80000' });
    await until(() => !lives(guard));
    // Whether there is a mark depends on who came first: an agent that ends its work tells that itself.
    expect(lives(pid)).toBe(true);
  });
});

it('a guard tells when it has killed what it watched', async () => {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  const gone = once(child, 'exit');
  const mark = join(directory, 'of-a-kill');
  writeFileSync(mark, '');
  const guard = createGuard({ killTimeMs: 1000, mark });
  expect(guard.killedAt()).toBeUndefined();
  const from = systemClock.now();
  guard.add(child.pid!);
  guard.leaseFor(300);
  await gone;
  await until(() => guard.killedAt() !== undefined);
  expect(guard.killedAt()).toBeGreaterThanOrEqual(from);
  expect(guard.killedAt()).toBeLessThanOrEqual(systemClock.now());
  await guard.close();
});

describe('a runner whose process may be ended', () => {
  let mark: string;
  beforeAll(() => {
    mark = join(directory, 'of-the-runner');
  });
  const runnerOf = (handlers: readonly Handler[]) =>
    createRunner({
      handlers,
      logs: createMemorySpool(),
      clock: systemClock,
      idleThreads: 1,
      endsAgent: { killTimeMs: 1000, mark },
    });
  const short = defineHandler({ name: 'short', run: () => 1 }) as Handler;

  it('knows that a lease was over in the life before, until it runs something itself', async () => {
    expect(runnerOf([]).endedByLease).toBe(false);
    writeFileSync(mark, '');
    expect(runnerOf([]).endedByLease).toBe(true);
    const runner = runnerOf([short]);
    expect(runner.endedByLease).toBe(true);
    await observe(runner, work('short', null)).ended;
    await runner.close();
    expect(runnerOf([]).endedByLease).toBe(false);
  });

  it('begins nothing when the lease is over, or when there is no guard', async () => {
    let begun = 0;
    const counted = defineHandler({ name: 'counted', run: () => (begun += 1) }) as Handler;
    const runner = runnerOf([counted]);
    const node = process.execPath;
    process.execPath = '/no/such/node';
    const refused = observe(runner, work('counted', null, fence(1)));
    process.execPath = node;
    expect(await refused.ended).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/^Nothing was run: The guard, which /) as string,
    });
    runner.leaseFor(0);
    const late = observe(runner, work('counted', null, fence(2)));
    expect(await late.ended).toEqual({ kind: 'stopped' });
    await runner.close();
    expect(begun).toBe(0);
  });
});
