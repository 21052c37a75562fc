/** Explanations of real histories, brought about under virtual time, and of hand-made ones. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../actors/explain.ts';
import { showSubTransaction } from '../../actors/queries.ts';
import { SENTENCES } from '../../actors/sentences.ts';
import { subTransaction } from '../../machines/sub-transaction.ts';
import { Cluster, endless, policy } from './cluster.ts';
import { HandMade } from './hand-made.ts';

const texts = (cluster: Cluster, id = 'x') =>
  explain(cluster.controller.store, id).map(({ text }) => text);

/** Each of the parts is found, in this order. */
function expectInOrder(sentences: readonly string[], parts: readonly string[]): void {
  let from = 0;
  for (const part of parts) {
    const found = sentences.findIndex((text, index) => index >= from && text.includes(part));
    expect(found, `${part}\n  is missing in\n${sentences.slice(from).join('\n')}`).not.toBe(-1);
    from = found + 1;
  }
}

describe('explain: a real history', () => {
  it('tells of an outage that cost no attempt, with the silence that was measured', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...endless, afterMs: 60_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.advance(40_000);
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 60_000);
    const told = texts(cluster);
    expectInOrder(told, [
      'Accepted for handler “work”, handed in by test.',
      'Attempt 1 was given to agent a1 (boot 1), which had a free slot.',
      'Agent a1 has attempt 1',
      'Agent a1 had been silent for 12.001 s: its connection is suspect',
      'it was sent again (sending 2)',
      'it was sent again (sending 3)',
      'Agent a1 spoke again: it was asked what it holds.',
      'compared notes on attempt 1: it goes on (the link healed: same attempt, executed once).',
      'The connection of agent a1 is reconciled.',
      'Agent a1 told that attempt 1 is done after 60 s',
    ]);
    expect(told.at(-1)).toBe('It is done.');
  });

  it('tells why there was a second attempt, and that the end of the first no longer counted', async () => {
    const cluster = await Cluster.start(['a1', 'a2']);
    cluster.behave = () => ({ ...endless, afterMs: 500_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const first = cluster.row(birth).context.agent!;
    const second = first === 'a1' ? 'a2' : 'a1';
    const heal = cluster.cut(first);
    await cluster.advance(200_000);
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 900_000);
    expectInOrder(texts(cluster), [
      `Agent ${first} was lost after 60 s without a word, and attempt 1 with it; unknown outcomes of this handler are run again (loss 1 of 4). The controller (term 1) decided that by silence: its last pulse was `,
      `The lease of agent ${first} is surely over`,
      `Attempt 2 was given to agent ${second} (boot 1) because attempt 1 was lost`,
      `Agent ${first} told of the end of attempt 1 (killed) when it no longer counted`,
      `Agent ${second} told that attempt 2 is done after 500 s`,
    ]);
  });

  it('tells how an attempt was stopped, step by step', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (id) => ({ ...endless, abortMs: id === 'deaf' ? Infinity : 700, killMs: 30 });
    await cluster.submit('deaf');
    await cluster.submit('slow', { policy: { ...policy, timeoutMs: 3_000, onUnknown: 'park' } });
    await cluster.advance(1_000);
    await cluster.command({ kind: 'cancel', id: 'deaf', by: 'test' });
    await cluster.advance(10_000);
    expectInOrder(texts(cluster, 'deaf'), [
      'Test cancelled it: agent a1 was told to kill attempt 1.',
      'Agent a1 told that it has killed attempt 1 (cancelled); it was asked to stop, killed 5 s later, gone 30 ms later; that ends the cancel.',
    ]);
    expectInOrder(texts(cluster, 'slow'), [
      'Attempt 1 failed (timedOut) after 3.7 s: “It ran longer than 3000 ms.”; it was asked to stop, gone 700 ms later; no retry is left of 0.',
    ]);
    const { attempts, history } = showSubTransaction(cluster.controller.store, 'deaf');
    expect(history.at(-1)?.detail).toMatchObject({ steps: attempts[0]!.steps });
    expect(attempts).toMatchObject([
      { ending: 'killed', steps: [{ step: 'abort' }, { step: 'kill' }, { step: 'gone' }] },
    ]);
    const kills = [...cluster.agents.get('a1')!.node!.store.read(1)]
      .map(([, entry]) => entry as unknown as { kind: string; detail?: string })
      .filter(({ kind }) => kind === 'kill');
    expect(kills.map(({ detail }) => detail)).toEqual(['cancelled', 'timedOut']);
  });

  it('tells the exit code, the retry that was left, and the one that was not', async () => {
    const cluster = await Cluster.start(['a1']);
    const exit = {
      kind: 'failed',
      cause: 'error',
      message: 'no space\n',
      detail: { exitCode: 3 },
    } as const;
    cluster.behave = () => ({ afterMs: 2_300, exit });
    await cluster.submit('x', { policy: { ...policy, maxRetries: 1, delaysMs: [500] } });
    await cluster.advance(20_000);
    expectInOrder(texts(cluster), [
      'Attempt 1 failed (error) after 2.3 s with exit code 3: “no space”; retry 1 of 1 follows after 500 ms.',
      'The delay was over',
      'Attempt 2 was given to agent a1 (boot 1) because attempt 1 had failed and retry 1 of 1 was due.',
      'Attempt 2 failed (error) after 2.3 s with exit code 3: “no space”; no retry is left of 1.',
      'It has failed for good (error), after 2 attempts in 5.1 s.',
    ]);
  });

  it('says an exit code once where the message begins with it', async () => {
    const cluster = await Cluster.start(['a1']);
    const message = 'exit code 3: disk not ready';
    const exit = { kind: 'failed', cause: 'error', message, detail: { exitCode: 3 } } as const;
    cluster.behave = () => ({ afterMs: 2_300, exit });
    await cluster.submit('x');
    await cluster.advance(5_000);
    expect(texts(cluster).join('\n')).toContain(`failed (error) after 2.3 s: “${message}”; `);
  });

  it('says of a report on what was parked nothing of a next attempt', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    await cluster.submit('x', { policy: { ...policy, onUnknown: 'park' } });
    await cluster.advance(1_000);
    const mend = cluster.cut('a1');
    await cluster.advance(70_000);
    mend();
    await cluster.advance(30_000);
    expect(cluster.facts('verdict').length).toBeGreaterThan(0);
    // Since it was lost, whatever was told of it later.
    const { parkedAt } = showSubTransaction(cluster.controller.store, 'x');
    expect(parkedAt).toBe(new Date(cluster.facts('lost')[0]!.at).toISOString());
    expectInOrder(texts(cluster), [
      'compared notes on attempt 1: nothing was left to decide (it had been given up).',
      'Parked: ',
    ]);
    await cluster.command({ kind: 'accept', id: 'x', by: 'test' });
    expect(showSubTransaction(cluster.controller.store, 'x').parkedAt).toBeNull();
  });

  it('says of a parked one since when, why, and what to type', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    await cluster.submit('x', { policy: { ...policy, onUnknown: 'park' } });
    const { at } = cluster.facts('accepted')[0]!;
    await cluster.advance(1_000);
    cluster.cut('a1');
    await cluster.advance(70_000);
    const lost = cluster.facts('agent.lost')[0]!;
    expect(lost.at - at).toBeGreaterThanOrEqual(60_000);
    expect(texts(cluster).at(-1)).toBe(
      `Parked: its outcome is unknown because agent a1 was lost at ${new Date(lost.at).toISOString()}. It waits for a person: \`lifeline retry x\` runs it again, with fresh budgets; \`lifeline accept x\` counts it as done, without a result; \`lifeline give-up x\` counts it as failed.`,
    );
  });

  it('says when the guard killed what its agent learnt of later', async () => {
    const cluster = await Cluster.start(['a1']);
    let killedAt = 0;
    cluster.behave = () => ({
      afterMs: 9_000,
      get exit() {
        return { kind: 'stopped', killedAt } as const;
      },
    });
    await cluster.submit('x', { policy: { ...policy, onUnknown: 'park' } });
    killedAt = cluster.facts('accepted')[0]!.at + 4_000;
    await cluster.advance(20_000);
    const instant = new Date(killedAt).toISOString();
    expectInOrder(texts(cluster), [
      `Agent a1 told that it has killed attempt 1 (the lease is over); its guard had killed it at ${instant}, while the agent itself did not run; unknown outcomes`,
      `Parked: its outcome is unknown because the guard of agent a1 killed it at ${instant}, when the lease was over and the agent did not run. It waits`,
    ]);
    expect(showSubTransaction(cluster.controller.store, 'x').attempts).toMatchObject([
      { ending: 'killed', endedAt: instant, steps: [{ at: instant, step: 'guard' }] },
    ]);
  });

  it('says no more of a kill that is told after the loss than until when it was', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...endless, killMs: 20_000 });
    await cluster.submit('x', { policy: { ...policy, onUnknown: 'park' } });
    await cluster.advance(1_000);
    const mend = cluster.cut('a1');
    await cluster.advance(90_000);
    mend();
    await cluster.advance(30_000);
    const [lost] = cluster.facts('lost');
    const { endedAt } = showSubTransaction(cluster.controller.store, 'x').attempts[0]!;
    expect(texts(cluster).at(-1)).toContain(
      `because agent a1 was lost at ${new Date(lost!.at).toISOString()}; it was killed by ${endedAt!} at the latest. It waits`,
    );
  });

  it('tells of the deaths that made it poison, and of the person who gave it up', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    for (const boot of [2, 3]) {
      await cluster.advance(1_000);
      cluster.crashAgent('a1');
      await cluster.startAgent('a1');
      await cluster.until(() => cluster.row(birth).context.deaths === boot - 1, 30_000);
    }
    expect(texts(cluster).at(-1)).toContain('Parked: two agents died while they held it');
    await cluster.command({ kind: 'giveUp', id: 'x', by: 'ada' });
    expectInOrder(texts(cluster), [
      'Agent a1 began boot 2',
      'told that attempt 1 had been begun and never ended; unknown outcomes of this handler are run again',
      'told that attempt 2 had been begun and never ended; two agents have died holding it',
      'Ada gave it up.',
      'It has failed for good (givenUp)',
    ]);
  });

  it('tells of a new term, of idleness while connected, and of the question', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.crashController();
    await cluster.advance(20_000);
    await cluster.startController();
    await cluster.until(() => cluster.row(birth).state === 'inProgress', 60_000);
    cluster.transport.tapFrom('a1', (frame) => ({ ...frame, progress: [] }));
    await cluster.until(() => cluster.facts('ask').length > 0, 400_000);
    expectInOrder(texts(cluster), [
      'The controller began term 2',
      'compared notes on attempt 1: it goes on (the link healed: same attempt, executed once).',
      'Nothing was heard of attempt 1 for 120 s while agent a1 was connected',
      'The watchdog asked agent a1 how far attempt 1 is (question 1)',
    ]);
  });

  it.each([
    ['queued without agents', [], 'there is no agent: it goes out when one joins'],
    ['in flight', ['a1'], 'at agent a1'],
  ])('says what it waits for: %s', async (_what, agents, part) => {
    const cluster = await Cluster.start(agents);
    cluster.behave = () => endless;
    await cluster.submit('x');
    await cluster.advance(500);
    expect(texts(cluster).at(-1)).toContain(part);
  });
});

describe('explain: a hand-made history', () => {
  const given = { attempt: 1, agent: 'a1', boot: 1 };

  it.each([
    [
      'a late result that counts',
      [
        [100, { kind: 'lost', state: 'waiting', cause: 'lost', ...given }],
        [40_100, { kind: 'done', state: 'done', cause: 'late', ...given }],
      ],
      'The result of attempt 1 arrived 40 s after it had been given up; nothing else had been given out, so it counts.',
    ],
    [
      'an end that lifts the guard',
      [
        [100, { kind: 'lost', state: 'waiting', cause: 'lost', ...given }],
        [200, { kind: 'hold', state: 'waiting', ...given }],
        [
          300,
          { kind: 'killed', state: 'waiting', ...given, detail: { reason: 'the lease ended' } },
        ],
        [400, { kind: 'timeout', state: 'queued', cause: 'lost', ...given }],
      ],
      'Agent a1 told that attempt 1, given up before, is over: killed (the lease ended). | It was queued again.',
    ],
    [
      'work that was refused',
      [
        [
          5,
          {
            kind: 'failed',
            state: 'failed',
            cause: 'refused',
            ...given,
            detail: { message: 'no' },
          },
        ],
      ],
      'Attempt 1 failed (refused): “no”; work that is refused is not tried again.',
    ],
    [
      'a loop that was blocked',
      [
        [
          5,
          {
            kind: 'done',
            state: 'done',
            ...given,
            detail: { startedAt: 1_000, endedAt: 3_000, lagMs: 11_900 },
          },
        ],
      ],
      'Agent a1 told that attempt 1 is done after 2 s; its event loop was 11.9 s late.',
    ],
    [
      'a start that never was',
      [[5, { kind: 'neverStarted', state: 'waiting', ...given, detail: { reason: 'leaving' } }]],
      'Attempt 1 never started at agent a1 (leaving): that costs no try.',
    ],
  ] as const)('tells of %s', async (_what, facts, expected) => {
    const made = await HandMade.open();
    const assign = [0, { kind: 'assign', state: 'sent', ...given }] as const;
    await made.sub('x', [assign, ...facts]);
    const told = explain(made.store, 'x').map(({ text }) => text);
    for (const part of expected.split(' | ')) expect(told).toContain(part);
  });

  it('passes over kinds that it does not know', async () => {
    const made = await HandMade.open();
    await made.sub('x', [[1, { kind: 'somethingNew', state: 'queued' }]]);
    expect(explain(made.store, 'x')).toHaveLength(2);
  });
});

describe('explain: the sentences', () => {
  it('cover every event of the statechart', () => {
    expect(subTransaction.events.filter((type) => !(type in SENTENCES))).toEqual([]);
  });
});
