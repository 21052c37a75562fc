/**
 * The knife of the demo: cuts the link of one agent in both directions, once enough is done and while that
 * agent has tasks running, and heals it before its time is up.
 *
 *   0            period + delay        2.5 × that            timeout
 *   │── cut ──────────│ suspect ─ re-sends ─│ healed ─ reconciled   │ (would be lost)
 */
import type { TaskRow } from '../actors/agent-records.ts';
import { under } from '../actors/records.ts';
import type { FactView } from '../actors/views.ts';
import { suspectAfterMs } from '../machines/timing.ts';
import { fromAgent, toAgent } from '../transport/subjects.ts';
import type { Embedded } from './embedded.ts';
import { shownDuration, shownTime } from './shown.ts';
import type { Call } from './verb.ts';

/** What was cut, for the story and the proof. Instants in ms since 1970. */
export interface Cut {
  readonly agent: string;
  readonly at: number;
  readonly healedAt: number;
  /** Ids of what the agent was running in that moment. */
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
  { agents, controller, transport }: Embedded,
  afterDone: number,
): Knife {
  const victim = () => agents.at(-1)!;
  const { namespace, period: periodMs, delay: delayMs, timeout: timeoutMs } = values;
  const suspectMs = suspectAfterMs({ version: 0, periodMs, delayMs, timeoutMs });
  const cutMs = Math.min(2.5 * suspectMs, (suspectMs + timeoutMs) / 2);
  let done = 0;
  let made: Omit<Cut, 'healedAt'> | undefined;
  let healedAt: number | undefined;
  let end = () => {};

  const cut = (running: readonly string[]) => {
    made = { agent: victim().id, at: clock.now(), running, done };
    const heals = [toAgent, fromAgent].map((to) =>
      transport.faults.add({ subject: to(namespace, victim().id), cut: true }),
    );
    screen.line(
      `${shownTime(made.at)} ${screen.style('red', `✂ the link to ${victim().id} is cut in both directions, for ${shownDuration(cutMs)}`)}`,
    );
    const heal = () => {
      if (healedAt !== undefined) return;
      for (const healOne of heals) healOne();
      healedAt = clock.now();
      screen.line(`${shownTime(healedAt)} ${screen.style('green', '♥ the link is healed')}`);
    };
    const cancel = clock.after(cutMs, heal);
    end = () => {
      cancel();
      heal();
    };
  };
  const unfollow = controller.follow((facts) => {
    done += facts.filter(isDone).length;
    if (made || done < afterDone) return;
    const running = runningAt(victim().store);
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

/** What an agent has begun and not ended, by its own records. */
function runningAt(store: Embedded['store']): readonly string[] {
  return [...store.range(under('task'))]
    .map(([, row]) => row as unknown as TaskRow)
    .filter(({ ended }) => ended === null)
    .map(({ id }) => id);
}
