/**
 * The checkers of what is on disk and of the order of things, each shown its violation by sights made by hand:
 * once as it must be, once with the one thing that must not be.
 */
import { describe, expect, it } from 'vitest';
import { key } from '../../../actors/records.ts';
import { listOf } from '../../../actors/sub-row.ts';
import { addressed } from '../../../scenarios/check/addressed.ts';
import { inOrder } from '../../../scenarios/check/in-order.ts';
import { nothingLost } from '../../../scenarios/check/nothing-lost.ts';
import { recovered } from '../../../scenarios/check/recovered.ts';
import { toldWhenRecorded } from '../../../scenarios/check/told-when-recorded.ts';
import { agent, frame, row, said, Stage, sub, told } from './stage.ts';

const HELD = { attempt: 1, agent: 'a1', boot: 1 } as const;
const command = { kind: 'submit', item: { id: 'x' }, by: 'me' } as never;
const accepted = { what: 'answered', command, reply: { id: 'x', birth: 7 } } as const;

describe('nothing is lost', () => {
  const kept = () => {
    const stage = new Stage(nothingLost).term();
    stage.disk('controller').write([], Object.entries({ ...sub(), [key.id('x')]: 7 }));
    return stage;
  };

  it('finds an acceptance that is answered before it is on disk', () => {
    expect(() => new Stage(nothingLost).term().see(accepted)).toThrow(/answered as accepted/);
    expect(() => kept().see(accepted)).not.toThrow();
  });

  it('finds what the next term does not find any more, unless the disk has lied', () => {
    const stage = kept().see(accepted).term(2);
    stage.disk('controller').values.clear();
    expect(() => stage.term(3)).toThrow(/not on record any more/);
    const lied = kept()
      .see(accepted)
      .lies('controller', (disk) => disk.values.clear());
    expect(() => lied.term(2)).not.toThrow();
  });

  it('finds a record that is removed', () => {
    expect(() => kept().decide({ writes: { [key.sub(7)]: undefined } })).toThrow(/is removed/);
  });

  it('finds what has not come to rest', () => {
    const stage = kept().see(accepted);
    expect(() => stage.end()).toThrow(/is queued when all is at rest/);
    stage.disk('controller').write([], [[key.sub(7), listOf(row({ state: 'done' }))]]);
    expect(() => stage.end()).not.toThrow();
  });
});

describe('recovery equals what was acknowledged', () => {
  it('finds a write that was durable and is gone, and one that differs', () => {
    const stage = () => new Stage(recovered).term().decide({ writes: { 'agent/a1': 1 } });
    expect(() => stage().term(2)).not.toThrow();
    for (const value of [undefined, 2]) {
      const made = stage();
      made.disk('controller').write([], [['agent/a1', value]]);
      expect(() => made.term(2)).toThrow(/had agent\/a1 on disk, and finds/);
    }
  });

  it('finds facts that are gone', () => {
    const stage = new Stage(recovered).term().decide({ entries: [[0, 'x']] });
    stage.disk('controller').entries.pop();
    expect(() => stage.term(2)).toThrow(/had 1 facts on disk and finds 0/);
  });

  it('lets what was under way be there, or not', () => {
    const stage = () =>
      new Stage(recovered)
        .term()
        .decide({ writes: { a: 1 } })
        .decide({ writes: { a: 2 }, isLost: true });
    expect(() => stage().term(2)).not.toThrow();
    const kept = stage();
    kept.disk('controller').write([], [['a', 2]]);
    expect(() => kept.term(2)).not.toThrow();
  });

  it('knows that a life may have ended while it began', () => {
    const task = (ended: object | null) =>
      ({ 'task/1/1': { birth: 1, attempt: 1, ended } }) as never;
    const stage = (boot: number) => {
      const made = new Stage(recovered).boot().turn({ writes: task(null) });
      made.disk('a1').write([], Object.entries(task({ ending: 'lost' })));
      return made.boot(boot);
    };
    expect(() => stage(3)).not.toThrow();
    expect(() => stage(2)).toThrow(/task\/1\/1/);
  });
});

describe('everything in its order', () => {
  it('finds a life that does not come after the last one', () => {
    expect(() => new Stage(inOrder).boot(1).boot(3)).not.toThrow();
    expect(() => new Stage(inOrder).boot(3).boot(3)).toThrow(/life 3 after life 3/);
    expect(() => new Stage(inOrder).term(2).term(1)).toThrow(/life 1 after life 2/);
    const lied = new Stage(inOrder).boot(3).lies('a1', () => {});
    expect(() => lied.boot(3)).not.toThrow();
  });

  it('finds a controller that goes back to an older boot of a store', () => {
    const knows = (boot: number, storeId = 's-a1') => ({ writes: agent({ boot, storeId }) });
    const stage = () => new Stage(inOrder).term().decide(knows(2));
    expect(() => stage().decide(knows(3)).decide(knows(1, 's-other'))).not.toThrow();
    expect(() => stage().decide(knows(1))).toThrow(/Boot 2 of a1 is followed by boot 1/);
  });

  it('finds a clock that goes back, and a fact of another instant', () => {
    const stage = new Stage(inOrder).boot().turn({ later: 10 });
    expect(() => stage.turn({ later: -1 })).toThrow(/clock of a1 goes back/);
    const dated = new Stage(inOrder).boot();
    expect(() => dated.turn({ entries: [{ at: 5, kind: 'exit', boot: 1 }] })).toThrow(
      /dates a fact 5/,
    );
  });

  it('finds turns that are acted on out of their order', () => {
    const stage = new Stage(inOrder).boot().turn({}).turn({ isLost: true }).turn({});
    expect(() => stage.see({ what: 'durable', seat: 'a1', turn: 2 })).toThrow(/acted on after 3/);
  });
});

describe('recorded first, told then', () => {
  const place = { boot: 1, n: 1 };
  const stage = () => {
    const made = new Stage(toldWhenRecorded).term().boot();
    made.disk('controller').write([], Object.entries(agent({ recorded: place })));
    return made;
  };
  const now = (change: object) => ({ now: [frame(told(change))] });

  it('finds an acknowledgement of what is not on disk', () => {
    expect(() => stage().decide(now({ recorded: place }))).not.toThrow();
    expect(() => stage().decide(now({ recorded: { boot: 1, n: 2 } }))).toThrow(/which it is not/);
    const logs = [{ birth: 7, attempt: 1, length: 5 }];
    expect(() => stage().decide(now({ logs }))).toThrow(/told of 5 bytes of 7\/1; 0 are on disk/);
  });

  it('finds a request, an answer and an effect that do not wait', () => {
    const requests = [{ n: 1, kind: 'probe' }];
    expect(() => stage().decide(now({ requests }))).toThrow(/asked before it is recorded/);
    const answers = [{ n: 1, kind: 'ok' } as const];
    expect(() => stage().turn({ now: [frame(said({ answers }))] })).toThrow(/answers before/);
    expect(() => stage().turn({ then: [frame(said({ answers }))] })).not.toThrow();
    const reply = { kind: 'reply', ticket: 1, value: null } as const;
    expect(() => stage().decide({ now: [reply] })).toThrow(/does reply before/);
  });

  it('finds a longer timeout that nobody waits for yet', () => {
    const timing = { version: 2, periodMs: 10_000, delayMs: 2_000, timeoutMs: 600_000 };
    expect(() => stage().decide(now({ timing }))).toThrow(/granted 600000 ms, and 60000/);
  });
});

describe('everything goes to whom it concerns', () => {
  const stage = (change: object = {}) => {
    const made = new Stage(addressed);
    made
      .disk('controller')
      .write([], Object.entries({ ...agent(change), ...sub({ ...HELD, state: 'sent' }) }));
    return made.term();
  };
  const task = {
    birth: 7,
    attempt: 1,
    id: 'x',
    job: null,
    handler: 'work',
    input: null,
    timeoutMs: 1,
    graceMs: 1,
  };
  const gives = (change: object, to: object = {}) => ({
    then: [
      frame(told({ requests: [{ n: 1, kind: 'assign', tasks: [{ ...task, ...change }] }], ...to })),
    ],
  });

  it('finds an attempt that goes to another boot than its record says', () => {
    expect(() => stage().decide(gives({}))).not.toThrow();
    expect(() => stage().decide(gives({ attempt: 2 }))).toThrow(/x#2 is given to boot 1 of a1/);
    expect(() => stage({ boot: 2 }).decide(gives({}, { boot: 2 }))).toThrow(/given to boot 2/);
  });

  it('finds words to a boot that is over, or not known', () => {
    const speak = { now: [frame(told())] };
    expect(() => stage().decide(speak)).not.toThrow();
    expect(() => stage({ state: 'lost' }).decide(speak)).toThrow(/is lost, and is spoken to/);
    expect(() => stage({ boot: 2 }).decide(speak)).toThrow(/boot 2 is known/);
    const notice = { kind: 'gone', known: 1 } as const;
    expect(() =>
      stage({ state: 'lost' }).decide({ then: [frame(told({ notice }))] }),
    ).not.toThrow();
  });

  it('finds an echo of a beat that was not heard', () => {
    const echo = { now: [frame(told({ echo: 5 }))] };
    expect(() => stage().decide({ inputs: [frame(said({ stamp: 5 }))], ...echo })).not.toThrow();
    expect(() => stage().decide({ inputs: [frame(said({ stamp: 4 }))], ...echo })).toThrow(
      /echo of 5/,
    );
  });
});
