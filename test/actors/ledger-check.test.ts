/** The ledger check finds what it is there for: each kind of lie told by a ledger of three lines. */
import { describe, expect, it } from 'vitest';
import { violations } from './ledger-check.ts';

describe('the ledger check', () => {
  const fence = { birth: 3, attempt: 1 };
  const line = { at: 0, agent: 'a1', id: 'x', fence } as const;
  const fact = { at: 0, subject: 's0000000000000003', id: 'x', attempt: 1 };
  const begun = { ...line, what: 'start' } as const;
  const ended = { ...line, what: 'end', exit: 'done' } as const;

  it.each([
    ['a second start of a fence', [begun, ended, begun], [], /twice/],
    ['two executions at once', [begun, { ...begun, fence: { birth: 3, attempt: 2 } }], [], /alive/],
    ['a result of nowhere', [begun], [{ ...fact, kind: 'done', state: 'done' }], /no such/],
    [
      'a terminal state that changes',
      [begun, ended],
      [
        { ...fact, kind: 'done', state: 'done' },
        { ...fact, kind: 'timeout', state: 'queued' },
      ],
      /became/,
    ],
  ])('finds %s', (_what, ledger, facts, message) => {
    expect(violations([...ledger], facts).join()).toMatch(message);
    expect(violations([begun, ended], [{ ...fact, kind: 'done', state: 'done' }])).toEqual([]);
  });
});
