/**
 * The checkers of what really runs, each shown its violation by sights made by hand: once as it must be, once
 * with the one thing that must not be.
 */
import { describe, expect, it } from 'vitest';
import { agentKey } from '../../../actors/agent-records.ts';
import { key } from '../../../actors/records.ts';
import { listOf } from '../../../actors/sub-row.ts';
import { leaseBeforeGive } from '../../../scenarios/check/lease-before-give.ts';
import { neverTwoAtOnce } from '../../../scenarios/check/never-two-at-once.ts';
import { nothingInvented } from '../../../scenarios/check/nothing-invented.ts';
import { oneStart } from '../../../scenarios/check/one-start.ts';
import { selfFence } from '../../../scenarios/check/self-fence.ts';
import { frame, row, SETTING, Stage, sub, told } from './stage.ts';

const intent = { [agentKey.task({ birth: 7, attempt: 1 })]: { birth: 7, attempt: 1 } };

describe('one start', () => {
  it('finds a fence that is started again, wherever', () => {
    const stage = new Stage(oneStart).starts('a1', 7, 1).ends('a1', 7, 1, 'crash');
    stage.starts('a1', 7, 2);
    expect(() => stage.starts('a2', 7, 1)).toThrow(/x#1 \(birth 7\) at a2 was started although/);
  });

  it('excuses the attempt whose record the controller has lost, and no other', () => {
    const stage = new Stage(oneStart);
    stage.disk('controller').write([], [[key.sub(7), listOf(row({ birth: 7 }))]]);
    stage.starts('a1', 7, 1).starts('a1', 8, 1);
    stage.lies('controller', (disk) => disk.values.clear());
    stage.starts('a1', 7, 1);
    expect(() => stage.starts('a1', 8, 1)).toThrow(/birth 8/);
  });

  it('excuses no agent that has lost what it began', () => {
    const stage = new Stage(oneStart);
    stage.disk('a1').write([], Object.entries(intent));
    stage.starts('a1', 7, 1).lies('a1', (disk) => disk.values.clear());
    expect(() => stage.starts('a1', 7, 1)).toThrow(/was started although/);
  });
});

describe('never two at once', () => {
  it('finds another attempt that starts before the last one has ended', () => {
    const stage = new Stage(neverTwoAtOnce).starts('a1', 7, 1).ends('a1', 7, 1, 'stopped');
    stage.starts('a1', 7, 2).starts('a2', 8, 1);
    expect(() => stage.starts('a2', 7, 3)).toThrow(/x#3 .* while x#2 .* ran/);
  });

  it('is not promised where a clock runs further off than the settings say', () => {
    const setting = { ...SETTING, agents: [{ id: 'a1', rate: 1.1 }] };
    const stage = new Stage(neverTwoAtOnce, setting).starts('a1', 7, 1);
    expect(() => stage.starts('a2', 7, 2)).not.toThrow();
  });
});

describe('the lease before the next hand-out', () => {
  const assign = (attempt: number) =>
    ({ facts: [{ kind: 'assign', birth: 7, id: 'x', attempt, state: 'sent' }] }) as const;

  it('finds work that is given out while it runs', () => {
    const stage = new Stage(leaseBeforeGive).term().decide(assign(1)).starts('a1', 7, 1);
    stage.ends('a1', 7, 1, 'stopped').decide(assign(2)).starts('a1', 7, 2);
    expect(() => stage.decide(assign(3))).toThrow(/x#3 was handed out while x#2 .* ran/);
  });

  it('judges no controller whose store another one has taken', () => {
    const stage = new Stage(leaseBeforeGive).term().starts('a1', 7, 1).term(2, { seat: 'rival' });
    expect(() => stage.decide(assign(2))).not.toThrow();
    expect(() => stage.decide(assign(2), 'rival')).toThrow(/handed out/);
  });
});

describe('nothing invented', () => {
  const stage = () => {
    const made = new Stage(nothingInvented).term().boot();
    made.scripts.x = {};
    made.disk('controller').write([], [[key.sub(7), listOf(row({ attempt: 1, agent: 'a1' }))]]);
    return made;
  };
  const begun = () => {
    const made = stage();
    made.disk('a1').write([], Object.entries(intent));
    return made;
  };
  const done = (result: string) => ({
    facts: [{ kind: 'done', birth: 7, id: 'x', attempt: 1, state: 'done' }],
    writes: { ...sub({ attempt: 1, state: 'done' }), [key.outcome(7)]: { state: 'done', result } },
  });

  it('finds a start without an intent on disk', () => {
    expect(() => stage().starts('a1', 7, 1)).toThrow(/no intent/);
  });

  it('finds a start of what was not given out, or is other work', () => {
    expect(() => begun().starts('a1', 7, 1)).not.toThrow();
    expect(() => begun().starts('a1', 7, 1, 'y')).toThrow(
      /the controller has "x" under that birth/,
    );
    const early = begun();
    early.disk('controller').write([], [[key.sub(7), listOf(row())]]);
    expect(() => early.starts('a1', 7, 1)).toThrow(/has given out 0 attempts/);
  });

  it('finds a result that no execution has given', () => {
    const made = begun().starts('a1', 7, 1);
    expect(() => made.decide(done('ok'))).toThrow(/no execution of it has ended so/);
    const ended = begun().starts('a1', 7, 1).ends('a1', 7, 1, 'done');
    expect(() => ended.decide(done('other'))).toThrow(/not its own/);
    expect(() =>
      begun().starts('a1', 7, 1).ends('a1', 7, 1, 'done').decide(done('ok')),
    ).not.toThrow();
  });

  it('finds work that counts as done by other work', () => {
    const made = begun();
    made.disk('controller').write([], [[key.sub(7), listOf(row({ id: 'y', attempt: 1 }))]]);
    made.starts('a1', 7, 1, 'y').ends('a1', 7, 1, 'done', 'y');
    expect(() => made.decide(done('ok'))).toThrow(/done by what was y#1/);
  });

  it('finds work that nobody has handed in', () => {
    const accepted = (id: string) => ({
      facts: [{ kind: 'accepted', birth: 7, id, state: 'queued' }],
      writes: sub({ id }),
    });
    expect(() => stage().decide(accepted('x'))).not.toThrow();
    expect(() => stage().decide(accepted('z'))).toThrow(/nobody has handed it in/);
  });
});

describe('an agent fences itself', () => {
  const echoed = (echo: number, leftMs: number, later = 0) => ({
    later,
    inputs: [frame(told({ echo }))],
    now: [{ kind: 'lease', leftMs } as const],
  });
  const leased = () => new Stage(selfFence).boot().turn(echoed(0, 60_000)).starts('a1', 7, 1);

  it('lets work live until a kill time after the lease', () => {
    const stage = leased().wait(61_000).ends('a1', 7, 1, 'stopped').wait(5_000);
    expect(() => stage.turn({})).not.toThrow();
  });

  it('finds work that outlives the lease', () => {
    expect(() => leased().wait(61_100).turn({})).toThrow(/runs \d+ ms after the lease was over/);
  });

  it('finds a start without a lease', () => {
    expect(() => new Stage(selfFence).boot().starts('a1', 7, 1)).toThrow(/without a lease/);
    const late = leased().ends('a1', 7, 1, 'done').wait(60_100);
    expect(() => late.starts('a1', 8, 1)).toThrow(/without a lease/);
  });

  it('finds a lease that runs from the echo and not from the beat', () => {
    const stage = new Stage(selfFence).boot().turn(echoed(0, 60_000));
    expect(() => stage.turn(echoed(5_000, 60_000, 6_000))).toThrow(/has 60000 ms .* gives 59000/);
  });

  it('finds a lease that is renewed when it was over', () => {
    const stage = leased().ends('a1', 7, 1, 'done');
    expect(() => stage.turn(echoed(60_000, 60_000, 60_000))).toThrow(
      /renewed a lease that was over/,
    );
  });

  it('finds what lives on into the next boot', () => {
    expect(() => leased().boot(2)).toThrow(/Boot 2 of a1 began, and x#1/);
    expect(() => leased().ends('a1', 7, 1, 'stopped').boot(2)).not.toThrow();
  });
});
