/** The ledger of the tasks: what its lines say, and what is seen in them. */
import { describe, expect, it } from 'vitest';
import { ledgerOf, parseLedger } from './ledger.ts';

const LINES = `begin t1 4-1 1763786000.5 31
end t1 4-1 1763786001.5 31
begin t2 5-1 1763786002 32
overlap t2 5-2 1763786003 33
begin t2 5-2 1763786003 33
begin t2 5-2 1763786004 34
`;

describe('the ledger', () => {
  it('knows which fences were begun, ended and begun again, and who met another', () => {
    const ledger = ledgerOf(parseLedger(LINES));
    expect(ledger.begins).toBe(4);
    expect([ledger.hasEnded('4-1'), ledger.hasEnded('5-1')]).toEqual([true, false]);
    expect([ledger.hasBegun('5-1'), ledger.hasBegun('6-1')]).toEqual([true, false]);
    expect(ledger.begunAgain.map(({ fence, pid }) => [fence, pid])).toEqual([['5-2', 34]]);
    expect(ledger.overlaps.map(({ fence, at }) => [fence, at])).toEqual([['5-2', 1763786003000]]);
  });

  it.each(['begin t1 4-1 1763786000.5', 'ended t1 4-1 1 2', 'begin t1 4-1 1 2 end t1 4-1 3 2'])(
    'takes no line that is torn: %s',
    (line) => {
      expect(() => parseLedger(line)).toThrow('The ledger has a line that no task writes');
    },
  );
});
