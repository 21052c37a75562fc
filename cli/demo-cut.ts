/**
 * The knife of the demo: cuts the link of one agent in both directions, once enough is done and while that
 * agent has work, and heals it before its time is up.
 *
 *   0            period + delay        2.5 × that            timeout
 *   │── cut ──────────│ suspect ─ re-sends ─│ healed ─ reconciled   │ (would be lost)
 */
import { pageOfSubTransactions } from '../actors/queries.ts';
import type { FactView, SubTransactionSummary } from '../actors/views.ts';
import { suspectAfterMs } from '../machines/timing.ts';
import type { Stage } from './demo-stage.ts';
import { shownDuration, shownTime } from './shown.ts';
import type { Call } from './verb.ts';

/** What was cut, for the story and the proof. Instants in ms since 1970. */
export interface Cut {
  readonly agent: string;
  readonly at: number;
  readonly healedAt: number;
  /**
   * Ids of what the agent was running in that moment, by the controller's records: it had said that it has
   * it, or it was sent long enough ago, and no end was told.
   */
  readonly running: readonly string[];
  /** Done by then. */
  readonly done: number;
}

export interface Knife {
  /** What was cut; undefined when it never came to that. */
  cut(): Cut | undefined;
  /** Heals what is cut and puts the knife away. */
  end(): void;
}

/** @param afterDone cuts when so many tasks are done */
export function cutOnce(
  { clock, screen, values }: Pick<Call, 'clock' | 'screen' | 'values'>,
  stage: Stage,
  afterDone: number,
): Knife {
  const { victim } = stage;
  const { period: periodMs, delay: delayMs, timeout: timeoutMs } = values;
  const suspectMs = suspectAfterMs({ version: 0, periodMs, delayMs, timeoutMs });
  const cutMs = Math.min(2.5 * suspectMs, (suspectMs + timeoutMs) / 2);
  let done = 0;
  let made: Omit<Cut, 'healedAt'> | undefined;
  let healedAt: number | undefined;
  let end = () => {};

  const cut = (running: readonly string[]) => {
    stage.cut();
    made = { agent: victim, at: clock.now(), running, done };
    screen.line(
      `${shownTime(made.at)} ${screen.style('red', `✂ the link to ${victim} is cut ${stage.cutHow}, for ${shownDuration(cutMs)}`)}`,
    );
    const heal = () => {
      if (healedAt !== undefined) return;
      stage.heal();
      healedAt = clock.now();
      screen.line(
        `${shownTime(healedAt)} ${screen.style('green', `♥ the link is healed${stage.healHow}`)}`,
      );
    };
    const cancel = clock.after(cutMs, heal);
    end = () => {
      cancel();
      heal();
    };
  };
  const unfollow = stage.controller.follow((facts) => {
    done += facts.filter(isDone).length;
    if (made || done < afterDone) return;
    const running = runningAt(stage, victim, clock.now());
    if (running.length > 0) cut(running);
  });
  return {
    cut: () => (made && healedAt !== undefined ? { ...made, healedAt } : undefined),
    end() {
      unfollow();
      end();
    },
  };
}

const isDone = ({ kind, state }: FactView) => kind === 'done' && state === 'done';

const IN_FLIGHT_MAX = 10_000;

/** A request is at its agent by then, on one machine. That it is there is on record a moment later only. */
const ON_THE_WAY_MS = 20;

function runningAt({ store }: Pick<Stage, 'store'>, agent: string, at: number): readonly string[] {
  const isThere = ({ state, sentAt }: SubTransactionSummary) =>
    state !== 'sent' || (sentAt !== null && Date.parse(sentAt) <= at - ON_THE_WAY_MS);
  const filter = { states: ['sent', 'received', 'inProgress', 'idle'] } as const;
  return pageOfSubTransactions(store, filter, IN_FLIGHT_MAX)
    .items.filter((item) => item.agent === agent && isThere(item))
    .map(({ id }) => id);
}
