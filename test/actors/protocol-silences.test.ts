/**
 * What the first draft left unsaid or contradicted, from reference/protocol.md §1 C. C2 is R17 in
 * rules-work.test.ts, C3 in boundaries.test.ts. C4 is the shape of the charts and C6 the shape of a beat:
 * test/machines and the schema of the frame hold them.
 */
import { describe, expect, it } from 'vitest';
import { ControllerNode } from '../../actors/controller.ts';
import { silent } from '../../actors/logger.ts';
import { key, type JobRow } from '../../actors/records.ts';
import { createMemoryDisk, openMemoryStore } from '../../store/memory.ts';
import type { AgentFrame, Request } from '../../transport/frame.ts';
import { Process } from '../../scenarios/world-process.ts';
import { done, endless, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';
import { RawAgent } from './raw-agent.ts';

const start = checkedClusters();

const park = { ...policy, onUnknown: 'park' as const };

/** What a request gives out, given out once more as the next attempt. */
function twice(request: Request): Request {
  if (request.kind !== 'assign') return request;
  return { ...request, tasks: request.tasks.flatMap((task) => [task, { ...task, attempt: 2 }]) };
}

const boot = (cluster: Cluster, agent: string) => cluster.agents.get(agent)!.node!.boot;

describe('parked work', () => {
  /** Work of a job whose agent is lost; its first attempt had run for so long by then. */
  async function parked(cluster: Cluster, afterMs: number): Promise<number> {
    cluster.behave = (_id, attempt) => (attempt === 1 ? { ...done, afterMs } : done);
    const job = { job: 'j', generation: 1, by: 'test' } as const;
    await cluster.command({
      kind: 'startJob',
      name: 'j',
      source: 's',
      spec: null,
      rereads: true,
      by: 'test',
    });
    const item = { id: 'x', handler: 'work', input: null, bytes: 1, policy: park };
    await cluster.command({
      kind: 'enqueue',
      ...job,
      items: [item],
      after: null,
      cursor: 1,
      ended: true,
    });
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    const birth = cluster.facts('accepted')[0]!;
    const number = Number(birth.subject.slice(1));
    await cluster.until(() => cluster.row(number).state === 'parked', 70_000);
    heal();
    return number;
  }

  it('C1: is left by the late result of its last attempt', async () => {
    const cluster = await start(['a1']);
    const birth = await parked(cluster, 59_500);
    const job = () => cluster.controller.store.get(key.job('j')) as unknown as JobRow;
    expect(job().counts).toMatchObject({ parked: 1, done: 0 });
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    expect(job().counts).toMatchObject({ parked: 0, done: 1 });
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it.each([
    ['retry', 'done'],
    ['accept', 'done'],
    ['giveUp', 'failed'],
    ['cancel', 'cancelled'],
  ] as const)('C1: is left by %s of a person', async (kind, state) => {
    const cluster = await start(['a1']);
    const birth = await parked(cluster, 500_000);
    await cluster.advance(30_000);
    expect(cluster.row(birth)).toMatchObject({ state: 'parked', context: { attempt: 1 } });
    await cluster.command({ kind, id: 'x', by: 'test' });
    await cluster.until(() => cluster.row(birth).state === state, 5_000);
    expect(cluster.starts()).toEqual(kind === 'retry' ? ['x#1', 'x#2'] : ['x#1']);
  });

  it('C1: a retry of terminal work makes new work that names the old', async () => {
    const cluster = await start(['a1']);
    const first = await cluster.submit('x');
    await cluster.until(() => cluster.row(first).state === 'done', 5_000);
    const { id } = await cluster.command({ kind: 'retry', id: 'x', by: 'test' });
    const second = cluster.controller.store.get(key.id(id)) as number;
    await cluster.until(() => cluster.row(second).state === 'done', 5_000);
    expect(cluster.row(second)).toMatchObject({ retryOf: 'x', context: { attempt: 1 } });
  });
});

it.each([
  { periodMs: 2_000, delayMs: 2_000, timeoutMs: 4_000 },
  { periodMs: 1_000, delayMs: 2_000, timeoutMs: 2_000 },
  { timeoutMs: 61_000 },
])(
  'C5: a timing in which lost would come before suspect, or is no multiple, is refused: %o',
  async (timing) => {
    const cluster = await start([]);
    const { transport, clock } = cluster;
    const store = await openMemoryStore(createMemoryDisk());
    const ports = { transport, clock, store, newId: () => 'c9', logger: silent };
    await expect(ControllerNode.open(timing, ports)).rejects.toThrow(/multiple/);
  },
);

describe('a pulse', () => {
  it('C7: after the end changes nothing, however late it comes', async () => {
    const cluster = await start(['a1']);
    const pulses: AgentFrame[] = [];
    cluster.transport.tapFrom('a1', (frame) => {
      if (frame.progress.length > 0) pulses.push(frame);
      return frame;
    });
    cluster.behave = () => ({ ...done, afterMs: 15_000 });
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    const facts = cluster.facts().length;
    cluster.transport.sendFrom(pulses[0]!);
    await cluster.advance(1_000);
    expect(cluster.row(birth).state).toBe('done');
    expect(cluster.facts()).toHaveLength(facts);
  });
});

describe.each(['nothing', 'lost', 'applied'] as const)(
  'an append that fails with "%s"',
  (fault) => {
    it('C8, C9: ends the term, and nothing is lost or done twice', async () => {
      const cluster = await start(['a1']);
      cluster.behave = () => ({ ...done, afterMs: 5_000 });
      const birth = await cluster.submit('x');
      await cluster.advance(4_999);
      cluster.controllerDisk.faults.failNextAppend(1, fault);
      await cluster.until(() => cluster.controller.term === 2, 5_000);
      await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
      expect(cluster.starts()).toEqual(['x#1']);
      expect(cluster.facts('done')).toHaveLength(1);
    });

    it('C8, C9: ends the boot, and nothing runs on or is started twice', async () => {
      const cluster = await start(['a1']);
      cluster.behave = (id, attempt) => (id === 'x' && attempt === 1 ? endless : done);
      const births = [await cluster.submit('x')];
      await cluster.advance(1_000);
      cluster.agents.get('a1')!.disk.faults.failNextAppend(1, fault);
      births.push(await cluster.submit('y'));
      await cluster.until(() => boot(cluster, 'a1') === 2, 5_000);
      await cluster.until(
        () => births.every((birth) => cluster.row(birth).state === 'done'),
        90_000,
      );
      expect(cluster.row(births[0]!).context).toMatchObject({ attempt: 2, deaths: 0 });
    });
  },
);

describe('evidence', () => {
  it('C10: of a task that runs although its boot is lost holds the next attempt back for a timeout and a guard from the moment of the report', async () => {
    const cluster = await start([]);
    const raw = new RawAgent('a0', cluster.transport, () => cluster.clock.now());
    raw.say();
    await cluster.until(() => raw.requests.length === 1, 1_000);
    raw.report();
    await cluster.advance(1);
    const birth = await cluster.submit('x');
    await cluster.advance(1);
    expect(cluster.row(birth).context.agent).toBe('a0');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.row(birth).state === 'waiting', 70_000);
    // Its clock had stood still: the boot that was lost is over, and yet its task runs.
    raw.boot = 2;
    raw.say();
    await cluster.until(() => raw.requests.length === 1, 1_000);
    const task = { birth, attempt: 1, logLength: 0, place: null };
    raw.report([{ ...task, state: 'inProgress' }]);
    const reportedAt = cluster.clock.elapsed();
    await cluster.until(() => cluster.starts().length > 0, 100_000);
    expect(cluster.moment('start', 'x#2')).toBe(reportedAt + 62_000);
    expect(raw.requests.some(({ kind }) => kind === 'kill')).toBe(true);
  });

  it('C10: an agent never runs two attempts of one sub-transaction', async () => {
    const cluster = await start(['a1']);
    cluster.behave = (_id, attempt) => ({ ...done, afterMs: attempt * 5_000 });
    // What the controller gives out once arrives as two attempts.
    cluster.transport.tapTo('a1', (frame) => ({
      ...frame,
      requests: frame.requests.map(twice),
    }));
    await cluster.submit('x');
    await cluster.advance(20_000);
    expect(cluster.moment('start', 'x#2')).toBe(cluster.moment('end', 'x#1'));
  });
});

describe('within a turn', () => {
  it('C11: the controller reads its inbox before it looks at its deadlines', async () => {
    const cluster = await start([]);
    cluster.crashController();
    const process = new Process(cluster.clock);
    await cluster.startController({}, { clock: process.clock });
    await cluster.startAgent('a1');
    await cluster.advance(9_000);
    const beats: AgentFrame[] = [];
    const untap = cluster.transport.tapFrom('a1', (frame) => {
      beats.push(frame);
      return null;
    });
    await cluster.advance(2_500);
    untap();
    process.stop();
    cluster.transport.sendFrom(beats[0]!);
    await cluster.advance(1_000);
    process.goOn();
    await cluster.advance(2_000);
    expect(cluster.facts('agent.suspect')).toEqual([]);
    expect(cluster.stateOf('a1')).toBe('connected');
  });

  it('C11: the agent looks at its lease before it reads its inbox', async () => {
    const cluster = await start([]);
    const process = new Process(cluster.clock);
    await cluster.startAgent('a1', 4, { clock: process.clock });
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    process.stop();
    const birth = await cluster.submit('x');
    await cluster.advance(61_000);
    process.goOn();
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    const { store } = cluster.agents.get('a1')!.node!;
    const kinds = [...store.read(1)].map(([, entry]) => (entry as { kind: string }).kind);
    // The assign that had waited was not even taken: the boot was over before it was read.
    expect(kinds.slice(0, kinds.lastIndexOf('boot'))).toEqual(['boot', 'link', 'lease']);
    expect(cluster.starts()).toEqual(['x#2']);
  });
});
