/**
 * How a controller of the command line leaves, and what it tells on stderr.
 *
 *   1st signal ─▶ nothing new is given out ─▶ agents of this process have let end what runs
 *                      ─▶ (--handover: agents elsewhere are granted a longer lease) ─▶ who keeps what, until when
 *   2nd signal ─▶ closed at once
 */
import type { Controller } from '../actors/controller-api.ts';
import { checkConfig } from '../actors/controller-config.ts';
import { OutcomeUnknown } from '../actors/controller.ts';
import type { Keeper } from '../actors/handover.ts';
import { handoverMs } from '../machines/timing.ts';
import { aborted } from './aborted.ts';
import { exitCodes } from './failure.ts';
import { withinOf } from './open-agent.ts';
import { counted, shownDuration, shownTime } from './shown.ts';
import type { Call } from './verb.ts';

/** Agents that are told of one by one, those first whose tasks have the least time. */
const MOST_NAMED = 20;

interface Leaving {
  readonly controller: Controller;
  /** Agents of this process. */
  readonly agents: readonly unknown[];
  readonly settle: () => Promise<boolean>;
}

/** @throws {InvalidSetting} when `--handover` does not fit the timing */
export function checkHandover({ values, controllerSettings }: Call): void {
  if (values.handover !== undefined)
    handoverMs(checkConfig(controllerSettings).timing, values.handover);
}

/** Resolves with the exit code when the controller may be closed. */
export async function leave(call: Call, { controller, agents, settle }: Leaving): Promise<number> {
  const { screen, values, clock, hurry } = call;
  const { handover: timeoutMs } = values;
  screen.line(leavingLine(call, agents.length > 0));
  await whateverBecomes(controller.leave());
  const isWhole = agents.length === 0 || (await settle());
  const handing = controller.handOver(timeoutMs === undefined ? {} : { timeoutMs });
  const kept = await Promise.race([whateverBecomes(handing), aborted(hurry())]);
  for (const line of keptLines(kept ?? [], clock.now(), timeoutMs !== undefined)) screen.line(line);
  return isWhole || hurry().aborted ? exitCodes.done : exitCodes.someFailed;
}

/** A term that ends meanwhile is no reason to stay. */
async function whateverBecomes<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof OutcomeUnknown) return undefined;
    throw error;
  }
}

function leavingLine({ values }: Call, hasOwnAgents: boolean): string {
  const own = hasOwnAgents ? `; what runs here may end first${withinOf(values)}` : '';
  const longer =
    values.handover === undefined
      ? ''
      : `; agents elsewhere are granted a lease of ${shownDuration(values.handover)}`;
  return `Leaving: nothing new is given out${own}${longer}. A second signal ends it at once.`;
}

/**
 * A line for each agent that has tasks, and by when to start the next controller.
 *
 * @param at now
 * @param wasAsked a longer lease was to be granted
 */
export function keptLines(
  kept: readonly Keeper[],
  at: number,
  wasAsked: boolean,
): readonly string[] {
  const when = (until: number) => `${shownTime(until)}, another ${shownDuration(until - at)}`;
  const first = [...kept].sort((a, b) => (a.until ?? 0) - (b.until ?? 0));
  const lines = first.slice(0, MOST_NAMED).map(({ agent, tasks, until, isGranted }) => {
    const its = counted(tasks, 'task');
    if (until === null) return `${agent} is not heard: nobody knows how long its ${its} may run.`;
    const why = wasAsked && !isGranted ? ' has not confirmed the longer lease: it' : '';
    return `${agent}${why} keeps its ${its} until ${when(until)}.`;
  });
  if (kept.length > MOST_NAMED) lines.push(`So do ${kept.length - MOST_NAMED} more, for longer.`);
  const startBefore = first.find(({ until }) => until !== null)?.until;
  if (startBefore === undefined || startBefore === null) return lines;
  return [
    ...lines,
    `Start the next controller on this data directory before ${shownTime(startBefore)}: later than that tasks are killed, and may be done again.`,
  ];
}
