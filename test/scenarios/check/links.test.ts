/**
 * The checkers of what travels between a controller and its agents, and when, each shown its violation by sights
 * made by hand: once as it must be, once with the one thing that must not be.
 */
import { describe, expect, it } from 'vitest';
import type { ControllerInput } from '../../../actors/ground.ts';
import { key } from '../../../actors/records.ts';
import { bounded } from '../../../scenarios/check/bounded.ts';
import type { Property } from '../../../scenarios/check/checker.ts';
import { keptUntilTaken } from '../../../scenarios/check/kept-until-taken.ts';
import { logsOnce } from '../../../scenarios/check/logs-once.ts';
import { outboxInOrder } from '../../../scenarios/check/outbox-in-order.ts';
import { quiet } from '../../../scenarios/check/quiet.ts';
import { resends } from '../../../scenarios/check/resends.ts';
import { speaks } from '../../../scenarios/check/speaks.ts';
import { timeline } from '../../../scenarios/check/timeline.ts';
import type { Value } from '../../../store/store.ts';
import { agent, ending, frame, said, Stage, sub, told, type Told } from './stage.ts';

const HELD = { attempt: 1, agent: 'a1', boot: 1 } as const;
const place = (n: number) => ({ boot: 1, n });
const out = (n: number) => `out/0000000000000001/000000000000000${n}`;

/** A controller that knows a1, and an agent of that id. */
function linked(property: Property, row: object = {}): Stage {
  const stage = new Stage(property);
  stage
    .disk('controller')
    .write([], Object.entries({ ...agent(row), ...sub({ ...HELD, state: 'done' }) }));
  return stage.term().boot();
}

describe('log bytes once and in order', () => {
  const fence = { birth: 7, attempt: 1 };
  const bytes = (text: string) => new TextEncoder().encode(text);
  const says = (offset: number, text: string) => ({
    now: [frame(said({ logs: [{ ...fence, offset, bytes: bytes(text) }] }))],
  });
  const writes = (offset: number, text: string, length: number) => ({
    writes: { [key.log(7, 1, offset)]: bytes(text), [key.logged(7, 1)]: length },
  });
  const stage = () => linked(logsOnce).turn(says(0, 'abc')).turn(says(3, 'def'));

  it('finds a hole, a byte twice, and bytes that nobody has said', () => {
    const first = () => stage().decide(writes(0, 'abc', 3));
    expect(() => first().decide(writes(3, 'def', 6))).not.toThrow();
    expect(() => first().decide(writes(4, 'ef', 6))).toThrow(/written from 4, and has 3 bytes/);
    expect(() => first().decide(writes(2, 'cdef', 6))).toThrow(/written from 2/);
    expect(() => first().decide(writes(3, 'dxf', 6))).toThrow(/has not said/);
    expect(() => first().decide(writes(3, 'def', 7))).toThrow(/counts 7 bytes, and has 6/);
  });

  it('finds an agent that says something else the second time', () => {
    expect(() => stage().turn(says(1, 'bcd'))).not.toThrow();
    expect(() => stage().turn(says(1, 'bxd'))).toThrow(/said again from 1, and differs/);
    expect(() => stage().turn(says(9, 'x'))).toThrow(/said from 9, behind 6/);
  });

  it('finds a log that is shorter at rest than its ending says', () => {
    const told = (logLength: number, at = stage()) =>
      at.decide(writes(0, 'abc', 3)).decide({
        inputs: [frame(said({ outbox: [ending({ logLength })] }))],
        writes: agent({ recorded: place(1) }),
      });
    expect(() => told(3).end()).not.toThrow();
    expect(() => told(6).end()).toThrow(/has 3 of 6 bytes at rest/);
    expect(() => told(6, stage().starts('a1', 7, 1)).end()).toThrow(/has 3 of 6 bytes/);
    // A twin is gone by then, and what it had not handed over went with its disk.
    expect(() => told(6, stage().starts('twin', 7, 1)).end()).not.toThrow();
    expect(() => told(2, stage().starts('twin', 7, 1)).end()).toThrow(/has 3 of 2 bytes/);
  });
});

describe('what is owed is taken over in order', () => {
  const ends = (n: number, birth: number): { writes: Record<string, Value> } => ({
    writes: { [out(n)]: ending({ place: place(n), birth }) as unknown as Value },
  });
  const stage = () => linked(outboxInOrder).turn(ends(1, 7)).turn(ends(2, 8));
  const takes = (entries: readonly number[], facts: readonly Told[] = []) => ({
    inputs: [frame(said({ outbox: entries.map((n) => ending({ place: place(n) })) }))],
    writes: agent({ recorded: place(2) }),
    facts,
  });

  it('finds an ending that is passed over, unless that is written down', () => {
    expect(() => stage().decide(takes([1, 2]))).not.toThrow();
    expect(() => stage().decide(takes([2]))).toThrow(/moves on to 1\/2 past the end of 7\/1/);
    const gap = { kind: 'agent.gap', subject: 'a-a1', agent: 'a1' };
    expect(() => stage().decide(takes([2], [gap]))).not.toThrow();
  });

  it('finds a place that is used twice', () => {
    expect(() => stage().turn(ends(2, 9))).toThrow(/Place 1\/2 of a1 was 8\/1 and is 9\/1/);
  });
});

describe('what is owed is kept until it is taken over', () => {
  const task = { birth: 7, attempt: 1, ended: {} };
  const stage = (ended: object | null = {}) =>
    linked(keptUntilTaken).turn({
      writes: {
        [out(1)]: ending() as unknown as Value,
        'task/0000000000000007/0000000000000001': { ...task, ended } as unknown as Value,
      },
    });
  const drops = { [out(1)]: undefined };
  const forgets = { 'task/0000000000000007/0000000000000001': undefined };
  const forget = { n: 2, kind: 'forget' as const, fences: [{ birth: 7, attempt: 1 }] };

  it('finds an ending that is dropped before it is recorded', () => {
    const hears = (recorded: { boot: number; n: number } | null) => ({
      inputs: [frame(told({ recorded }))],
      writes: drops,
    });
    expect(() => stage().turn(hears(place(1)))).not.toThrow();
    expect(() => stage().turn(hears(null))).toThrow(/drops the end of 7\/1/);
  });

  it('finds a fence that is forgotten unasked, or before its end', () => {
    const asked = { inputs: [frame(told({ requests: [forget] }))], writes: forgets };
    expect(() => stage().turn(asked)).not.toThrow();
    expect(() => stage().turn({ writes: forgets })).toThrow(/without being told to/);
    expect(() => stage(null).turn(asked)).toThrow(/has not ended/);
  });

  it('finds a controller that has forgotten what it has not got', () => {
    const tells = { then: [frame(told({ requests: [forget] }))] };
    const takes = (logLength: number) =>
      linked(keptUntilTaken).decide({
        inputs: [frame(said({ outbox: [ending({ logLength })] }))],
        writes: agent({ recorded: place(1) }),
      });
    expect(() => takes(0).decide(tells)).not.toThrow();
    expect(() => takes(5).decide(tells)).toThrow(/with 0 of 5 bytes here/);
    const runs = linked(keptUntilTaken).decide({ writes: sub({ ...HELD, state: 'inProgress' }) });
    expect(() => runs.decide(tells)).toThrow(/which is inProgress/);
  });
});

describe('bounds', () => {
  it('finds a node that talks without end', () => {
    const chat = { now: Array.from({ length: 150 }, () => frame(said())) };
    const stage = linked(bounded).turn(chat);
    expect(() => stage.turn({ ...chat, later: 1_000 })).not.toThrow();
    expect(() => stage.turn(chat)).toThrow(/more than 200 frames/);
    const answers = Array.from({ length: 300 }, () => frame(told()));
    const asked = Array.from({ length: 300 }, () => frame(said()));
    expect(() => linked(bounded).decide({ inputs: asked, then: answers })).not.toThrow();
    expect(() => linked(bounded).decide({ then: answers })).toThrow(/more than 200 frames/);
  });

  it('lets an agent answer what a disk held up, but not for ever', () => {
    const held = {
      inputs: Array.from({ length: 1_500 }, () => frame(told())),
      now: Array.from({ length: 1_500 }, () => frame(said())),
    };
    const stage = linked(bounded);
    for (let n = 0; n < 8; n++) stage.turn({ ...held, later: 5_000 });
    expect(() => stage.turn(held)).toThrow(/more than 12000 frames to controller within a minute/);
    expect(() => stage.turn({ ...held, later: 61_000 })).not.toThrow();
  });

  it('finds requests that pile up', () => {
    const stage = linked(bounded);
    expect(() => stage.decide({ now: [frame(told({ sent: 600, settled: 1 }))] })).toThrow(
      /599 requests/,
    );
  });

  it('finds what an agent still keeps at rest', () => {
    const stage = linked(bounded);
    expect(() => stage.end()).not.toThrow();
    stage.turn({ writes: { [out(1)]: ending() as unknown as Value } });
    expect(() => stage.end()).toThrow(/a1 still keeps out/);
  });
});

/** Turns of a controller that hears: a probe each second, for so long. */
function hear(stage: Stage, ms: number): Stage {
  for (let i = 0; i < ms / 1_000; i++) {
    stage.wait(1_000);
    stage.decide({ inputs: [{ kind: 'probe', sentAt: stage.atMs }] });
  }
  return stage;
}

const moves = (state: string, detail: object = {}): Told => ({
  kind: `agent.${state}`, subject: 'a-a1', agent: 'a1', state, detail: { ...detail },
}); // prettier-ignore

const heard = (stage: Stage) => ({ kind: 'probe', sentAt: stage.atMs }) as const;

describe('judged in time', () => {
  const connected = () => {
    const stage = linked(timeline).decide({ inputs: [frame(said())], facts: [moves('connected')] });
    return hear(stage, 12_000);
  };
  const judge = (stage: Stage, fact: Told) =>
    stage.decide({ inputs: [heard(stage)], facts: [fact] });

  it('finds suspicion at 12 s, which are no silence, and with no word to prove deafness', () => {
    expect(() => judge(connected().wait(1), moves('suspect'))).not.toThrow();
    expect(() => judge(connected(), moves('suspect'))).toThrow(/after 12000 ms/);
    expect(() => judge(connected(), moves('suspect', { deaf: true }))).toThrow(/has not said so/);
  });

  it('takes no hello for a word of another boot of the same number', () => {
    const hello = (bootId: string) => {
      const from = said({ link: 0, hello: { bootId, handlers: [], oldest: null } });
      return connected().decide({ inputs: [frame(from)] });
    };
    expect(() => judge(hello('b2').wait(1), moves('suspect'))).not.toThrow();
    expect(() => judge(hello('b1').wait(1), moves('suspect'))).toThrow(/after 1 ms/);
  });

  it('leaves a word that is read behind the probe to the next judgement', () => {
    const turn = (inputs: (stage: Stage) => readonly ControllerInput[]) => {
      const stage = connected().wait(1);
      stage.decide({ inputs: inputs(stage), facts: [moves('suspect')] });
    };
    expect(() => turn((stage) => [heard(stage), frame(said())])).not.toThrow();
    expect(() => turn((stage) => [frame(said()), heard(stage)])).toThrow(/after 0 ms/);
  });

  it('finds a judgement by one who does not know that it hears', () => {
    const stage = connected().wait(1);
    expect(() => stage.decide({ facts: [moves('suspect')] })).toThrow(
      /does not know that it hears/,
    );
  });

  it('finds a loss before the timeout', () => {
    const suspect = (ms: number) => hear(judge(connected().wait(1), moves('suspect')), ms);
    expect(() => judge(suspect(47_000), moves('lost'))).toThrow(/lost after 59001 ms in suspect/);
    expect(() => judge(suspect(48_000), moves('lost'))).not.toThrow();
  });

  it('finds one that says it hears nothing, and stays connected', () => {
    const deaf = (stage: Stage, ms: number) => {
      for (let i = 0; i < ms / 10_000; i++)
        hear(stage, 10_000).decide({ inputs: [frame(said({ deaf: true }))] });
      return stage;
    };
    expect(() => deaf(connected(), 10_000)).not.toThrow();
    expect(() => hear(deaf(connected(), 20_000), 5_000)).toThrow(
      /connected, and hears nothing for/,
    );
  });

  it('finds silence that is never judged', () => {
    expect(() => hear(connected(), 4_000)).not.toThrow();
    expect(() => hear(connected(), 12_000)).toThrow(/a1 is connected after \d+ ms of silence/);
    const reconciling = linked(timeline).decide({});
    expect(() => hear(reconciling, 75_000)).toThrow(/is reconciling for \d+ ms and is not lost/);
  });
});

describe('asked again until it is answered', () => {
  const ask = (n: number) => ({
    then: [frame(told({ sent: n, requests: [{ n, kind: 'probe' }] }))],
  });
  const asked = () => linked(resends).decide({ inputs: [{ kind: 'probe', sentAt: 0 }], ...ask(1) });

  it('finds a request that is not sent again', () => {
    expect(() => hear(asked(), 24_000)).toThrow(
      /Request 1 \(probe\) to a1 is open and was not sent/,
    );
    const again = hear(asked(), 12_000).decide(ask(1));
    expect(() => hear(again, 11_000)).not.toThrow();
    const answers = [{ n: 1, kind: 'ok' } as const];
    const answered = asked().decide({ inputs: [frame(said({ answers }))] });
    expect(() => hear(answered, 30_000)).not.toThrow();
  });

  it('finds one that is sent again too soon, and for nothing', () => {
    expect(() => hear(asked(), 11_000).decide(ask(1))).toThrow(/again 11000 ms after the first/);
    const gap = { inputs: [frame(said({ answers: [{ n: 2, kind: 'gap', next: 1 }] }))] };
    expect(() => hear(asked(), 11_000).decide({ ...gap, ...ask(1) })).not.toThrow();
  });
});

describe('an agent that lives says so', () => {
  const beat = (later: number) => ({ later, now: [frame(said())] });
  const echoed = { inputs: [frame(told({ echo: 0 }))] };

  it('finds silence of more than a period', () => {
    const stage = () => linked(speaks).turn(echoed).turn(beat(0));
    expect(() => stage().turn(beat(10_000)).turn(beat(10_000))).not.toThrow();
    expect(() => stage().turn({ later: 12_000 })).toThrow(/said nothing for 12000 ms/);
  });

  it('holds it to the period of its lease, which an echo that is too old does not change', () => {
    const shorter = { version: 9, periodMs: 1_000, delayMs: 200, timeoutMs: 6_000 };
    const heard = (later: number, echo: number) => ({
      ...beat(later),
      inputs: [frame(told({ echo, timing: shorter }))],
    });
    const stage = () => linked(speaks).turn(echoed).turn(beat(1_000));
    expect(() => stage().turn(heard(6_000, 1_000)).turn({ later: 9_000 })).not.toThrow();
    expect(() => stage().turn(heard(5_999, 1_000)).turn({ later: 9_000 })).toThrow(
      /may be silent for 2500/,
    );
  });

  it('finds one that has no lease and does not ask for one', () => {
    expect(() => linked(speaks).turn(beat(2_000))).not.toThrow();
    expect(() => linked(speaks).turn(beat(3_000))).toThrow(/may be silent for 2500/);
  });

  it('finds one whose lease is late and who does not hurry', () => {
    const stage = linked(speaks).turn(echoed).turn(beat(10_000)).turn(beat(10_000));
    for (let i = 0; i < 10; i++) stage.turn(beat(1_000));
    expect(() => stage.turn({ later: 5_000 })).toThrow(/may be silent for 2500/);
  });
});

describe('nothing is repeated where nothing is disturbed', () => {
  const suspect = { facts: [moves('suspect')] };

  it('finds a suspicion, and an ending that is told twice', () => {
    expect(() => linked(quiet).decide(suspect)).toThrow(
      /Nothing was disturbed, and there is agent.suspect/,
    );
    const tells = { then: [frame(said({ outbox: [ending()] }))] };
    expect(() => linked(quiet).turn(tells).turn(tells)).toThrow(/tells an end twice/);
  });

  it('holds until the first fault', () => {
    const cut = { do: 'cut', agent: 'a1', way: 'both' } as const;
    const stage = linked(quiet).see({ what: 'action', action: cut });
    expect(() => stage.decide(suspect)).not.toThrow();
    const cancel = { do: 'cancel', id: 'x' } as const;
    expect(() => linked(quiet).see({ what: 'action', action: cancel }).decide(suspect)).toThrow();
  });
});
