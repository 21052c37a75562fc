/** R1 to R4: boots end with their lease, are ordered, and what one link owes dies with it. */
import { describe, expect, it } from 'vitest';
import type { AgentFrame, ControllerFrame } from '../../transport/frame.ts';
import { done, endless } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

/** The first attempt runs until it is stopped; later ones for 30 s. */
const firstEndless = (_id: string, attempt: number) =>
  attempt === 1 ? endless : { ...done, afterMs: 30_000 };

describe('a boot', () => {
  it('R1 (A1): once lost is never renewed, although its own clock still gives it a lease', async () => {
    const cluster = await start([]);
    const slow = cluster.clock.view({ rate: 0.98, offsetMs: 0 });
    await cluster.startAgent('a1', 4, { clock: slow });
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    await cluster.startAgent('a2');
    cluster.behave = firstEndless;
    await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 70_000);
    const lostAt = cluster.clock.elapsed();
    expect(cluster.moment('end', 'x#1')).toBeUndefined();
    heal();
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 2_000);
    expect(cluster.moment('end', 'x#1')! - lostAt).toBeLessThan(1_100);
    expect(cluster.agents.get('a1')!.node!.boot).toBe(2);
    await cluster.until(() => cluster.moment('end', 'x#2') !== undefined, 60_000);
  });

  it('R1: ends with its lease, without a word from anybody', async () => {
    const cluster = await start(['a1']);
    cluster.behave = firstEndless;
    await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.cut('a1');
    await cluster.advance(65_000);
    expect(cluster.moment('end', 'x#1')).toBe(60_000);
    expect(cluster.agents.get('a1')!.node!.boot).toBe(2);
  });

  it('R1: takes no more work while it ends, and so comes to its end', async () => {
    const cluster = await start(['a1']);
    const held: ControllerFrame[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      if (frame.requests.some(({ kind, n }) => kind === 'assign' && n > 2)) held.push(frame);
      return frame.requests.some(({ n }) => n > 2) ? null : frame;
    });
    cluster.behave = () => ({ ...endless, killMs: 900 });
    await cluster.submit('x');
    await cluster.submit('y');
    cluster.cut('a1', 'from');
    await cluster.advance(60_100);
    expect(cluster.moment('end', 'x#1')).toBeUndefined();
    cluster.transport.sendTo(held[0]!);
    await cluster.advance(2_000);
    expect(cluster.moment('end', 'x#1')).toBe(60_900);
    expect(cluster.agents.get('a1')!.node!.boot).toBe(2);
  });

  it('R2 (A3): drops a delayed assign of the boot before it', async () => {
    const cluster = await start(['a1']);
    const sent: ControllerFrame[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      sent.push(frame);
      return frame;
    });
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    await cluster.until(() => cluster.agents.get('a1')!.node!.isSettled, 5_000);
    const assign = sent.find(({ requests }) => requests[0]?.kind === 'assign')!;
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 5_000);
    // The same link and the next number: only the boot tells that it is old.
    expect(sent.at(-1)).toMatchObject({ boot: 2, link: assign.link, term: assign.term });
    expect(sent.at(-1)!.sent + 1).toBe(assign.requests[0]!.n);
    cluster.transport.sendTo(assign);
    await cluster.advance(1_000);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('R2 (A3): is not ended by a delayed beat of the boot before it', async () => {
    const cluster = await start(['a1', 'a2']);
    const sent: AgentFrame[] = [];
    cluster.transport.tapFrom('a1', (frame) => {
      sent.push(frame);
      return frame;
    });
    await cluster.advance(10_000);
    const beat = sent.at(-1)!;
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 5_000);
    cluster.behave = firstEndless;
    const birth = await cluster.submit('x');
    await cluster.advance(15_000);
    expect(cluster.row(birth).context).toMatchObject({ agent: 'a1', boot: 2 });
    cluster.transport.sendFrom(beat);
    await cluster.advance(15_000);
    expect(cluster.row(birth)).toMatchObject({ state: 'inProgress', context: { attempt: 1 } });
    expect(cluster.starts()).toEqual(['x#1']);
    const boots = cluster.facts('agent.boot').filter(({ agent }) => agent === 'a1');
    expect(boots.map(({ boot }) => boot)).toEqual([1, 2]);
  });

  it('R2 (A14): of another store waits until the lease of the known one is certainly over', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = firstEndless;
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    await cluster.startAgent('a1', 4, { seat: 'clone' });
    await cluster.advance(30_000);
    expect(cluster.row(birth)).toMatchObject({ state: 'inProgress', context: { attempt: 1 } });
    expect(cluster.facts('agent.boot').filter(({ agent }) => agent === 'a1')).toHaveLength(1);
    const told = () =>
      cluster.lines
        .filter(({ message }) => message === 'this agent id is in use by another agent')
        .map(({ fields }) => fields as { readonly isHeld: boolean; readonly silentMs: number });
    const refusals = () => new Set(told().map(({ isHeld }) => isHeld));
    expect(refusals()).toEqual(new Set([false]));
    const words = () =>
      told().filter(({ silentMs }, i, all) => i > 0 && silentMs < all[i - 1]!.silentMs).length;
    expect(words()).toBeGreaterThan(1);
    const heard = words();
    cluster.crashAgent('a1');
    const crashedAt = cluster.clock.elapsed();
    await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 100_000);
    expect(cluster.moment('start', 'x#2')! - crashedAt).toBeGreaterThan(50_000);
    expect(refusals()).toEqual(new Set([false, true]));
    expect(words()).toBeLessThanOrEqual(heard + 1);
    await cluster.until(() => cluster.agents.get('clone')!.node!.boot === 2, 5_000);
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 5_000);
    // It came in as already lost, and its next boot is clean.
    expect(cluster.facts('agent.boot').filter(({ agent }) => agent === 'a1')).toMatchObject([
      { boot: 1, state: 'present' },
      { boot: 1, state: 'lost' },
      { boot: 2, state: 'present' },
    ]);
  });

  it('A14: of two that have one id and were both given up, one has it', async () => {
    const cluster = await start(['a1']);
    const heal = cluster.cut('a1', 'from');
    await cluster.startAgent('a1', 4, { seat: 'clone' });
    await cluster.advance(130_000);
    expect(cluster.stateOf('a1')).toBe('lost');
    const before = cluster.facts('agent.boot').length;
    heal();
    await cluster.advance(60_000);
    expect(cluster.stateOf('a1')).toBe('reconciled');
    expect(cluster.facts('agent.boot').length - before).toBeLessThanOrEqual(2);
  });
});

describe('a link', () => {
  it('R3 (A1): takes its unanswered assign with it when the boot is over', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = firstEndless;
    const heal = cluster.cut('a1');
    const birth = await cluster.submit('x');
    expect(cluster.row(birth).context.agent).toBe('a1');
    await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 70_000);
    heal();
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 5_000);
    await cluster.until(() => cluster.row(birth).state === 'done', 60_000);
    expect(cluster.starts()).toEqual(['x#2']);
  });

  it('R3: takes its unanswered requests with it when the term is over', async () => {
    const cluster = await start(['a1']);
    const numbers: string[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      for (const { n, kind } of frame.requests) numbers.push(`${frame.term}.${n} ${kind}`);
      return frame.requests.some(({ kind }) => kind === 'assign') && frame.term === 1
        ? null
        : frame;
    });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.crashController();
    await cluster.startController();
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    expect(numbers.slice(0, 3)).toEqual(['1.2 assign', '2.1 report', '2.2 assign']);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it.each(['alive', 'cancelled'])(
    'R4 (A2): that is new asks for a report first, and drops an older assign of work that is %s',
    async (fate) => {
      const cluster = await start(['a1', 'a2']);
      const held: ControllerFrame[] = [];
      const untap = cluster.transport.tapTo('a1', (frame) => {
        if (!frame.requests.some(({ kind }) => kind === 'assign')) return frame;
        held.push(frame);
        return null;
      });
      const birth = await cluster.submit('x');
      await cluster.advance(1_000);
      const heal = cluster.cut('a1');
      await cluster.until(() => cluster.stateOf('a1') === 'suspect', 20_000);
      untap();
      const isCancelled = fate === 'cancelled';
      if (isCancelled) await cluster.command({ kind: 'cancel', id: 'x', by: 'test' });
      heal();
      const end = isCancelled ? 'cancelled' : 'done';
      await cluster.until(() => cluster.row(birth).state === end, 20_000);
      expect(held[0]).toMatchObject({ link: 1, requests: [{ n: 2 }] });
      cluster.transport.sendTo(held[0]!);
      await cluster.advance(20_000);
      expect(cluster.starts()).toEqual(isCancelled ? [] : ['x#1']);
      expect(cluster.facts('verdict')).toMatchObject([
        { cause: isCancelled ? 'neverStarted' : 'assignAgain' },
      ]);
    },
  );

  it('R4: takes no verdict from an answer, a beat or a report of an older link', async () => {
    const cluster = await start(['a1', 'a2']);
    const reports: AgentFrame[] = [];
    // The agent keeps silent of what it runs, and says at last that it knows nothing of it.
    cluster.transport.tapFrom('a1', (frame) => ({
      ...frame,
      progress: [],
      answers: frame.answers.map((answer) =>
        answer.kind === 'tasks' && cluster.clock.elapsed() > 60_000
          ? {
              ...answer,
              tasks: answer.tasks.map((task) => ({ ...task, state: 'unknown' as const })),
            }
          : answer,
      ),
    }));
    cluster.transport.tapFrom('a1', (frame) => {
      if (frame.answers.some(({ kind }) => kind === 'report')) reports.push(frame);
      return frame;
    });
    cluster.behave = firstEndless;
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'idle', 130_000);
    await cluster.until(() => reports.length === 1, 130_000);
    expect(reports[0]!.link).toBe(2);
    await cluster.advance(5_000);
    expect(cluster.facts('verdict').map(({ cause }) => cause)).toEqual(['continue']);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('R4 (A2): does not use a report of the link before', async () => {
    const cluster = await start([]);
    const reports: AgentFrame[] = [];
    const untap = cluster.transport.tapFrom('a1', (frame) => {
      if (frame.answers.some(({ kind }) => kind === 'report')) reports.push(frame);
      return frame;
    });
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    untap();
    cluster.behave = () => ({ ...endless, abortMs: 3_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'suspect', 20_000);
    await cluster.command({ kind: 'cancel', id: 'x', by: 'test' });
    heal();
    await cluster.until(() => cluster.stateOf('a1') === 'reconciling', 20_000);
    // Link 1 had reported nothing. By that the cancelled work would never have been started.
    cluster.transport.sendFrom(reports[0]!);
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 20_000);
    expect(cluster.row(birth).state).toBe('cancelling');
    await cluster.until(() => cluster.row(birth).state === 'cancelled', 20_000);
    expect(cluster.moment('end', 'x#1')).toBe(cluster.clock.elapsed());
  });
});
