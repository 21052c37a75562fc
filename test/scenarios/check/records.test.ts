/**
 * The checkers of what a controller writes down, each shown its violation by turns made by hand: once as it must
 * be, once with the one thing that must not be.
 */
import { describe, expect, it } from 'vitest';
import { key, NO_COUNTS, type JobRow, type SubRow } from '../../../actors/records.ts';
import { cancelHolds } from '../../../scenarios/check/cancel-holds.ts';
import type { Property } from '../../../scenarios/check/checker.ts';
import { completionOnce } from '../../../scenarios/check/completion-once.ts';
import { costOfLoss } from '../../../scenarios/check/cost-of-loss.ts';
import { counters } from '../../../scenarios/check/counters.ts';
import { currentFenceOnly } from '../../../scenarios/check/current-fence-only.ts';
import { doneCounts } from '../../../scenarios/check/done-counts.ts';
import { indexes } from '../../../scenarios/check/indexes.ts';
import { legalMoves } from '../../../scenarios/check/legal-moves.ts';
import { terminalIsFinal } from '../../../scenarios/check/terminal-is-final.ts';
import { toldOnce } from '../../../scenarios/check/told-once.ts';
import type { Value } from '../../../store/store.ts';
import { agent, ending, frame, row, said, Stage, sub, type Told } from './stage.ts';

const HELD = { attempt: 1, agent: 'a1', boot: 1 } as const;

/** A stage on which birth 7 is on record as that. */
function after(property: Property, change: Parameters<typeof sub>[0], more: object = {}): Stage {
  const stage = new Stage(property);
  stage.disk('controller').write([], Object.entries({ ...sub(change), ...agent(), ...more }));
  return stage.term();
}

const fact = (kind: string, state: SubRow['state'], change: Partial<Told> = {}): Told => ({
  kind, state, birth: 7, id: 'x', attempt: 1, agent: 'a1', boot: 1, before: 7, ...change,
}); // prettier-ignore

describe('terminal is final', () => {
  const done = { ...HELD, state: 'done', endedAt: 5 } as const;
  const outcome = { [key.outcome(7)]: { state: 'done', result: 'ok' } };

  it('finds a terminal state that changes, and an outcome', () => {
    const noted = { writes: { ...sub({ ...done, lastFact: 9 }), ...outcome } };
    expect(() => after(terminalIsFinal, done, outcome).decide(noted)).not.toThrow();
    const stage = after(terminalIsFinal, done, outcome);
    expect(() => stage.decide({ writes: sub({ ...done, state: 'queued' }) })).toThrow(/x was done/);
    const other = { [key.outcome(7)]: { state: 'done', result: 'other' } };
    expect(() => after(terminalIsFinal, done, outcome).decide({ writes: other })).toThrow(
      /changes/,
    );
  });
});

describe('the result of the current fence only', () => {
  const isDone = { facts: [fact('done', 'done')] };
  const tells = (entry: object) => ({ inputs: [frame(said({ outbox: [ending(entry)] }))] });

  it('finds an end that was told of another attempt, or by nobody', () => {
    const stage = () => after(currentFenceOnly, { ...HELD, state: 'inProgress' });
    expect(() => stage().decide({ ...tells({}), ...isDone })).not.toThrow();
    expect(() => stage().decide({ ...tells({ attempt: 2 }), ...isDone })).toThrow(/has not told/);
    expect(() => stage().decide(isDone)).toThrow(/has not told/);
  });
});

describe('finished work is not done again', () => {
  const taken = (state: SubRow['state']) => ({
    inputs: [frame(said({ outbox: [ending()] }))],
    writes: { ...agent({ recorded: { boot: 1, n: 1 } }), ...sub({ ...HELD, state }) },
  });

  it('finds a result that is taken over and not used', () => {
    const stage = () => after(doneCounts, { ...HELD, state: 'waiting' });
    expect(() => stage().decide(taken('done'))).not.toThrow();
    expect(() => stage().decide(taken('waiting'))).toThrow(/x#1 is done, and it is waiting/);
  });
});

describe('the cost of a loss', () => {
  const out = { ...HELD, state: 'inProgress' } as const;
  const lost = (change: object) => ({
    facts: [fact('lost', 'waiting')],
    writes: { ...sub({ ...HELD, state: 'waiting', ...change }), ...agent({ state: 'lost' }) },
  });

  it('finds a loss of what is at a boot that is present', () => {
    expect(() => after(costOfLoss, out).decide(lost({ losses: 1 }))).not.toThrow();
    const { facts } = lost({});
    const writes = sub({ ...HELD, state: 'waiting', losses: 1 });
    expect(() => after(costOfLoss, out).decide({ facts, writes })).toThrow(
      /boot 1 of a1 is present/,
    );
  });

  it('finds a death where nobody has died', () => {
    expect(() => after(costOfLoss, out).decide(lost({ losses: 1, deaths: 1 }))).toThrow(/a death/);
    const stage = after(costOfLoss, out).boot().dies('a1');
    expect(() => stage.decide(lost({ losses: 1, deaths: 1 }))).not.toThrow();
  });

  it('finds what costs more than was told', () => {
    expect(() => after(costOfLoss, out).decide(lost({ losses: 2 }))).toThrow(/2 losses for lost/);
    const unstarted = { facts: [fact('neverStarted', 'waiting')] };
    const paid = { ...unstarted, writes: sub({ ...HELD, state: 'waiting', retries: 1 }) };
    expect(() => after(costOfLoss, out).decide(paid)).toThrow(/1 retries for neverStarted/);
  });

  it('finds work that is tried again beyond its policy', () => {
    const { policy } = row().context;
    const again = (change: object, of: object) =>
      after(costOfLoss, { ...out, ...of, policy: { ...policy, ...change } }).decide(
        lost({ ...of, losses: 2, policy: { ...policy, ...change } }),
      );
    expect(() => again({ maxLosses: 2 }, { losses: 1 })).not.toThrow();
    expect(() => again({ maxLosses: 1 }, { losses: 1 })).toThrow(/after 0 retries, 2 losses/);
    expect(() => again({ onUnknown: 'park' }, { losses: 1 })).toThrow(/is to be parked/);
    expect(() => again({ maxRetries: 0 }, { losses: 1, retries: 1 })).toThrow(/after 1 retries/);
  });

  it('finds what counts as never started, and was', () => {
    const unstarted = { facts: [fact('neverStarted', 'waiting')] };
    expect(() => after(costOfLoss, out).decide(unstarted)).not.toThrow();
    expect(() => after(costOfLoss, out).starts('a1', 7, 1).decide(unstarted)).toThrow(/it was/);
  });
});

describe('a cancel holds', () => {
  const cancelling = { ...HELD, state: 'cancelling' } as const;
  const given = { facts: [fact('assign', 'sent', { attempt: 2 })] };
  const answered = {
    what: 'answered',
    command: { kind: 'cancel', id: 'x', by: 'me' },
    reply: { id: 'x' },
  } as const;

  it('finds cancelled work that waits for another attempt, or gets one', () => {
    const stage = () => after(cancelHolds, cancelling, { [key.id('x')]: 7 });
    expect(() => stage().decide({ writes: sub({ ...HELD, state: 'cancelled' }) })).not.toThrow();
    expect(() => stage().decide({ writes: sub({ ...HELD, state: 'waiting' }) })).toThrow(
      /is waiting/,
    );
    expect(() => stage().decide(given)).not.toThrow();
    expect(() => stage().see(answered).decide(given)).toThrow(/although "x" was cancelled/);
  });

  it('finds work of a run that is being stopped and is given out', () => {
    const job = (state: string) => ({ [key.job('j')]: { generation: 1, state } });
    const decide = (state: string) =>
      after(cancelHolds, { state: 'queued', job: 'j', generation: 1 }, job(state)).decide({
        facts: [fact('assign', 'sent', { job: 'j' })],
        writes: sub({ ...HELD, state: 'sent', job: 'j', generation: 1 }),
      });
    expect(() => decide('running')).not.toThrow();
    expect(() => decide('stopping')).toThrow(/"j" is being stopped/);
  });
});

describe('legal moves', () => {
  const sent = { ...HELD, state: 'sent', lastFact: 8 } as const;
  const assign = fact('assign', 'sent');

  it('finds a move that is no edge of the statechart', () => {
    const stage = () => after(legalMoves, {});
    const facts = [assign];
    const decide = (told: readonly Told[], change: object) => {
      const made = stage();
      made.decide({ facts: told, writes: sub({ ...sent, lastFact: 1, ...change }) });
    };
    expect(() => decide(facts, {})).not.toThrow();
    expect(() => decide([{ ...assign, state: 'done' }], { state: 'done' })).toThrow(/no move/);
    expect(() => decide([{ ...assign, before: 5 }], {})).toThrow(/follows fact 5, not 7/);
    expect(() => decide([{ ...assign, attempt: 2 }], { attempt: 2 })).toThrow(/attempt 2, not 1/);
    expect(() => decide(facts, { state: 'received' })).toThrow(/its facts say sent/);
  });

  it('finds an acceptance that is not the first fact', () => {
    const accepted = { kind: 'accepted', birth: 1, id: 'x', state: 'queued', before: 0 };
    const decide = (told: Told) =>
      new Stage(legalMoves).term().decide({ facts: [told], writes: sub({ birth: 1 }) });
    expect(() => decide(accepted)).not.toThrow();
    expect(() => decide({ ...accepted, kind: 'retry' })).toThrow(/no move/);
  });

  it('finds a connection, and a job, that leap', () => {
    const move = (before: string, state: string) =>
      after(legalMoves, {}).decide({
        facts: [
          { kind: `agent.${state}`, subject: 'a-a1', agent: 'a1', state, detail: { before } },
        ],
      });
    expect(() => move('suspect', 'lost')).not.toThrow();
    expect(() => move('connected', 'lost')).toThrow(/from connected to lost/);
    const job = (state: string) => ({ [key.job('j')]: { name: 'j', generation: 1, state } });
    const turn = (from: string, to: string) =>
      after(legalMoves, {}, job(from)).decide({ writes: job(to) });
    expect(() => turn('running', 'finished')).not.toThrow();
    expect(() => turn('stopping', 'running')).toThrow(/from stopping to running/);
    expect(() => turn('finishing', 'starting')).toThrow(/from finishing to starting/);
  });
});

const jobRow = (counts: Partial<JobRow['counts']>, state = 'running') =>
  ({ name: 'j', generation: 1, state, counts: { ...NO_COUNTS, ...counts } }) as unknown as Value;

const mine = { job: 'j', generation: 1 } as const;

describe('counters', () => {
  const stage = () =>
    after(
      counters,
      { ...mine, ...HELD, state: 'inProgress' },
      { [key.job('j')]: jobRow({ active: 1 }) },
    );
  const lost = fact('lost', 'waiting', { cause: 'lost' });
  const waits = (counts: Partial<JobRow['counts']>) => ({
    facts: [lost],
    writes: { ...sub({ ...mine, ...HELD, state: 'waiting' }), [key.job('j')]: jobRow(counts) },
  });

  it('finds a count that is not the number of what is counted', () => {
    expect(() => stage().decide(waits({ waiting: 1, lost: 1 }))).not.toThrow();
    expect(() => stage().decide(waits({ active: 1, lost: 1 }))).toThrow(
      /counts 1 active, and 0 are/,
    );
    expect(() => stage().decide(waits({ waiting: 1, lost: 2 }))).toThrow(
      /counts 2 lost, and 1 are/,
    );
  });

  it('counts an attempt that follows another, unless that was never started', () => {
    const again = (cause: 'lost' | 'neverStarted', retried: number) =>
      after(
        counters,
        { ...mine, ...HELD, state: 'queued', cause },
        { [key.job('j')]: jobRow({ queued: 1 }) },
      ).decide({
        facts: [fact('assign', 'sent', { attempt: 2, cause: null })],
        writes: {
          ...sub({ ...mine, ...HELD, attempt: 2, state: 'sent' }),
          [key.job('j')]: jobRow({ active: 1, retried }),
        },
      });
    expect(() => again('lost', 1)).not.toThrow();
    expect(() => again('lost', 0)).toThrow(/counts 0 retried, and 1 are/);
    expect(() => again('neverStarted', 1)).toThrow(/counts 1 retried, and 0 are/);
  });
});

describe('indexes', () => {
  const flight = { [key.flight(0)]: [7] };
  const queued = { [key.queue(null, 'work', 7)]: null };
  const stage = () => after(indexes, {}, queued);
  const sent = sub({ ...HELD, state: 'sent' });

  it('finds what is in flight and not among it, or still queued', () => {
    const left = { [key.queue(null, 'work', 7)]: undefined };
    expect(() => stage().decide({ writes: { ...sent, ...flight, ...left } })).not.toThrow();
    expect(() => stage().decide({ writes: { ...sent, ...left } })).toThrow(
      /not among those in flight/,
    );
    expect(() => stage().decide({ writes: { ...sent, ...flight } })).toThrow(
      /still in the index: queue/,
    );
  });

  it('finds what waits, or is held, and is not there', () => {
    const waiting = {
      ...HELD,
      state: 'waiting',
      deadlineAt: 90,
      held: true,
      heldUntil: 90,
    } as const;
    const all = { [key.due(90, 7)]: null, [key.held('a1', 7)]: null };
    const writes = sub(waiting);
    expect(() => after(indexes, waiting).decide({ writes: { ...writes, ...all } })).not.toThrow();
    for (const name of Object.keys(all)) {
      const some = { ...writes, ...all, [name]: undefined };
      expect(() => after(indexes, waiting).decide({ writes: some })).toThrow(/is not in the index/);
    }
    const due = { [key.due(91, 7)]: null };
    expect(() => after(indexes, waiting, all).decide({ writes: due })).toThrow(/is not so/);
  });

  it('finds an attempt before whose agent is forgotten', () => {
    const next = (holder: object) =>
      after(indexes, { ...HELD, state: 'queued' }, queued).decide({
        facts: [fact('assign', 'sent', { attempt: 2 })],
        writes: {
          ...sub({ ...HELD, attempt: 2, agent: 'a2', state: 'sent' }),
          ...flight, [key.queue(null, 'work', 7)]: undefined, ...holder,
        }, // prettier-ignore
      });
    expect(() => next({ [key.holder(7, 1)]: 'a1' })).not.toThrow();
    expect(() => next({})).toThrow(/Nobody knows any more/);
  });
});

describe('completion once', () => {
  const finished = { kind: 'job.finished', subject: 'j-j', job: 'j', state: 'finished' };
  const ends = (from: string, facts: readonly Told[], to = 'finished') =>
    after(completionOnce, {}, { [key.job('j')]: jobRow({}, from) }).decide({
      facts,
      writes: { [key.job('j')]: jobRow({}, to) },
    });

  it('finds an end that is told twice, never, or again', () => {
    expect(() => ends('running', [finished])).not.toThrow();
    expect(() => ends('running', [finished, finished])).toThrow(/told 2 times/);
    expect(() => ends('running', [])).toThrow(/told 0 times/);
    expect(() => ends('finished', [finished])).toThrow(/told 1 times/);
    expect(() => ends('finished', [], 'running')).toThrow(/was over and is running/);
  });
});

describe('told once', () => {
  const outcome = { state: 'done', result: 'ok', at: 0, late: false } as const;
  const settled = { kind: 'settled', birth: 7, outcome } as const;
  const reply = { kind: 'reply', ticket: 1, value: null } as const;
  const done = sub({ ...HELD, state: 'done' });

  it('finds a command that is answered twice', () => {
    const stage = after(toldOnce, {}).decide({ then: [reply] });
    expect(() => stage.decide({ then: [reply] })).toThrow(/Ticket 1 is answered twice/);
  });

  it('finds an end that is told twice, or never', () => {
    const out = { ...HELD, state: 'inProgress' } as const;
    expect(() => after(toldOnce, out).decide({ writes: done, then: [settled] })).not.toThrow();
    expect(() => after(toldOnce, out).decide({ writes: done })).toThrow(/told 0 times/);
    expect(() => after(toldOnce, out).decide({ then: [settled] })).toThrow(/has not ended/);
    const twice = { writes: done, then: [settled, settled] };
    expect(() => after(toldOnce, out).decide(twice)).toThrow(/told 2 times/);
  });
});
