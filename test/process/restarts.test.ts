/**
 * Nodes that are killed and started again, or stopped for a while, as processes on a real NATS server: an
 * agent, all nodes and the NATS server at once, the controller.
 *
 * An agent's task has a child that ignores SIGTERM; how long it takes until nothing of it is left after the
 * agent's SIGKILL is printed. That is tried for either containment (handlers/containment.ts): an agent that
 * finds no `unshare` on its PATH makes process groups.
 */
import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { countStarts } from '../../cli/count-starts.ts';
import { findCommand, findContainment, type Containment } from '../../handlers/containment.ts';
import { openCable, type Cable } from '../chaos/cable.ts';
import { childrenOf, commandOf } from '../handlers/processes.ts';
import { linesOf, makeGate, openGate, processesWith } from './gate.ts';
import { end, openNodes, PATIENT, QUICK, type Node, type Nodes } from './nodes.ts';
import { connected, facts, logOf, submitAgain, whenDone } from './told.ts';

const ORPHANS_WITHIN_MS = 10_000;
const here = await findContainment();

let nodes: Nodes;

beforeEach(async () => {
  nodes = await openNodes();
});

// What is to be an orphan on the way is not left behind when a test fails.
afterEach(async () => {
  const left = processesWith(nodes.at('ledger-'));
  await nodes.close();
  for (const pid of left) kill(pid);
});

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with its agent, as most do.
  }
}

/** What an agent's environment must be for it to contain its tasks in this way. */
function environmentFor(kind: Containment['kind']): Readonly<Record<string, string>> {
  if (kind === 'namespace') return {};
  const bin = mkdtempSync(nodes.at('bin-'));
  for (const command of ['sh', 'sleep', 'setsid']) {
    symlinkSync(findCommand(command, process.env['PATH'], '/')!, join(bin, command));
  }
  return { PATH: bin };
}

/** A pid each, of the small processes that hold the lease for an agent. */
const guardsOf = ({ child }: Node) =>
  childrenOf(child.pid!).filter((pid) => commandOf(pid).includes('guard-process'));

/**
 * In its first attempt it says three lines when it is let through, and goes on for ever with a child, both
 * deaf to SIGTERM; in its second it is done.
 */
async function submitDeaf(id: string, before: string) {
  const [ledger, gate] = [nodes.at(`ledger-${id}`), nodes.at(`gate-${id}`)];
  makeGate(gate);
  const script = `
    echo "begin $LIFELINE_ATTEMPT" >> $1
    [ $LIFELINE_ATTEMPT = 1 ] || exit 0
    trap '' TERM
    ${before} sh -c 'trap "" TERM; echo child >> $1; while :; do sleep 0.2; done' sh $1 &
    read key < $2
    echo one; echo two; echo three
    wait`;
  await submitAgain(nodes, id, script, ledger, gate);
  await nodes.until('it runs with its child', () => linesOf(ledger).includes('child'));
  return { ledger, letThrough: () => openGate(gate, 1) };
}

const spooled = () => {
  const spool = nodes.at('agents/a1/spool');
  const logs = readdirSync(spool).filter((name) => name.endsWith('.log'));
  return logs.map((name) => readFileSync(join(spool, name), 'utf8')).join('');
};

describe('an agent that is killed and started again', () => {
  it('hands over the last lines of what it ran, which is lost and done again', async () => {
    const controller = await nodes.controller(...QUICK);
    const first = await nodes.agent('a1', '--allow-shell');
    const task = await submitDeaf('last', '');
    controller.child.kill('SIGSTOP');
    const close = task.letThrough();
    await nodes.until('its lines are in the spool', () => spooled().includes('three\n'));
    close();
    await end(first, 'SIGKILL');
    controller.child.kill('SIGCONT');
    expect(await logOf(nodes, 'last', 1)).toBe('');
    const second = await nodes.agent('a1', '--allow-shell');
    expect(second.ready.boot).toBe(first.ready.boot! + 1);
    const { attempt, attempts } = await whenDone(nodes, 'last');
    expect(attempt).toBe(2);
    expect(attempts).toMatchObject([
      { agent: 'a1', boot: first.ready.boot, ending: 'lost', confirmed: true },
      { agent: 'a1', boot: second.ready.boot, ending: 'done' },
    ]);
    expect(linesOf(task.ledger).filter((line) => line !== 'child')).toEqual(['begin 1', 'begin 2']);
    await nodes.until(
      'the log is here',
      async () => (await logOf(nodes, 'last', 1)) === 'one\ntwo\nthree\n',
    );
  });

  it.for([
    ['namespace', 'setsid'],
    ['group', ''],
  ] as const)('leaves no orphan (%s, child %s)', async ([kind, before], told) => {
    if (kind === 'namespace' && here.kind !== kind) told.skip(here.description);
    await nodes.controller(...PATIENT);
    const argv = [...nodes.agentArgv('a1'), '--allow-shell'];
    const first = await nodes.node(argv, environmentFor(kind));
    const { ledger } = await submitDeaf('orphan', before);
    expect(processesWith(ledger).length).toBeGreaterThanOrEqual(2);
    const since = systemClock.elapsed();
    first.child.kill('SIGKILL');
    await nodes.until('all is gone', () => processesWith(ledger).length === 0);
    const tookMs = systemClock.elapsed() - since;
    process.stdout.write(`Contained in a ${kind}, all was gone ${tookMs} ms after SIGKILL.\n`);
    expect(tookMs).toBeLessThan(ORPHANS_WITHIN_MS);
    await nodes.node(argv, environmentFor(kind));
    expect((await whenDone(nodes, 'orphan')).attempt).toBe(2);
  });

  it('ends what outlived it and its guard before it is ready', async () => {
    await nodes.controller(...PATIENT);
    const argv = [...nodes.agentArgv('a1'), '--allow-shell'];
    const first = await nodes.node(argv, environmentFor('group'));
    const { ledger } = await submitDeaf('orphan', 'setsid');
    const guards = guardsOf(first);
    expect(guards).toHaveLength(1);
    // Else it would start another guard.
    first.child.kill('SIGSTOP');
    process.kill(guards[0]!, 'SIGKILL');
    await end(first, 'SIGKILL');
    expect(processesWith(ledger)).toHaveLength(2);
    await nodes.node(argv, environmentFor('group'));
    expect(processesWith(ledger)).toEqual([]);
    expect((await whenDone(nodes, 'orphan')).attempt).toBe(2);
  });
});

const TASKS = 40;

describe('all nodes and the NATS server, killed at once', () => {
  it('go on when they are started again: all is done, nothing twice at a time', async () => {
    const ids = ['a1', 'a2'];
    const startAll = async () => {
      const [controller, ...agents] = await Promise.all([
        nodes.controller(...QUICK),
        ...ids.map((id) => nodes.agent(id, '--allow-shell')),
      ]);
      return { controller, agents };
    };
    const before = await startAll();
    const ledger = nodes.at('ledger');
    // The lock is the kernel's: it is held by whoever lives of the task, and by nobody else.
    const script = `
      exec 9>> $2
      flock -n 9 || { echo "overlap $LIFELINE_FENCE" >> $1; exit 1; }
      echo "begin $LIFELINE_FENCE" >> $1
      sleep 0.2
      echo "end $LIFELINE_FENCE" >> $1`;
    const tasks = Array.from({ length: TASKS }, (_, n) => `t${n}`);
    for (const id of tasks) await submitAgain(nodes, id, script, ledger, nodes.at(`lock-${id}`));
    const lines = (word: string) => linesOf(ledger).filter((line) => line.startsWith(word));
    await nodes.until('some are done', () => lines('end').length > TASKS / 4);
    const killed = [before.controller, ...before.agents].map((node) => end(node, 'SIGKILL'));
    await Promise.all([...killed, nodes.nats.kill()]);
    expect(lines('end').length).toBeLessThan(TASKS);

    await nodes.nats.restart();
    const after = await startAll();
    expect(after.controller.ready.term).toBe(before.controller.ready.term! + 1);
    for (const id of tasks) await whenDone(nodes, id);
    expect(lines('overlap')).toEqual([]);
    expect(new Set(lines('begin')).size).toBe(lines('begin').length);
    const done = (await facts(nodes, 'done')).map(({ id }) => id);
    expect([...done].sort()).toEqual([...tasks].sort());
    for (const agent of after.agents) await end(agent);
    const { starts, startedAgain } = await countStarts(ids.map((id) => nodes.at(`agents/${id}`)));
    expect(startedAgain).toBe(0);
    // What ran at that moment was begun once more.
    expect(starts).toBeGreaterThan(TASKS);
    expect(starts).toBeLessThanOrEqual(TASKS + 4);
  });
});

const PERIOD_MS = 500;
/** Long enough for an agent that has to wait for a core not to be silent for that. */
const DELAY_MS = 600;
const LONG_MS = 3 * (PERIOD_MS + DELAY_MS);
const BRIEF = ['--period', `${PERIOD_MS}ms`, '--delay', `${DELAY_MS}ms`, '--timeout', '10s'];

const pause = (ms: number) => new Promise<void>((resolve) => systemClock.after(ms, resolve));

describe('a controller that is away for a while', () => {
  let cable: Cable;
  let controller: Node;
  let gate: string;
  let startedAt: number;

  const heardOf = async (id: string) => Date.parse((await nodes.agentView(id))!.heardAt!);

  /** Resolves with the instant of the next word of an agent. */
  async function nextWord(id: string): Promise<number> {
    const before = await heardOf(id);
    await nodes.until('it is heard', async () => (await heardOf(id)) !== before);
    return heardOf(id);
  }

  beforeEach(async () => {
    cable = await openCable(nodes.nats.port);
    [controller] = await Promise.all([
      nodes.controller('--nats', `nats://127.0.0.1:${cable.port}`, ...BRIEF),
      ...['a1', 'a2'].map((id) => nodes.agent(id, '--allow-shell', '--slots', '1')),
    ]);
    await connected(nodes, 'a1', 'a2');
    startedAt = systemClock.now();
    gate = nodes.at('gate');
    makeGate(gate);
    const ledger = nodes.at('ledger');
    for (const id of ['t1', 't2'])
      await submitAgain(nodes, id, 'echo begin >> $2; read key < $1', gate, ledger);
    await nodes.until('both run', () => linesOf(ledger).length === 2);
  });

  afterEach(() => cable.close());

  /** Both are let through, and nobody was judged. */
  async function expectNoJudgement(): Promise<void> {
    const close = openGate(gate, 2);
    for (const id of ['t1', 't2']) expect((await whenDone(nodes, id)).attempt).toBe(1);
    close();
    for (const kind of ['suspect', 'lost', 'repeat'])
      expect(await facts(nodes, `agent.${kind}`, startedAt)).toEqual([]);
  }

  it('judges nobody and sends nothing again, whether it was stopped or cut off', async () => {
    controller.child.kill('SIGSTOP');
    await pause(LONG_MS);
    controller.child.kill('SIGCONT');
    await nextWord('a1');
    cable.set({ to: 'hold', from: 'hold' });
    await pause(LONG_MS);
    cable.heal();
    await nextWord('a1');
    await expectNoJudgement();
  });

  it('reads what came meanwhile before it finds anybody silent', async () => {
    for (let stops = 0; stops < 4; stops++) {
      // Just before a beat of a1, until after the instant at which it would be suspect without it.
      await pause((await nextWord('a1')) + PERIOD_MS - 100 - systemClock.now());
      controller.child.kill('SIGSTOP');
      await pause(100 + DELAY_MS + 50);
      controller.child.kill('SIGCONT');
    }
    await expectNoJudgement();
  });
});
