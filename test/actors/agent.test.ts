/**
 * The agent as a node: settings, boots, settling, leaving, frames that are lost one way or the other, and a
 * disk that fails at any moment of the story (story.ts).
 */
import { describe, expect, it } from 'vitest';
import type { AgentEntry } from '../../actors/agent-records.ts';
import { key, type AgentRow } from '../../actors/records.ts';
import { RECORD_HEADER_BYTES } from '../../handlers/log-records.ts';
import { openMemoryStore, type AppendFault } from '../../store/memory.ts';
import { agentFrames } from '../../transport/codec.ts';
import { ask, itemOf, run } from './asking.ts';
import { Cluster } from './cluster.ts';
import { isOver, leftOver, stage, tell } from './story.ts';
import { wrongs } from './verdict.ts';

const ok = { kind: 'done', result: 'ok' } as const;
const nodeOf = (cluster: Cluster, id = 'a1') => cluster.agents.get(id)!.node!;
const ends = (cluster: Cluster) =>
  cluster.lines.filter(({ message }) => message.startsWith('agent ended'));

/** Facts of an agent's journal, as `kind detail`. */
const told = (cluster: Cluster, kind: AgentEntry['kind']) =>
  [...nodeOf(cluster).store.read(1)]
    .map(([, entry]) => entry as unknown as AgentEntry)
    .filter((entry) => entry.kind === kind)
    .map(({ id, detail }) => [id, detail].filter((word) => word !== undefined).join(' '));

describe('an agent', () => {
  it.each([0, 1.5, 10_001])('refuses %d slots', async (slots) => {
    await expect(new Cluster().startAgent('a1', slots)).rejects.toThrow(
      `The number of slots must be a whole number from 1 to 10000, not ${slots}.`,
    );
  });

  it('refuses an id that is none', async () => {
    await expect(new Cluster().startAgent('a.1')).rejects.toThrow('The agent id "a.1" is not allowed'); // prettier-ignore
  });

  it('takes the next boot number in each life', async () => {
    const cluster = await Cluster.start(['a1']);
    for (const boot of [1, 2, 3]) {
      expect(nodeOf(cluster).boot).toBe(boot);
      cluster.crashAgent('a1');
      await cluster.startAgent('a1');
    }
    await cluster.until(() => cluster.facts('agent.boot').length === 2, 1_000);
    expect(cluster.facts('agent.boot').map(({ boot }) => boot)).toEqual([1, 4]);
  });

  it('has been silent since the last word of the boot before', async () => {
    const cluster = await Cluster.start(['a1']);
    await cluster.advance(5_000);
    cluster.crashAgent('a1');
    await cluster.advance(4_000);
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.facts('agent.boot').length === 2, 1_000);
    const [first, second] = cluster.facts('agent.boot');
    expect(first!.detail).toBeUndefined();
    const { silentMs } = second!.detail as { readonly silentMs: number };
    expect(silentMs).toBeGreaterThanOrEqual(4_000);
    expect(silentMs).toBeLessThanOrEqual(second!.at - first!.at);
  });

  it('is called by the address that its present boot tells', async () => {
    const cluster = await Cluster.start([]);
    const told = () =>
      (cluster.controller.store.get(key.agent('a1')) as unknown as AgentRow | undefined)?.address;
    await cluster.startAgent('a1', 4, { address: 'HTTP://Host:4445/' });
    await cluster.until(() => told() === 'http://host:4445', 5_000);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => told() === null, 5_000);
    await expect(cluster.startAgent('a2', 4, { address: 'host:4445' })).rejects.toThrow(
      'The address of an agent must be a URI',
    );
  });

  it('is settled when nothing runs and all is reported', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ afterMs: 1_000, exit: ok, log: 'a line\n' });
    expect(nodeOf(cluster).isSettled).toBe(true);
    await cluster.submit('x');
    await cluster.advance(100);
    expect(nodeOf(cluster).isSettled).toBe(false);
    const heal = cluster.cut('a1', 'from');
    await cluster.advance(5_000);
    expect(nodeOf(cluster).isSettled).toBe(false);
    heal();
    await cluster.until(() => nodeOf(cluster).isSettled, 20_000);
  });

  it('that leaves finishes what it has and is given nothing new', async () => {
    const cluster = await Cluster.start(['a1'], {}, 1);
    cluster.behave = () => ({ afterMs: 1_000, exit: ok });
    await run(cluster, 'j', [itemOf({ id: 'x' }), itemOf({ id: 'y' })]);
    await cluster.advance(100);
    nodeOf(cluster).leave();
    await cluster.until(() => nodeOf(cluster).isSettled, 5_000);
    await cluster.advance(30_000);
    expect(cluster.starts()).toEqual(['x#1']);
    const closing = nodeOf(cluster).close();
    await cluster.clock.settle();
    await closing;
    await cluster.startAgent('a2');
    await cluster.until(() => cluster.starts().includes('y#1'), 30_000);
  });

  it('sends again what one lost frame has carried, beats or not', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ afterMs: 1_000, exit: ok, log: 'a line\n' });
    const birth = await cluster.submit('x');
    await cluster.advance(995);
    const heal = cluster.cut('a1', 'from');
    await cluster.advance(10);
    heal();
    expect(cluster.ledger.at(-1)?.what).toBe('end');
    await cluster.until(() => cluster.row(birth).state === 'done', 12_000);
    expect(cluster.stateOf('a1')).toBe('connected');
    await cluster.until(() => nodeOf(cluster).isSettled, 1_000);
  });

  it('has nothing recorded twice when the acknowledgement is lost', async () => {
    const cluster = await Cluster.start(['a1']);
    const log = 'a line\n'.repeat(20_000);
    cluster.behave = () => ({ afterMs: 1_000, exit: ok, log });
    const heals: (() => void)[] = [];
    cluster.transport.subscribe('lifeline.from.a1', (bytes) => {
      const decoded = agentFrames.decode(bytes);
      const isLog = decoded.ok && decoded.frame.logs.some((chunk) => chunk.bytes.length > 0);
      if (isLog && heals.length === 0) heals.push(cluster.cut('a1', 'to'));
    });
    const birth = await cluster.submit('x');
    await cluster.advance(13_000);
    expect(nodeOf(cluster).isSettled).toBe(false);
    for (const heal of heals) heal();
    await cluster.until(() => nodeOf(cluster).isSettled, 60_000);
    const ends = cluster.facts().filter(({ kind }) => kind === 'done' || kind === 'superseded');
    expect(ends.map(({ kind }) => kind)).toEqual(['done']);
    const recorded = cluster.controller.store.get(key.logged(birth, 1));
    expect(recorded).toBe(RECORD_HEADER_BYTES + log.length);
  });

  it('does not start what is cancelled while its intent is being recorded', async () => {
    const cluster = await Cluster.start(['a1']);
    const { faults } = cluster.agents.get('a1')!.disk;
    faults.holdSync();
    const birth = await cluster.submit('x');
    await cluster.advance(100);
    await ask(cluster, { kind: 'cancel', id: 'x', by: 'test' });
    await cluster.advance(100);
    faults.releaseSync();
    await cluster.until(() => cluster.row(birth).state === 'cancelled', 5_000);
    expect(cluster.starts()).toEqual([]);
    expect(nodeOf(cluster).boot).toBe(1);
    expect(told(cluster, 'exit')).toEqual(['x neverStarted']);
  });

  it('sends again at once what a new term does not know', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ afterMs: 1_000, exit: ok });
    const birth = await cluster.submit('x');
    await cluster.advance(100);
    cluster.crashController();
    await cluster.advance(2_000);
    await cluster.startController();
    await cluster.until(() => cluster.row(birth).state === 'done', 1_000);
  });
});

describe('an agent that is closed', () => {
  it('kills what runs and records it, so that nobody takes it for a crash', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (_, attempt) =>
      attempt < 3 ? { afterMs: Infinity, exit: ok, killMs: 50 } : { afterMs: 10, exit: ok };
    const birth = await cluster.submit('x');
    for (const attempt of [1, 2]) {
      await cluster.until(() => cluster.starts().includes(`x#${attempt}`), 90_000);
      const closing = nodeOf(cluster).close();
      await cluster.advance(100);
      await closing;
      expect(told(cluster, 'exit').at(-1)).toBe('x killed');
      await nodeOf(cluster).store.close();
      await cluster.startAgent('a1');
    }
    await cluster.until(() => cluster.row(birth).state === 'done', 90_000);
    expect(cluster.row(birth).context).toMatchObject({ attempt: 3, deaths: 0 });
  });

  it('waits for what cannot be killed, but not for ever', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ afterMs: Infinity, exit: ok, killMs: Infinity });
    await cluster.submit('x');
    await cluster.advance(10);
    let isClosed = false;
    void nodeOf(cluster)
      .close()
      .then(() => (isClosed = true));
    await cluster.advance(9_999);
    expect(isClosed).toBe(false);
    await cluster.advance(1);
    expect(isClosed).toBe(true);
  });

  it('goes on leaving in its next boot', async () => {
    const cluster = await Cluster.start(['a1']);
    nodeOf(cluster).leave();
    const heal = cluster.cut('a1');
    await cluster.advance(70_000);
    heal();
    await cluster.until(() => nodeOf(cluster).boot === 2, 30_000);
    const birth = await cluster.submit('x');
    await cluster.advance(60_000);
    expect(cluster.row(birth).state).toBe('queued');
  });
});

describe('an agent whose spool lost its end in a power failure', () => {
  it('says how much log there is, and may forget', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ afterMs: 10, exit: ok, log: 'a line\n' });
    cluster.transport.tapFrom('a1', (frame) => ({ ...frame, logs: [] }));
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    cluster.crashAgent('a1');
    cluster.agents.get('a1')!.spool.remove({ birth, attempt: 1 });
    await cluster.startAgent('a1');
    await cluster.advance(60_000);
    expect([...nodeOf(cluster).store.range({ from: 'task/', to: 'task0' })]).toEqual([]);
  });
});

describe('an agent whose disk fails', () => {
  /** Plays the story with a disk of a1 that misbehaves from `atMs` on. */
  async function play(atMs: number, misbehave: (cluster: Cluster) => void) {
    const cluster = stage();
    const opened = Promise.all([
      cluster.startController(),
      cluster.startAgent('a1'),
      cluster.startAgent('a2'),
    ]);
    await cluster.advance(20);
    await opened;
    const story = tell(cluster);
    cluster.clock.after(atMs, () => misbehave(cluster));
    try {
      await cluster.until(() => isOver(cluster, story), 200_000);
    } catch (trouble) {
      return [String(trouble), ...leftOver(cluster, story)];
    }
    const failedAt = cluster.lines.findIndex(({ message }) => message.startsWith('boot ended'));
    if (failedAt < 0 || nodeOf(cluster).boot === 1) return ['no boot has ended'];
    // What it was running is killed when the append fails: the ledger knows when.
    const stopped = cluster.ledger.filter(
      ({ agent, exit }) => agent === 'a1' && exit === 'stopped',
    );
    const at = stopped[0]?.at ?? Infinity;
    return wrongs(cluster, { victim: 'a1', at });
  }

  it.each(['nothing', 'lost', 'applied'] satisfies AppendFault[])(
    'goes on as a new boot at any moment, and loses and repeats nothing: %s',
    async (fault) => {
      const found = new Map<number, readonly string[]>();
      for (let atMs = 0; atMs < 1_600; atMs += 80) {
        const wrong = await play(atMs, (cluster) =>
          cluster.agents.get('a1')!.disk.faults.failNextAppend(1, fault),
        );
        if (wrong.length > 0) found.set(atMs, wrong);
      }
      expect(Object.fromEntries(found)).toEqual({});
    },
  );

  it('goes on when a full disk has room again', async () => {
    const wrong = await play(300, (cluster) => {
      const { faults } = cluster.agents.get('a1')!.disk;
      faults.full = true;
      cluster.clock.after(4_500, () => (faults.full = false));
    });
    expect(wrong).toEqual([]);
  });

  it('kills what it runs before its next boot', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (id) => ({ afterMs: id === 'x' ? Infinity : 10, exit: ok, killMs: 3_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(100);
    cluster.agents.get('a1')!.disk.faults.failNextAppend(1, 'lost');
    await cluster.submit('y');
    await cluster.advance(2_900);
    expect(cluster.ledger.filter(({ what, id }) => what === 'end' && id === 'x')).toEqual([]);
    expect(nodeOf(cluster).boot).toBe(1);
    await cluster.until(() => nodeOf(cluster).boot === 2, 2_000);
    expect(told(cluster, 'exit')).toEqual(['x lost']);
    await cluster.until(() => cluster.starts().includes('x#2'), 5_000);
    expect(cluster.row(birth).context).toMatchObject({ losses: 1, deaths: 0 });
  });

  it('waits for a full disk without end, and goes on when there is room', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.agents.get('a1')!.disk.faults.full = true;
    const birth = await cluster.submit('x');
    await cluster.advance(120_000);
    expect(ends(cluster)).toEqual([]);
    expect(cluster.starts()).toEqual([]);
    cluster.agents.get('a1')!.disk.faults.full = false;
    await cluster.until(() => cluster.row(birth).state === 'done', 90_000);
    expect(cluster.starts()).toHaveLength(1);
  });

  it('ends when every boot ends soon, and says so to its owner', async () => {
    const cluster = await Cluster.start(['a1']);
    const ended = nodeOf(cluster).ended;
    cluster.observeAgent = (_agent, phase, turn) => {
      if (phase === 'taken' && turn > 1) throw new Error('a bug');
    };
    await cluster.advance(60_000);
    expect(ends(cluster)).toHaveLength(1);
    expect((await ended).message).toContain('every boot fails');
  });

  it('ends at once when somebody else has written to its store', async () => {
    const cluster = await Cluster.start(['a1']);
    const other = await openMemoryStore(cluster.agents.get('a1')!.disk, { force: true });
    await other.append({ entries: ['mine'], writes: [] }, { expect: other.position() });
    await cluster.submit('x');
    await cluster.advance(10);
    expect(ends(cluster)).toHaveLength(1);
    expect(cluster.starts()).toEqual([]);
  });
});
