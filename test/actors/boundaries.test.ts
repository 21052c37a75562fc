/** The boundaries of reference/domain.md §6 that controller and agent share: the edge ticks, counts and storms. */
import { describe, expect, it } from 'vitest';
import { under } from '../../actors/records.ts';
import type { AgentFrame, Answer, ControllerFrame, Request } from '../../transport/frame.ts';
import { done, endless, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

const failing = {
  afterMs: 10,
  exit: { kind: 'failed', cause: 'error', message: 'no', detail: null },
} as const;

/** Silences an agent; returns what says its last words (the ones it was hindered from saying). */
function silence(cluster: Cluster, agent: string): () => void {
  let kept: AgentFrame | undefined;
  const untap = cluster.transport.tapFrom(agent, (frame) => {
    kept ??= frame;
    return null;
  });
  return () => {
    untap();
    cluster.transport.sendFrom(kept!);
  };
}

/** Hears what an agent answers. */
function answersOf(cluster: Cluster, agent: string): Answer[] {
  const answers: Answer[] = [];
  cluster.transport.tapFrom(agent, (frame) => {
    answers.push(...frame.answers);
    return frame;
  });
  return answers;
}

/** Hears what an agent answers, beyond its report, and keeps it from the controller: it must be kept then. */
function unheard(cluster: Cluster, agent: string): Answer[] {
  const answers = answersOf(cluster, agent);
  cluster.transport.tapFrom(agent, (frame) => ({ ...frame, answers: [] }));
  return answers;
}

describe('silence', () => {
  it.each([
    [11_999, 'connected'],
    [12_000, 'connected'],
    [12_001, 'suspect'],
    [59_999, 'suspect'],
    [60_000, 'lost'],
    [60_001, 'lost'],
  ])('of %i ms leaves an agent %s', async (silentMs, state) => {
    const cluster = await start(['a1']);
    silence(cluster, 'a1');
    await cluster.advance(silentMs);
    expect(cluster.stateOf('a1')).toBe(state);
  });

  it.each([
    [59_999, 'reconciled', ['x#1']],
    [60_000, 'lost', ['x#1', 'x#2']],
    [60_001, 'lost', ['x#1', 'x#2']],
  ])('of %i ms, then a word, leaves an agent %s', async (silentMs, state, starts) => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = () => ({ ...done, afterMs: 100_000 });
    const birth = await cluster.submit('x');
    const speak = silence(cluster, 'a1');
    await cluster.advance(silentMs);
    speak();
    await cluster.clock.settle();
    expect(cluster.stateOf('a1')).toBe(state);
    await cluster.until(() => cluster.row(birth).state === 'done', 300_000);
    expect(cluster.starts()).toEqual(starts);
  });
});

it('a beat leaves a period after the last word, to the millisecond', async () => {
  const cluster = await start(['a1']);
  const since = cluster.clock.elapsed();
  const beats: number[] = [];
  cluster.transport.tapFrom('a1', (frame) => {
    beats.push(cluster.clock.elapsed() - since);
    return frame;
  });
  await cluster.advance(30_000);
  expect(beats).toEqual([10_000, 20_000, 30_000]);
});

describe('a request without an answer', () => {
  it.each([
    { timing: {}, everyMs: 12_000, sends: 5 },
    { timing: { periodMs: 120_000, timeoutMs: 7_200_000 }, everyMs: 122_000, sends: 60 },
  ])('B6: is sent $sends times, $everyMs ms apart, each repeat with its number', async (given) => {
    const cluster = await start(['a1'], given.timing);
    const sent: number[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      if (frame.requests.some(({ kind }) => kind === 'assign')) sent.push(cluster.clock.elapsed());
      return null;
    });
    silence(cluster, 'a1');
    await cluster.submit('x', { policy: { ...policy, timeoutMs: 86_400_000 } });
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 7_300_000);
    await cluster.advance(100_000);
    const numbers = Array.from({ length: given.sends }, (_, i) => i);
    expect(sent).toEqual(numbers.map((i) => i * given.everyMs));
    const details = cluster.facts('agent.repeat').map(({ detail }) => detail as { n: number });
    expect(details.filter(({ n }) => n === 2)).toEqual(
      numbers.slice(1).map((i) => ({ n: 2, request: 'assign', sends: i + 1 })),
    );
    const warned = cluster.lines.filter(({ message }) => message === 'request repeated');
    expect(warned).toHaveLength(details.length);
  });

  it('is noted once as answered after repeats', async () => {
    const cluster = await start(['a1']);
    let sends = 0;
    cluster.transport.tapTo('a1', (frame) =>
      frame.requests.some(({ kind }) => kind === 'assign') && ++sends < 4 ? null : frame,
    );
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 40_000);
    await cluster.advance(60_000);
    expect(cluster.facts('agent.answered')).toMatchObject([{ detail: { n: 2, sends: 4 } }]);
    const told = cluster.lines.filter(({ message }) => message.startsWith('request answered'));
    expect(told).toMatchObject([{ level: 'info', fields: { agent: 'a1', n: 2, sends: 4 } }]);
  });
});

describe('the link of an agent', () => {
  /** A request to a1 that is under the hand of the test: its frame, to be sent again as one likes. */
  async function sentTo(cluster: Cluster, kind: Request['kind']) {
    let frame: ControllerFrame | undefined;
    const untap = cluster.transport.tapTo('a1', (each) => {
      if (each.requests.some((request) => request.kind === kind)) frame ??= each;
      return each;
    });
    await cluster.submit('x');
    await cluster.until(() => frame !== undefined, 1_000);
    untap();
    return frame!;
  }

  it('executes 10,000 copies of one request once, and answers all alike', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => ({ ...done, afterMs: 5_000 });
    const answers = unheard(cluster, 'a1');
    const frame = await sentTo(cluster, 'assign');
    for (let i = 0; i < 10_000; i++) cluster.transport.sendTo(frame);
    await cluster.advance(1_000);
    expect(answers).toHaveLength(10_001);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('answers an older number "expired", a later one "gap", and another body "conflict"', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => endless;
    const answers = unheard(cluster, 'a1');
    const frame = await sentTo(cluster, 'assign');
    const [assign] = frame.requests as [Request & { kind: 'assign' }];
    const send = async (requests: Request[], settled = 0) => {
      answers.length = 0;
      cluster.transport.sendTo({ ...frame, settled, requests });
      await cluster.advance(1);
      return answers;
    };
    const other = { ...assign, tasks: assign.tasks.map((task) => ({ ...task, attempt: 7 })) };
    expect(await send([{ n: 5, kind: 'probe' }])).toEqual([{ n: 5, kind: 'gap', next: 3 }]);
    expect(await send([other])).toEqual([{ n: 2, kind: 'conflict' }]);
    expect(await send([assign], 2)).toEqual([{ n: 2, kind: 'expired' }]);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('answers within 5 s, whatever the task does', async () => {
    const cluster = await start(['a1'], {}, 1);
    cluster.behave = () => endless;
    const answers = answersOf(cluster, 'a1');
    await cluster.submit('x');
    await cluster.advance(5_000);
    expect(answers).toMatchObject([{ n: 2, kind: 'tasks', tasks: [{ state: 'received' }] }]);
    expect(cluster.row(cluster.ledger[0]!.fence.birth).state).not.toBe('sent');
  });

  it('may be reconciled twice in a row without a trace in work, logs or history', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => ({ ...done, afterMs: 120_000, log: 'line\n' });
    const birth = await cluster.submit('x');
    for (let outage = 0; outage < 2; outage++) {
      const heal = cluster.cut('a1');
      await cluster.until(() => cluster.stateOf('a1') === 'suspect', 30_000);
      heal();
      await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 15_000);
    }
    await cluster.until(() => cluster.row(birth).state === 'done', 120_000);
    await cluster.advance(5_000);
    expect(cluster.starts()).toEqual(['x#1']);
    expect(cluster.facts('verdict').map(({ cause }) => cause)).toEqual(['continue', 'continue']);
    expect(cluster.facts('done')).toHaveLength(1);
    expect([...cluster.controller.store.range(under('log'))]).toHaveLength(1);
  });
});

describe('the sweep', () => {
  it('asks at 120 s what has been silent since its beginning, and asks it the same fence', async () => {
    const cluster = await start(['a1'], { idleMs: 110_000 });
    cluster.behave = () => endless;
    cluster.transport.tapFrom('a1', (frame) => ({ ...frame, progress: [] }));
    const asked: number[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      if (frame.requests.some(({ kind }) => kind === 'ask')) asked.push(cluster.clock.elapsed());
      return frame;
    });
    const birth = await cluster.submit('x');
    await cluster.advance(119_999);
    expect(cluster.row(birth).state).toBe('idle');
    expect(asked).toEqual([]);
    await cluster.advance(1);
    expect(asked).toEqual([120_000]);
    expect(cluster.row(birth)).toMatchObject({ state: 'inProgress', context: { attempt: 1 } });
    expect(cluster.starts()).toEqual(['x#1']);
  });
});

describe('selection', () => {
  it('takes turns A, C, A, C while B is away, and B again when it is back', async () => {
    const cluster = await start(['a', 'b', 'c'], { select: 'next' });
    const given = async (count: number) => {
      const agents: string[] = [];
      for (let i = 0; i < count; i++) {
        const birth = await cluster.submit(`x${cluster.ledger.length}-${i}`);
        agents.push(cluster.row(birth).context.agent!);
        await cluster.advance(200);
      }
      return agents;
    };
    const heal = cluster.cut('b');
    await cluster.advance(13_000);
    expect(await given(4)).toEqual(['a', 'c', 'a', 'c']);
    heal();
    await cluster.until(() => cluster.stateOf('b') === 'reconciled', 20_000);
    expect(await given(3)).toEqual(['a', 'b', 'c']);
  });

  it('waits while all agents are away, and takes the one that recovers', async () => {
    const cluster = await start(['a', 'b']);
    const heals = ['a', 'b'].map((agent) => cluster.cut(agent));
    await cluster.advance(70_000);
    const birth = await cluster.submit('x');
    await cluster.advance(60_000);
    expect(cluster.row(birth).state).toBe('queued');
    heals[1]!();
    await cluster.until(() => cluster.row(birth).state === 'done', 10_000);
    expect(cluster.row(birth).context.agent).toBe('b');
  });
});

describe('a budget', () => {
  it.each([0, 1, 3])(
    'C3: of %i retries is spent by failures, at the delays of the policy',
    async (maxRetries) => {
      const cluster = await start(['a1']);
      cluster.behave = () => failing;
      const birth = await cluster.submit('x', {
        policy: { ...policy, maxRetries, delaysMs: [1_000, 5_000] },
      });
      await cluster.until(() => cluster.row(birth).state === 'failed', 60_000);
      const at = cluster.ledger.filter(({ what }) => what === 'start').map((line) => line.at);
      expect(at.slice(1).map((each, i) => each - at[i]!)).toEqual(
        [1_010, 5_010, 5_010].slice(0, maxRetries),
      );
      await cluster.advance(300_000);
      expect(cluster.starts()).toHaveLength(maxRetries + 1);
      expect(cluster.facts().filter(({ state }) => state === 'failed')).toHaveLength(1);
    },
  );

  it.each([0, 2])('C3: of %i losses is spent by losses alone', async (maxLosses) => {
    const cluster = await start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x', { policy: { ...policy, maxRetries: 9, maxLosses } });
    for (let loss = 0; loss <= maxLosses; loss++) {
      await cluster.advance(1_000);
      const heal = cluster.cut('a1');
      await cluster.until(() => cluster.stateOf('a1') === 'lost', 70_000);
      heal();
      await cluster.advance(10_000);
    }
    expect(cluster.row(birth)).toMatchObject({
      state: 'parked',
      context: { losses: maxLosses, retries: 0 },
    });
    expect(cluster.starts()).toHaveLength(maxLosses + 1);
  });
});

describe('an ending', () => {
  it('that comes twice, or after another attempt is done, changes nothing', async () => {
    const cluster = await start(['a1', 'a2']);
    const endings: AgentFrame[] = [];
    cluster.transport.tapFrom('a2', (frame) => {
      if (frame.outbox.length > 0) endings.push(frame);
      return frame;
    });
    cluster.behave = (_id, attempt) => ({
      afterMs: 20_000,
      exit: { kind: 'done', result: attempt },
    });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.row(birth).state === 'done', 100_000);
    for (let i = 0; i < 5; i++) cluster.transport.sendFrom(endings[0]!);
    heal();
    await cluster.advance(30_000);
    expect(cluster.facts('done')).toMatchObject([{ attempt: 2, agent: 'a2' }]);
    expect(await cluster.controller.outcome(birth)).toMatchObject({ result: 2, late: false });
    expect(cluster.facts('superseded')).toMatchObject([{ attempt: 1, cause: 'done' }]);
  });

  it('is found by a storm of 10,000 pulses, of which the history holds one of a kind', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => ({ ...done, afterMs: 25_000 });
    const pulses: AgentFrame[] = [];
    cluster.transport.tapFrom('a1', (frame) => {
      if (frame.progress.length > 0) pulses.push(frame);
      return frame;
    });
    const birth = await cluster.submit('x');
    await cluster.until(() => pulses.length > 0, 15_000);
    for (let i = 0; i < 10_000; i++) cluster.transport.sendFrom(pulses[0]!);
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    expect(cluster.facts('inProgress')).toHaveLength(1);
    expect(cluster.facts().length).toBeLessThan(20);
  });
});

describe('a frame', () => {
  it('stays within its size, whatever results, logs and progress are to be told at once', async () => {
    const cluster = await start(['a1'], {}, 12);
    const { runner } = cluster.agents.get('a1')!;
    const begin = runner!.start.bind(runner);
    runner!.start = (work, events) => {
      begin(work, events);
      if (work.id.startsWith('runs')) events.progress(work.fence, 'p'.repeat(250_000));
    };
    const big = { kind: 'done', result: 'r'.repeat(195_000) } as const;
    const log = 'l'.repeat(400_000);
    cluster.behave = (id) =>
      id.startsWith('runs') ? { ...done, afterMs: 60_000 } : { afterMs: 15_000, exit: big, log };
    const heal = cluster.cut('a1', 'from');
    const births: number[] = [];
    for (let i = 0; i < 4; i++) births.push(await cluster.submit(`runs${i}`));
    for (let i = 0; i < 4; i++) births.push(await cluster.submit(`ends${i}`));
    await cluster.advance(20_000);
    heal();
    await cluster.until(() => births.every((birth) => cluster.row(birth).state === 'done'), 90_000);
    expect(cluster.agents.get('a1')!.node!.boot).toBe(1);
    expect(cluster.starts()).toHaveLength(8);
    expect(cluster.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
