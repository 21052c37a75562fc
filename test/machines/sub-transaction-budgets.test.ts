/** What a sub-transaction does when an attempt fails, is lost or never starts, and how it leaves `parked`. */
import { describe, expect, it } from 'vitest';
import type { SubTransactionEvent, SubTransactionPolicy } from '../../machines/sub-transaction.ts';
import {
  policy,
  parking,
  at,
  until,
  by,
  given,
  error,
  killed,
  neverStarted,
  lost,
  death,
  retry,
} from './sub-transaction-given.ts';

describe('a sub-transaction', () => {
  describe('that failed', () => {
    it('waits for the delay, then goes into the queue', () => {
      const { send, state, effects } = given(policy, error);
      send({ type: 'timeout', at: at + 499 });
      expect(state()).toMatchObject({ value: 'waiting', context: { retries: 1, cause: 'error' } });
      send({ type: 'timeout', at: at + 500 });
      expect(state().value).toBe('queued');
      expect(effects).toEqual(['putInQueue']);
    });

    it('is failed after n retries, that is n + 1 attempts', () => {
      const { send, state } = given(policy, error);
      send({ type: 'timeout', at: at + 500 });
      send({ type: 'assign', agent: 'a1', boot: 3, at: 2_000 });
      send({ ...error, attempt: 2, cause: 'timedOut' });
      expect(state()).toMatchObject({
        value: 'failed',
        context: { attempt: 2, retries: 1, cause: 'timedOut' },
      });
    });

    it('is not tried again when it was refused', () => {
      const { state } = given(policy, { ...error, cause: 'refused' });
      expect(state()).toMatchObject({ value: 'failed', context: { cause: 'refused', retries: 0 } });
    });

    it('gives its outcome to work that was parked because nobody knew it', () => {
      const known = given({ ...parking, maxRetries: 1 }, lost, error);
      expect(known.state()).toMatchObject({
        value: 'waiting',
        context: { held: false, deadlineAt: at + 500 },
      });
      expect(given(parking, lost, error).state().value).toBe('failed');
    });
  });

  describe('that was lost', () => {
    it('waits for the end of the guard', () => {
      const { send, state } = given(policy, lost);
      expect(state()).toMatchObject({
        value: 'waiting',
        context: { losses: 1, retries: 0, held: true, deadlineAt: until, cause: 'lost' },
      });
      send({ type: 'timeout', at: until - 1 });
      expect(state().value).toBe('waiting');
      send({ type: 'timeout', at: until });
      expect(state()).toMatchObject({ value: 'queued', context: { held: false } });
    });

    it('goes on at once when its end is confirmed already', () => {
      const { state } = given(policy, { ...lost, releaseAt: null });
      expect(state()).toMatchObject({ value: 'waiting', context: { held: false, deadlineAt: at } });
    });

    it.each<[string, SubTransactionEvent]>([
      ['failed', { ...error, at: 9_000 }],
      ['killed', { ...killed, at: 9_000 }],
      ['neverStarted', { ...neverStarted, at: 9_000 }],
      ['lost', { ...lost, releaseAt: null, at: 9_000 }],
      ['release', { type: 'release', at: 9_000 }],
    ])('goes on as soon as its end is confirmed by %s, and spends nothing more', (_, event) => {
      const { state } = given(policy, lost, event);
      expect(state()).toMatchObject({
        value: 'waiting',
        context: { held: false, heldUntil: null, deadlineAt: 9_000, losses: 1, retries: 0 },
      });
    });

    it('is held for longer when the guard begins anew', () => {
      const { send, state } = given(policy, lost, { type: 'hold', until: 90_000, at: 2_000 });
      send({ type: 'timeout', at: until });
      expect(state()).toMatchObject({ value: 'waiting', context: { deadlineAt: 90_000 } });
      send({ type: 'hold', until: 80_000, at: 3_000 });
      expect(state().context).toMatchObject({ deadlineAt: 90_000, heldUntil: 90_000 });
    });

    it('holds back what is queued again while an agent still runs its last attempt', () => {
      const { send, state } = given(
        policy,
        { ...lost, releaseAt: null },
        { type: 'timeout', at: 2_000 },
      );
      expect(state().value).toBe('queued');
      send({ type: 'hold', until: 90_000, at: 3_000 });
      expect(state()).toMatchObject({
        value: 'waiting',
        context: { held: true, deadlineAt: 90_000 },
      });
    });

    it('is held although it waits for a retry, when it is reported as running', () => {
      const { state } = given(policy, error, { type: 'hold', until, at });
      expect(state()).toMatchObject({
        value: 'waiting',
        context: { held: true, deadlineAt: until },
      });
    });

    it('is parked when its losses are used up', () => {
      const { state } = given({ ...policy, maxLosses: 0 }, lost);
      expect(state()).toMatchObject({
        value: 'parked',
        context: { cause: 'lost', held: true, heldUntil: until, deadlineAt: null },
      });
    });

    it('is parked when it may not be run again unasked', () => {
      expect(given(parking, lost).state()).toMatchObject({
        value: 'parked',
        context: { cause: 'lost', losses: 0 },
      });
    });

    it('is parked as poison at the second death, whatever is left of its budgets', () => {
      const { send, state } = given(policy, death);
      expect(state()).toMatchObject({ value: 'waiting', context: { deaths: 1 } });
      send({ type: 'timeout', at });
      send({ type: 'assign', agent: 'a2', boot: 1, at });
      send({ ...death, attempt: 2 });
      expect(state()).toMatchObject({
        value: 'parked',
        context: { cause: 'poison', deaths: 2, losses: 1 },
      });
    });

    it('is not poison because connections were cut', () => {
      const { send, state } = given(policy, lost);
      for (const attempt of [2, 3]) {
        send({ type: 'timeout', at: until });
        send({ type: 'assign', agent: 'a2', boot: 1, at: until });
        send({ ...lost, attempt });
      }
      expect(state()).toMatchObject({ value: 'waiting', context: { losses: 3, deaths: 0 } });
    });

    it('counts a kill that nobody ordered as a loss whose end is confirmed', () => {
      expect(given(policy, killed).state()).toMatchObject({
        value: 'waiting',
        context: { losses: 1, deaths: 0, held: false, deadlineAt: at, cause: 'killed' },
      });
      expect(given(parking, killed).state()).toMatchObject({
        value: 'parked',
        context: { cause: 'killed', held: false },
      });
    });
  });

  describe('that is given up, and whose agent tells later that it died', () => {
    const late = { ...death, at: 9_000 };
    const isOver = { type: 'timeout', at: until } as const;
    /** One death already, and a second attempt that is given up. */
    const second: SubTransactionEvent[] = [
      death,
      { type: 'timeout', at },
      { type: 'assign', agent: 'a2', boot: 1, at },
      { ...lost, attempt: 2 },
    ];

    it.each<[string, SubTransactionPolicy, SubTransactionEvent[], object]>([
      ['waiting, held', policy, [lost], { held: false, deadlineAt: 9_000, losses: 1 }],
      ['waiting', policy, [lost, { type: 'release', at }], { held: false, deadlineAt: 9_000 }],
      ['queued', policy, [lost, isOver], { held: false, deadlineAt: null }],
      ['parked, held', parking, [lost], { held: false, deadlineAt: null, cause: 'lost' }],
    ])('counts the death while it is %s', (where, by, before, context) => {
      const { state, effects } = given(by, ...before, late);
      const [value] = where.split(',');
      expect(state()).toMatchObject({ value, context: { ...context, deaths: 1 } });
      expect(effects).toEqual(value === 'queued' ? ['putInQueue'] : []);
    });

    it.each<[string, SubTransactionPolicy, SubTransactionEvent[]]>([
      ['waiting, held', policy, second],
      ['queued', policy, [...second, isOver]],
      ['parked', { ...policy, maxLosses: 1 }, second],
    ])('is parked as poison while it is %s, if it is the second', (where, by, before) => {
      const { state, send } = given(by, ...before);
      expect(state().value).toBe(where.split(',')[0]);
      send({ ...late, attempt: 2 });
      expect(state()).toMatchObject({
        value: 'parked',
        context: { cause: 'poison', deaths: 2, held: false, deadlineAt: null },
      });
    });

    it.each<[string, SubTransactionEvent[]]>([
      ['at once', [death]],
      ['late', [lost, late]],
      ['late, and queued again since', [lost, late, { type: 'timeout', at: 9_000 }]],
    ])('counts a death once that was told %s', (_, before) => {
      const { send, state } = given(policy, ...before);
      const once = state();
      send({ ...late, at: 10_000 });
      expect(state()).toEqual(once);
      expect(once.context.deaths).toBe(1);
    });

    it('keeps its delay when it had failed before, whatever is told of its end', () => {
      const { state } = given(policy, error, late);
      expect(state()).toMatchObject({
        value: 'waiting',
        context: { cause: 'error', deaths: 0, deadlineAt: at + 500 },
      });
    });

    it('only releases what is parked as poison', () => {
      const poison = { ...death, attempt: 2, releaseAt: until };
      const { send, state } = given(policy, ...second.slice(0, 3), poison);
      expect(state().context).toMatchObject({ cause: 'poison', held: true });
      send({ ...late, attempt: 2 });
      expect(state()).toMatchObject({ value: 'parked', context: { deaths: 2, held: false } });
    });
  });

  it('spends no budget on an attempt that never started', () => {
    expect(given(parking, neverStarted).state()).toMatchObject({
      value: 'waiting',
      context: { retries: 0, losses: 0, deaths: 0, deadlineAt: at, cause: 'neverStarted' },
    });
    expect(given(parking, lost, neverStarted).state()).toMatchObject({
      value: 'waiting',
      context: { held: false, deadlineAt: at },
    });
  });

  it('leaves poison parked when its last attempt never started', () => {
    const { send, state } = given(policy, death);
    send({ type: 'timeout', at });
    send({ type: 'assign', agent: 'a2', boot: 1, at });
    send({ ...death, attempt: 2, releaseAt: until });
    send({ ...neverStarted, attempt: 2 });
    expect(state()).toMatchObject({ value: 'parked', context: { cause: 'poison', held: false } });
  });

  describe('parked work', () => {
    it('goes into the queue by a retry, with fresh budgets', () => {
      const { state, effects } = given(parking, killed, retry);
      expect(state()).toMatchObject({
        value: 'queued',
        context: { retries: 0, losses: 0, deaths: 0, attempt: 1, deadlineAt: null },
      });
      expect(effects).toEqual(['putInQueue']);
    });

    it('waits for the guard of its last attempt after a retry', () => {
      const { send, state, effects } = given(parking, lost, { ...retry, at: 5_000 });
      expect(state()).toMatchObject({
        value: 'waiting',
        context: { held: true, deadlineAt: until },
      });
      expect(effects).toEqual([]);
      send({ type: 'timeout', at: until });
      expect(state().value).toBe('queued');
    });

    it('waits for a guard that began anew while it was parked', () => {
      const anew = { type: 'hold', until: 90_000, at: 2_000 } as const;
      const { state } = given(parking, lost, anew, { ...retry, at: 5_000 });
      expect(state()).toMatchObject({ value: 'waiting', context: { deadlineAt: 90_000 } });
    });

    it('is released when the guard is over, and stays parked', () => {
      const { state } = given(parking, lost, { type: 'release', at: until });
      expect(state()).toMatchObject({
        value: 'parked',
        context: { held: false, deadlineAt: null },
      });
    });

    it('is done when a person accepts it, failed when a person gives it up', () => {
      expect(given(parking, lost, { type: 'accept', by, at }).state()).toMatchObject({
        value: 'done',
        context: { cause: 'accepted', endedAt: at },
      });
      expect(given(parking, lost, { type: 'giveUp', by, at }).state()).toMatchObject({
        value: 'failed',
        context: { cause: 'givenUp', endedAt: at },
      });
    });
  });
});
