/** One sub-transaction: reached everywhere, its pulses, its result, its cancel. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  subTransaction,
  TERMINAL,
  type SubTransactionEvent,
  type SubTransactionPolicy,
  type SubTransactionState,
} from '../../machines/sub-transaction.ts';
import { observe, resume } from './observe.ts';
import {
  policy,
  parking,
  at,
  until,
  ofAttempt,
  events,
  keepsItsRules,
  given,
  received,
  inProgress,
  done,
  error,
  killed,
  neverStarted,
  lost,
  death,
  cancel,
  retry,
} from './sub-transaction-given.ts';
import { walk } from './walk.ts';

describe('subTransaction', () => {
  it('is reached everywhere', async () => {
    const walked = await walk(subTransaction, {
      inputs: [policy, parking].map((policy) => ({ birth: 7, policy, at: 0 })),
      events,
      stale: ({ context: { attempt } }) => [
        ...ofAttempt(attempt - 1),
        ...ofAttempt(attempt + 1),
        ...(attempt === 0 ? ofAttempt(0) : []),
      ],
      stopWhen: ({ context: { attempt, asks } }) => attempt > 3 || asks > 1,
      invariant: keepsItsRules,
    });
    expect(walked).toMatchObject({ missing: [], stuck: [] });
  });

  it('keeps its rules whatever comes, in whatever order', () => {
    const someEvent = fc.tuple(
      fc.nat(30),
      fc.integer({ min: -1, max: 1 }),
      fc.nat(50_000),
      fc.boolean(),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(policy, parking),
        fc.array(someEvent, { maxLength: 60 }),
        (policy, picks) => {
          const { send, state, effects } = observe(subTransaction, { birth: 7, policy, at: 0 });
          let now = 0;
          for (const [pick, offset, passedMs, isRight] of picks) {
            const before = state();
            now += passedMs;
            const near = isRight ? before.context.attempt : before.context.attempt + offset;
            const all = [
              ...events(before),
              ...ofAttempt(near),
              { type: 'timeout', at: now } as const,
            ];
            const event = { ...(all[pick % all.length] ?? retry), at: now };
            if (event.type === 'hold') event.until = now + 62_000;
            if (event.type === 'lost' && event.releaseAt !== null) event.releaseAt = now + 62_000;
            if (TERMINAL.includes(before.value)) break;
            send(event);
            keepsItsRules(state());
            const raised = state().context.attempt - before.context.attempt;
            expect(raised).toBe(event.type === 'assign' && before.value === 'queued' ? 1 : 0);
          }
          const ends = effects.filter((effect) => effect === 'settle').length;
          expect(ends).toBe(TERMINAL.includes(state().value) ? 1 : 0);
        },
      ),
    );
  });

  it('goes on from a stored row as if nothing had happened', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 25 }), (picks) => {
        let stored = observe(subTransaction, { birth: 7, policy, at: 0 });
        const kept = observe(subTransaction, { birth: 7, policy, at: 0 });
        for (const pick of picks) {
          if (TERMINAL.includes(kept.state().value)) break;
          const all = events(kept.state());
          const event = all[pick % all.length] ?? retry;
          kept.send(event);
          stored.send(event);
          const { value, context } = stored.state();
          expect({ value, context }).toEqual({
            value: kept.state().value,
            context: kept.state().context,
          });
          stored = resume(subTransaction, { value, context });
        }
      }),
    );
  });

  it('goes from queue to result', () => {
    const { state, effects } = given(policy, received, inProgress, { ...done, at: 5_000 });
    expect(state()).toMatchObject({
      value: 'done',
      context: {
        agent: 'a1',
        boot: 3,
        attempt: 1,
        sentAt: 0,
        receivedAt: at,
        startedAt: at,
        endedAt: 5_000,
        cause: null,
      },
    });
    expect(effects).toEqual(['settle']);
  });

  it.each<[string, SubTransactionEvent[]]>([
    ['sent', []],
    ['received', [received]],
    ['inProgress', [inProgress]],
  ])('falls idle from %s after 120 s without a pulse', (value, before) => {
    const { send, state } = given(policy, ...before);
    const lastAt = before.length === 0 ? 0 : at;
    send({ type: 'timeout', at: lastAt + 119_999 });
    expect(state().value).toBe(value);
    send({ type: 'timeout', at: lastAt + 120_000 });
    expect(state()).toMatchObject({ value: 'idle', context: { cause: 'idle', deadlineAt: null } });
  });

  it.each<[string, SubTransactionEvent[], SubTransactionEvent, SubTransactionState]>([
    ['received, before it started', [received], received, 'received'],
    ['received, after it started', [inProgress], received, 'inProgress'],
    ['inProgress', [received], inProgress, 'inProgress'],
  ])('wakes from idle by a pulse: %s', (_, before, pulse, value) => {
    const { send, state } = given(policy, ...before);
    send({ type: 'timeout', at: at + 120_000 });
    send({ ...pulse, at: 200_000 });
    expect(state()).toMatchObject({
      value,
      context: { lastPulseAt: 200_000, deadlineAt: 320_000, cause: null },
    });
  });

  it('only renews an attempt in progress by a late received', () => {
    const { state } = given(policy, inProgress, { ...received, at: 2_000 });
    expect(state()).toMatchObject({ value: 'inProgress', context: { deadlineAt: 122_000 } });
  });

  it('keeps when it was first received and first started', () => {
    const later = { ...inProgress, at: 2_000 };
    const { state } = given(policy, received, later, { ...inProgress, at: 3_000 });
    expect(state().context).toMatchObject({
      receivedAt: at,
      startedAt: 2_000,
      lastPulseAt: 3_000,
    });
  });

  it('asks while it is sent or idle, and counts the questions', () => {
    const { send, state, effects } = given(policy, { type: 'ask', at });
    send({ type: 'timeout', at: 120_000 });
    send({ type: 'ask', at: 120_000 });
    expect(effects).toEqual(['askAgent', 'askAgent']);
    expect(state().context.asks).toBe(2);
  });

  it('has no questions on its account in the next attempt', () => {
    const { send, state } = given(policy, { type: 'ask', at }, neverStarted);
    send({ type: 'timeout', at });
    send({ type: 'assign', agent: 'a2', boot: 9, at });
    expect(state()).toMatchObject({
      value: 'sent',
      context: { asks: 0, attempt: 2, agent: 'a2', boot: 9, cause: null, receivedAt: null },
    });
  });

  describe('a result of the current attempt', () => {
    it.each<[string, SubTransactionPolicy, SubTransactionEvent[], string | null]>([
      ['sent', policy, [], null],
      ['received', policy, [received], null],
      ['inProgress', policy, [inProgress], null],
      ['idle', policy, [{ type: 'timeout', at: 120_000 }], null],
      ['cancelling', policy, [cancel], null],
      ['waiting', policy, [lost], 'late'],
      ['parked', parking, [lost], 'late'],
      ['queued', policy, [lost, { type: 'timeout', at: until }], 'late'],
    ])('is accepted while it is %s', (value, by, before, cause) => {
      const { send, state } = given(by, ...before);
      expect(state().value).toBe(value);
      send({ ...done, at: 200_000 });
      expect(state()).toMatchObject({
        value: 'done',
        context: { cause, endedAt: 200_000, held: false },
      });
    });

    it('is refused once the next attempt is handed out', () => {
      const { send, state } = given(policy, lost, { type: 'timeout', at: until });
      send({ type: 'assign', agent: 'a2', boot: 1, at: until });
      send({ ...done, at: until });
      expect(state()).toMatchObject({ value: 'sent', context: { attempt: 2 } });
    });
  });

  describe('a cancel', () => {
    it.each<[string, SubTransactionPolicy, SubTransactionEvent[]]>([
      ['waiting, held', policy, [lost]],
      ['waiting', policy, [error]],
      ['parked, held', parking, [lost]],
      ['parked', parking, [killed]],
      ['queued', policy, [neverStarted, { type: 'timeout', at }]],
    ])('is done at once while it is %s', (_, by, before) => {
      const { state, effects } = given(by, ...before, cancel);
      expect(state()).toMatchObject({
        value: 'cancelled',
        context: { cause: 'cancelled', endedAt: at, held: false },
      });
      expect(effects.at(-1)).toBe('settle');
    });

    it.each<SubTransactionEvent>([error, killed, neverStarted, lost, death])(
      'is confirmed by $type',
      (event) => {
        const { state, effects } = given(policy, inProgress, cancel, event);
        expect(state()).toMatchObject({ value: 'cancelled', context: { cause: 'cancelled' } });
        expect(effects).toEqual(['killAttempt', 'settle']);
      },
    );

    it('is asked for again by the sweep and outlives pulses and timeouts', () => {
      const { send, state, effects } = given(policy, inProgress, cancel);
      send({ ...inProgress, at: 2_000 });
      send({ type: 'timeout', at: 500_000 });
      send({ type: 'ask', at: 500_000 });
      expect(state()).toMatchObject({
        value: 'cancelling',
        context: { lastPulseAt: 2_000, deadlineAt: null },
      });
      expect(effects).toEqual(['killAttempt', 'killAttempt']);
    });

    it('survives a restart', () => {
      const { value, context } = given(policy, inProgress, cancel).state();
      const { send, state, effects } = resume(subTransaction, { value, context });
      expect(effects).toEqual([]);
      send({ ...lost, at: 2_000 });
      expect(state().value).toBe('cancelled');
    });
  });
});
