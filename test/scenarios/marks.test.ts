/** The marks: what a run has reached, and what a batch still misses. */
import { describe, expect, it } from 'vitest';
import { entryList } from '../../actors/entry-row.ts';
import { mark, missing } from '../../scenarios/marks.ts';
import type { Sight } from '../../scenarios/sight.ts';
import type { Step } from '../../actors/tap.ts';
import { frame, said, told } from './check/stage.ts';

const step = (change: object) =>
  ({ turn: 1, at: 0, lateMs: 0, inputs: [], due: [], entries: [], writes: new Map(), now: [], later: [], ...change }) as unknown as Step<never, never>; // prettier-ignore

const fact = (kind: string, change: object = {}) => ({
  what: 'decided',
  seat: 'controller',
  step: step({ entries: [entryList({ at: 0, kind, subject: 's7', ...change })] }),
});

const turned = (change: object) => ({ what: 'turned', seat: 'a1', step: step(change) });

/** What a sight reaches. */
function reached(sight: object): ReadonlySet<string> {
  const names = new Set<string>();
  mark({ ...sight, atMs: 0 } as Sight, names);
  return names;
}

describe('marks', () => {
  it.each<[object, readonly string[]]>([
    [{ what: 'action', action: { do: 'cut', way: 'to' } }, ['fault:cut to']],
    [
      { what: 'action', action: { do: 'crash', seat: 'a1', phase: 'acted', lose: 1 } },
      ['fault:crash acted', 'fault:crash loses'],
    ],
    [
      { what: 'action', action: { do: 'disk', fault: 'fail', outcome: 'lost' } },
      ['fault:disk fail lost'],
    ],
    [{ what: 'frame', fate: 'held' }, ['frame:held']],
    [fact('done', { cause: 'late' }), ['fact:done', 'fact:done late']],
    [fact('lost', { state: 'parked', cause: 'poison' }), ['fact:lost', 'fact:parked poison']],
    [fact('cancel', { state: 'cancelled' }), ['fact:cancelled before start']],
    [fact('verdict', { cause: 'kill' }), ['verdict:kill']],
    [fact('agent.suspect', { detail: { deaf: true } }), ['fact:suspect deaf']],
    [
      {
        what: 'decided',
        step: step({ later: [frame(told({ notice: { kind: 'gone', known: 1 } }))] }),
      },
      ['notice:gone'],
    ],
    [turned({ later: [frame(said({ deaf: true, bye: true }))] }), ['said:deaf', 'said:bye']],
    [turned({ entries: [{ kind: 'lease', detail: 'the lease is over' }] }), ['boot:lease over']],
    [
      { what: 'over', why: Object.assign(new Error('no'), { name: 'TermTooLow' }) },
      ['over:term too low'],
    ],
    [{ what: 'ledger', line: { exit: 'crash' } }, ['end:crashed']],
    [{ what: 'healed', action: { do: 'cut', way: 'to' } }, []],
  ])('of %j are %j', (sight, names) => {
    expect([...reached(sight)].sort()).toEqual([...names].sort());
  });

  it('are missed by name until a run has reached them', () => {
    const all = missing(new Set());
    expect(all.length).toBeGreaterThan(100);
    expect(new Set(all).size).toBe(all.length);
    expect(missing(new Set(all.slice(1)))).toEqual([all[0]]);
  });
});
