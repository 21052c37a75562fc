/** What the queries say of real runs, and of rows written by hand. */
import { describe, expect, it } from 'vitest';
import { showAgent } from '../../actors/agent-queries.ts';
import {
  listJobs,
  listSubTransactions,
  show,
  showJob,
  showSubTransaction,
} from '../../actors/queries.ts';
import { readLog } from '../../actors/read-log.ts';
import { key, NO_COUNTS } from '../../actors/records.ts';
import { Refused } from '../../actors/refused.ts';
import { RECORD_HEADER_BYTES } from '../../handlers/log-records.ts';
import { openMemoryStore } from '../../store/memory.ts';
import { Cluster, endless, policy } from './cluster.ts';
import { HandMade, START_AT } from './hand-made.ts';

const unknown = (sentence: string): unknown =>
  expect.objectContaining({ code: 'unknown', message: sentence });

describe('queries: jobs', () => {
  it('lists periodic, single-pass, stopped and finished ones apart, in order of their names', async () => {
    const made = await HandMade.open();
    const context = (await made.job('b')).context;
    await made.job('a');
    await made.job('tick', {
      state: 'resting',
      context: { ...context, periodic: true, deadlineAt: START_AT + 5_000, skippedTicks: 2 },
    });
    await made.job('halted', { state: 'stopped', endedAt: START_AT + 700 });
    await made.job('over', { state: 'finished', endedAt: START_AT + 800 });
    const list = listJobs(made.store, START_AT + 1_000);
    const names = Object.entries(list).map(([state, jobs]) => [
      state,
      (jobs as { name: string }[]).map(({ name }) => name),
    ]);
    expect(Object.fromEntries(names)).toEqual({
      periodic: ['tick'],
      singlepass: ['a', 'b'],
      stopped: ['halted'],
      finished: ['over'],
    });
    expect(list.periodic[0]).toMatchObject({
      nextAt: '2026-01-01T00:00:05.000Z',
      skippedTicks: 2,
    });
    expect(list.finished[0]).toMatchObject({
      elapsedMs: 800,
      endedAt: '2026-01-01T00:00:00.800Z',
    });
  });

  it.each([
    ['nothing handed over yet', NO_COUNTS, false, { total: null, remaining: null }],
    ['an empty source that has ended', NO_COUNTS, true, { total: 0, remaining: 0 }],
    [
      'some of each kind',
      {
        ...NO_COUNTS,
        queued: 1,
        active: 2,
        waiting: 3,
        parked: 4,
        done: 5,
        failed: 6,
        cancelled: 7,
      },
      false,
      { total: 28, remaining: 6, parked: 4, done: 5, failed: 6, cancelled: 7 },
    ],
  ])('counts %s', async (_what, counts, sourceEnded, expected) => {
    const made = await HandMade.open();
    const { context } = await made.job('a');
    await made.job('a', { counts, context: { ...context, sourceEnded } });
    expect(showJob(made.store, 'a', START_AT)).toMatchObject({ sourceEnded, ...expected });
  });

  it('shows no negative time when the clock has gone back', async () => {
    const made = await HandMade.open();
    await made.job('a');
    expect(showJob(made.store, 'a', START_AT - 5_000).elapsedMs).toBe(0);
  });

  it('lists the last run only and shows the older ones with it, newest first', async () => {
    const made = await HandMade.open();
    const first = await made.job('a', { endedAt: START_AT + 1, state: 'finished' });
    await made.put(key.run('a', 1), first);
    await made.put(key.run('a', 2), { ...first, generation: 2 });
    await made.job('a', { generation: 3 });
    expect(listJobs(made.store, START_AT).finished).toEqual([]);
    const shown = showJob(made.store, 'a', START_AT);
    expect(shown.generation).toBe(3);
    expect(shown.older.map(({ generation }) => generation)).toEqual([2, 1]);
  });
});

describe('queries: a sub-transaction', () => {
  it('shows input, attempts, failure and every fact in order', async () => {
    const cluster = await Cluster.start(['a1']);
    const exit = {
      kind: 'failed',
      cause: 'error',
      message: 'boo',
      detail: { exitCode: 3 },
    } as const;
    cluster.behave = () => ({ afterMs: 200, exit, log: 'hello' });
    const birth = await cluster.submit('x', {
      input: { n: 7 },
      policy: { ...policy, maxRetries: 1 },
    });
    await cluster.until(() => cluster.row(birth).state === 'failed', 10_000);
    await cluster.advance(100);
    const { store } = cluster.controller;
    const shown = showSubTransaction(store, 'x');
    expect(shown).toMatchObject({
      id: 'x',
      birth,
      job: null,
      state: 'failed',
      cause: 'error',
      attempt: 2,
      agent: 'a1',
      input: { n: 7 },
      result: null,
      failure: { cause: 'error', message: 'boo', detail: { exitCode: 3 } },
    });
    expect(shown.attempts).toHaveLength(2);
    for (const attempt of shown.attempts) {
      expect(attempt).toMatchObject({
        agent: 'a1',
        boot: 1,
        ending: 'failed',
        confirmed: true,
        message: 'boo',
        detail: { exitCode: 3 },
        logLength: RECORD_HEADER_BYTES + 'hello'.length,
      });
      expect(Date.parse(attempt.endedAt!) - Date.parse(attempt.startedAt!)).toBe(200);
    }
    const numbers = shown.history.map(({ n }) => n);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(shown.history[0]).toMatchObject({
      kind: 'accepted',
      by: 'test',
      about: 'subTransaction',
    });
    expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
  });

  it('says the same of a directory at rest as of the controller that wrote it', async () => {
    const cluster = await Cluster.start(['a1']);
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 10_000);
    await cluster.advance(1_000);
    const before = showSubTransaction(cluster.controller.store, 'x');
    cluster.crashController();
    const idle = await openMemoryStore(cluster.controllerDisk);
    expect(showSubTransaction(idle, 'x')).toEqual(before);
  });

  it('keeps an attempt lost until its agent tells the end, and says then that it is confirmed', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    await cluster.submit('x', { policy: { ...policy, onUnknown: 'park' } });
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.advance(70_000);
    const { store } = cluster.controller;
    expect(showSubTransaction(store, 'x').attempts[0]).toMatchObject({
      ending: 'lost',
      confirmed: false,
    });
    heal();
    await cluster.until(() => showSubTransaction(store, 'x').attempts[0]!.confirmed, 60_000);
    expect(showSubTransaction(store, 'x').attempts[0]).toMatchObject({ ending: 'lost' });
  });

  it('is listed by job, run and state', async () => {
    const made = await HandMade.open();
    await made.sub('x', [], { row: { job: 'a', generation: 1 } });
    const y = await made.sub('y', [], { row: { job: 'a', generation: 2, state: 'parked' } });
    await made.sub('z', [], { row: { job: 'b', generation: 1, state: 'parked' } });
    const ids = (filter: Parameters<typeof listSubTransactions>[1]) =>
      [...listSubTransactions(made.store, filter)].map(({ id }) => id);
    expect(ids({})).toEqual(['x', 'y', 'z']);
    expect(ids({ job: 'a' })).toEqual(['x', 'y']);
    expect(ids({ job: 'a', generation: 2 })).toEqual(['y']);
    expect(ids({ states: ['parked'] })).toEqual(['y', 'z']);
    expect(ids({ after: y })).toEqual(['z']);
  });
});

describe('queries: an agent', () => {
  it('is shown with what is in flight there and its last 100 facts in order', async () => {
    const cluster = await Cluster.start(['a1', 'a2']);
    cluster.behave = () => endless;
    for (const id of ['x', 'y', 'z']) await cluster.submit(id);
    await cluster.advance(1_000);
    const { store } = cluster.controller;
    const running = ['a1', 'a2'].flatMap((id) => showAgent(store, id).running);
    expect(running.map(({ id }) => id).sort()).toEqual(['x', 'y', 'z']);
    const { history, ...agent } = showAgent(store, 'a1');
    expect(agent).toMatchObject({ id: 'a1', state: 'present', boot: 1, timeoutMs: 60_000 });
    expect(history.map(({ kind }) => kind).slice(0, 2)).toEqual(['agent.boot', 'agent.connected']);
  });
});

describe('queries: show', () => {
  it('finds a job before a sub-transaction before an agent, and says what else has the name', async () => {
    const cluster = await Cluster.start(['same']);
    const { store, clock } = { store: cluster.controller.store, clock: cluster.clock };
    expect(show(store, 'same', clock.now())).toMatchObject({ kind: 'agent', also: [] });
    await cluster.submit('same');
    expect(show(store, 'same', clock.now())).toMatchObject({
      kind: 'subTransaction',
      also: ['agent'],
    });
    const job = {
      name: 'same',
      source: 's',
      spec: null,
      rereads: true,
      by: 'test',
    } as const;
    await cluster.command({ kind: 'startJob', ...job });
    expect(show(store, 'same', clock.now())).toMatchObject({
      kind: 'job',
      also: ['subTransaction', 'agent'],
    });
  });

  it.each(['nobody', '', 'a/b', '../x', 'x'.repeat(3_000), 'ä'])(
    'has nothing under the name %j',
    async (name) => {
      const { store } = await HandMade.open();
      expect(() => show(store, name, 0)).toThrow(Refused);
      expect(() => showJob(store, name, 0)).toThrow(
        unknown(`There is no job "${name}"; \`lifeline list\` shows those that are known.`),
      );
      for (const ask of [showSubTransaction, showAgent, readLog]) {
        expect(() => ask(store, name)).toThrow(Refused);
      }
    },
  );
});

describe('queries: a log', () => {
  const text = (chunks: Iterable<Uint8Array>) =>
    Buffer.concat([...chunks].map((bytes) => Buffer.from(bytes))).toString();

  it('is read in order of the offsets, for the attempt that was asked for', async () => {
    const made = await HandMade.open();
    const given = { agent: 'a1', boot: 1 };
    const birth = await made.sub('x', [
      [0, { kind: 'assign', attempt: 1, ...given, state: 'sent' }],
      [1, { kind: 'failed', attempt: 1, ...given, state: 'waiting', detail: { logLength: 12 } }],
      [2, { kind: 'assign', attempt: 2, ...given, state: 'sent' }],
    ]);
    // 10 comes after 9 by number, before it as text.
    for (const [offset, piece] of [
      [0, 'one '],
      [4, 'three'],
      [9, 's'],
      [10, '!'],
    ] as const) {
      await made.put(key.log(birth, 1, offset), Buffer.from(piece));
    }
    await made.put(key.logged(birth, 1), 11);
    const first = readLog(made.store, 'x', { attempt: 1 });
    expect(text(first.chunks)).toBe('one threes!');
    expect(first).toMatchObject({ attempt: 1, length: 11, expected: 12, complete: false });
    const second = readLog(made.store, 'x');
    expect(second).toMatchObject({ attempt: 2, length: 0, expected: null, complete: false });
    expect(text(second.chunks)).toBe('');
    for (const attempt of [3, 0, 1.5, -1, NaN]) {
      expect(() => readLog(made.store, 'x', { attempt })).toThrow(
        unknown(`There is no attempt ${attempt} of "x": it has been given out 2 times.`),
      );
    }
  });

  it('is complete when every byte that the attempt has written is here', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...endless, afterMs: 100, log: 'some output' });
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 10_000);
    await cluster.advance(100);
    const log = readLog(cluster.controller.store, 'x');
    const length = RECORD_HEADER_BYTES + 'some output'.length;
    expect(log).toMatchObject({ length, expected: length, complete: true });
    expect(text(log.chunks)).toContain('some output');
  });
});
