/**
 * The recorder: a tap that writes down what each life of a node takes in and what it decides, so that the
 * same code can be made to decide it again.
 *
 *   life ─▶ had (what the store held), runner (what it said) ─▶ turn ─▶ … ─▶ durable ─▶ … ─▶ over
 *                    └── each before the turn that has read it
 *
 * Tapes are per life: a life is fully told by its beginning, by what it read, and by the order of its turns
 * and their records. It can be taken up from a moment at which nothing of it was under way:
 *
 *   checkpoint() ─▶ the loop is quiet ─▶ frozen {all that the life remembers} ─▶ turn ─▶ …
 */
import type { AgentEffect, AgentInput } from '../../actors/agent-ground.ts';
import type { ControllerEffect, ControllerInput } from '../../actors/ground.ts';
import type { BootLife, BootTap, LifeTap, Tap, TermLife } from '../../actors/tap.ts';
import type { Store } from '../../store/store.ts';
import { Known } from './known.ts';
import { createRunnerReads, type RunnerReads, type RunnerSaid } from './runner-reads.ts';
import { spell, type Hide, type Json } from './spelling.ts';
import { stepBody } from './step-body.ts';
import { createStoreReads } from './store-reads.ts';
import type { Word } from './tape-line.ts';

/** Takes a line. Must not throw. */
export type Write = (lane: string, word: Word, body: Json) => void;

/** The lane of a controller; that of an agent is its id. */
export const CONTROLLER = 'controller';

/** Keys of a life that are remembered as told. */
const POINTS_MAX = 200_000;

export interface Recorder extends Tap {
  /** Each life is written down whole as soon as nothing of it is under way: a replay may begin there. */
  checkpoint(): void;
}

/** @param hide what is kept out; undefined: nothing */
export function createRecorder(write: Write, hide: Hide | undefined): Recorder {
  const lives = new Map<string, { wants: boolean }>();
  const begin = <Input, Effect extends { readonly kind: string }>(
    lane: string,
    life: Life,
    reads?: RunnerReads,
  ): LifeTap<Input, Effect> => {
    const tell = (word: Word, what: unknown) => write(lane, word, spell(what, hide));
    const known = new Known();
    const state = { wants: false };
    lives.set(lane, state);
    tell('life', life.body);
    return {
      store: createStoreReads(life.store, known, (had) => tell('had', had)),
      turn(step) {
        for (const key of step.writes.keys()) known.point(key);
        // What is told twice does no harm.
        if (known.points > POINTS_MAX) known.clear();
        tell('turn', stepBody(step));
      },
      durable: (turn, at, readings) =>
        tell('durable', { turn, at, ...(readings.length > 0 && { readings }) }),
      get waits() {
        return state.wants;
      },
      quiet(turn, freeze) {
        if (!state.wants) return;
        state.wants = false;
        known.clear();
        reads?.forget();
        tell('frozen', { life: { ...life.body, ...life.anew }, turn, state: freeze() });
      },
      over(why, open) {
        if (lives.get(lane) === state) lives.delete(lane);
        tell('over', { why, ...(open && { open: stepBody(open) }) });
      },
    };
  };
  return {
    term({ store, ...life }: TermLife) {
      const body = { kind: 'term', ...life };
      return begin<ControllerInput, ControllerEffect>(CONTROLLER, { body, anew: EMPTY, store });
    },
    boot({ store, runner, ...life }: BootLife): BootTap {
      const { agent, records } = life;
      const { handlers, policies, containment, endedByLease } = runner;
      const body = { kind: 'boot', ...life, handlers, policies, containment, endedByLease };
      const anew = { ...EMPTY, records: { ...records, tasks: [], outbox: [] } };
      const tell = (said: RunnerSaid) => write(agent, 'runner', spell(said, hide));
      const reads = createRunnerReads(runner, tell);
      const tap = begin<AgentInput, AgentEffect>(agent, { body, anew, store }, reads);
      return Object.assign(tap, { runner: reads.runner });
    },
    checkpoint() {
      for (const life of lives.values()) life.wants = true;
    },
  };
}

/** A life as it is written down. */
interface Life {
  readonly store: Store;
  readonly body: object;
  /** What is said otherwise of it when it is frozen: the rest stands in what was frozen. */
  readonly anew: object;
}

const EMPTY = { batch: { entries: [], writes: [] } };
