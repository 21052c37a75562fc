/**
 * The recorder: a tap that writes down what each life of a node takes in and what it decides, so that the
 * same code can be made to decide it again.
 *
 *   life ─▶ had (what the store held), runner (what it said) ─▶ turn ─▶ … ─▶ durable ─▶ … ─▶ over
 *                    └── each before the turn that has read it
 *
 * Tapes are per life: a life is fully told by its beginning, by what it read, and by the order of its turns
 * and their records.
 */
import type { AgentEffect, AgentInput } from '../../actors/agent-ground.ts';
import type { ControllerEffect, ControllerInput } from '../../actors/ground.ts';
import type { BootLife, BootTap, LifeTap, Tap, TermLife } from '../../actors/tap.ts';
import type { Store } from '../../store/store.ts';
import { Known } from './known.ts';
import { createRunnerReads } from './runner-reads.ts';
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

/** @param hide what is kept out; undefined: nothing */
export function createRecorder(write: Write, hide: Hide | undefined): Tap {
  const begin = <Input, Effect extends { readonly kind: string }>(
    lane: string,
    life: { readonly store: Store },
    body: object,
  ) => {
    const tell = (word: Word, what: unknown) => write(lane, word, spell(what, hide));
    const known = new Known();
    tell('life', body);
    const tap: LifeTap<Input, Effect> = {
      store: createStoreReads(life.store, known, (had) => tell('had', had)),
      turn(step) {
        for (const key of step.writes.keys()) known.point(key);
        // What is told twice does no harm.
        if (known.points > POINTS_MAX) known.clear();
        tell('turn', stepBody(step));
      },
      durable: (turn, at, readings) =>
        tell('durable', { turn, at, ...(readings.length > 0 && { readings }) }),
      over(why, open) {
        tell('over', { why, ...(open && { open: stepBody(open) }) });
      },
    };
    return { tap, tell };
  };
  return {
    term(life: TermLife) {
      const { at, position, batch, controllerId, term, births, config, known } = life;
      const body = { kind: 'term', at, position, batch, controllerId, term, births, config, known };
      return begin<ControllerInput, ControllerEffect>(CONTROLLER, life, body).tap;
    },
    boot(life: BootLife): BootTap {
      const { at, position, batch, agent, slots, boot, records, runner } = life;
      const { handlers, containment, endedByLease } = runner;
      const body = {
        kind: 'boot', at, position, batch, agent, slots, boot, records,
        handlers, containment, endedByLease,
      }; // prettier-ignore
      const { tap, tell } = begin<AgentInput, AgentEffect>(agent, life, body);
      const reads = createRunnerReads(runner, (said) => tell('runner', said));
      return { ...tap, runner: reads.runner };
    },
  };
}
