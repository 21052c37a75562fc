/** R14, R15, R17: nothing sticks, a cancel is never forgotten, finished work is not done again. */
import { describe, expect, it } from 'vitest';
import { done, endless } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

describe('a request', () => {
  it('R14 (B1): whose frame is lost is repeated although the connection never looks troubled', async () => {
    const cluster = await start(['a1']);
    let lost = 0;
    cluster.transport.tapTo('a1', (frame) => {
      const isFirst = frame.requests.some(({ kind }) => kind === 'assign') && lost++ === 0;
      return isFirst ? null : frame;
    });
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 13_000);
    // The answer to the beat at 10 s says how far the controller is.
    expect(cluster.moment('start', 'x#1')).toBe(10_000);
    expect(cluster.facts('agent.suspect')).toEqual([]);
    expect(cluster.facts('agent.repeat')).toMatchObject([{ detail: { n: 2, sends: 2 } }]);
  });

  it('R14 (B1): is repeated after period + delay when no frame shows that it was lost', async () => {
    const cluster = await start(['a1']);
    let lost = 0;
    cluster.transport.tapTo('a1', (frame) => {
      const isFirst = frame.requests.some(({ kind }) => kind === 'assign') && lost++ === 0;
      return isFirst ? null : { ...frame, sent: 0 };
    });
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 13_000);
    expect(cluster.moment('start', 'x#1')).toBe(12_000);
    expect(cluster.facts('agent.suspect')).toEqual([]);
    expect(cluster.facts('agent.repeat')).toMatchObject([{ detail: { n: 2, sends: 2 } }]);
  });

  it('R14 (B1): of which the mend is lost too keeps to its own clock', async () => {
    const cluster = await start(['a1']);
    let lost = 0;
    cluster.transport.tapTo('a1', (frame) => {
      const isAssign = frame.requests.some(({ kind }) => kind === 'assign');
      return isAssign && lost++ < 2 ? null : frame;
    });
    await cluster.submit('x');
    await cluster.until(() => cluster.starts().length > 0, 30_000);
    // Missed at the beat at 10 s and sent again then, in vain; the clock of the request says 12 s.
    expect(cluster.moment('start', 'x#1')).toBe(12_000);
    expect(cluster.facts('agent.repeat').map(({ detail }) => detail)).toMatchObject([
      { n: 2, sends: 2 },
      { n: 2, sends: 3 },
    ]);
  });

  it('R14 (B1): whose answer is lost is repeated, and answered alike', async () => {
    const cluster = await start(['a1']);
    let lost = 0;
    cluster.transport.tapFrom('a1', (frame) => {
      const isFirst = frame.answers.some(({ kind }) => kind === 'tasks') && lost++ === 0;
      return isFirst ? { ...frame, answers: [] } : frame;
    });
    cluster.behave = () => ({ ...done, afterMs: 30_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(13_000);
    expect(cluster.facts('agent.answered')).toMatchObject([{ detail: { n: 2, sends: 2 } }]);
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    expect(cluster.starts()).toEqual(['x#1']);
  });
});

describe('a cancel', () => {
  it('R15 (A15): is not forgotten when the agent is lost', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.cut('a1');
    await cluster.command({ kind: 'cancel', id: 'x', by: 'test' });
    await cluster.until(() => cluster.row(birth).state === 'cancelled', 70_000);
    await cluster.advance(60_000);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it.each([1_000, 20_000])(
    'R15 (A15): is asked for again after a restart of the controller %i ms later',
    async (awayMs) => {
      const cluster = await start(['a1']);
      cluster.behave = () => endless;
      const birth = await cluster.submit('x');
      await cluster.advance(1_000);
      const heal = cluster.cut('a1');
      await cluster.command({ kind: 'cancel', id: 'x', by: 'test' });
      cluster.crashController();
      await cluster.advance(awayMs);
      heal();
      await cluster.startController();
      expect(cluster.row(birth).state).toBe('cancelling');
      await cluster.until(() => cluster.row(birth).state === 'cancelled', 30_000);
      expect(cluster.starts()).toEqual(['x#1']);
      expect(cluster.moment('end', 'x#1')).toBeDefined();
    },
  );

  it('R15 (A15): makes no difference to work that was done first', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => ({ ...done, afterMs: 5_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.command({ kind: 'cancel', id: 'x', by: 'test' });
    await cluster.advance(9_000);
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
  });
});

describe('a result', () => {
  it('R17 (C2): of the last attempt is accepted while the next one waits, marked late', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = (_id, attempt) => ({ ...done, afterMs: attempt === 1 ? 59_500 : 1_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 60_000);
    expect(cluster.row(birth).state).toBe('waiting');
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 2_000);
    expect(await cluster.controller.outcome(birth)).toMatchObject({ late: true, result: 'ok' });
    await cluster.advance(60_000);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('R17 (C2): of an attempt that has a successor is kept in the history, never the result', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = (_id, attempt) => ({
      afterMs: attempt === 1 ? 30_000 : 100_000,
      exit: { kind: 'done', result: attempt },
    });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 70_000);
    heal();
    await cluster.until(() => cluster.facts('superseded').length > 0, 10_000);
    expect(cluster.row(birth).state).not.toBe('done');
    await cluster.until(() => cluster.row(birth).state === 'done', 120_000);
    expect(await cluster.controller.outcome(birth)).toMatchObject({ late: false, result: 2 });
  });
});
