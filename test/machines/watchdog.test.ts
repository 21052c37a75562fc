/** What a sweep asks again, and what it costs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SubTransactionState } from '../../machines/sub-transaction.ts';
import { overdue, type Tracked } from '../../machines/watchdog.ts';

function tracked(deadlineAt: number, change: Partial<Tracked> = {}): Tracked {
  return { key: `k${deadlineAt}`, deadlineAt, state: 'idle', agentConnected: true, ...change };
}

/** Counts how many rows are taken from it. */
function counted(rows: readonly Tracked[]) {
  const taken = { count: 0, closed: false };
  function* walk() {
    try {
      for (const row of rows) {
        taken.count += 1;
        yield row;
      }
    } finally {
      taken.closed = true;
    }
  }
  return { taken, rows: walk() };
}

describe('overdue', () => {
  it.each<[SubTransactionState, boolean]>([
    ['queued', false],
    ['sent', true],
    ['received', false],
    ['inProgress', false],
    ['idle', true],
    ['waiting', false],
    ['parked', false],
    ['cancelling', true],
    ['done', false],
    ['failed', false],
    ['cancelled', false],
  ])('asks again what is %s: %s', (state, isAsked) => {
    const { ask, due } = overdue([tracked(1, { state })], { at: 1, limit: 10 });
    expect(ask).toEqual(isAsked ? ['k1'] : []);
    expect(due).toBe(1);
  });

  it('does not ask an agent that is not connected', () => {
    const sweep = overdue([tracked(1, { agentConnected: false })], { at: 1, limit: 10 });
    expect(sweep).toEqual({ ask: [], due: 1 });
  });

  it('takes what is due at this instant, and nothing later', () => {
    const rows = [tracked(119_999), tracked(120_000), tracked(120_001)];
    expect(overdue(rows, { at: 120_000, limit: 10 }).ask).toEqual(['k119999', 'k120000']);
  });

  it('stops at the first that is not due', () => {
    const { taken, rows } = counted([tracked(1), tracked(2), tracked(9), tracked(10), tracked(11)]);
    expect(overdue(rows, { at: 5, limit: 10 }).due).toBe(2);
    expect(taken).toEqual({ count: 3, closed: true });
  });

  it('stops at its limit', () => {
    const { taken, rows } = counted([1, 2, 3, 4].map((deadlineAt) => tracked(deadlineAt)));
    expect(overdue(rows, { at: 5, limit: 2 })).toEqual({ ask: ['k1', 'k2'], due: 2 });
    expect(taken).toEqual({ count: 2, closed: true });
    expect(overdue([tracked(1)], { at: 5, limit: 0 })).toEqual({ ask: [], due: 0 });
  });

  it('costs the number due, in order of deadline, however many are tracked', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.nat(100), (deadlines, at) => {
        const sorted = deadlines.sort((a, b) => a - b).map((deadlineAt) => tracked(deadlineAt));
        const dueCount = sorted.filter(({ deadlineAt }) => deadlineAt <= at).length;
        const { taken, rows } = counted(sorted);
        const { ask, due } = overdue(rows, { at, limit: 1_000 });
        expect(ask).toEqual(sorted.slice(0, dueCount).map(({ key }) => key));
        expect(due).toBe(dueCount);
        expect(taken.count).toBe(Math.min(sorted.length, dueCount + 1));
      }),
    );
  });
});
