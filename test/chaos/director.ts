/**
 * Plays a schedule: each fault begins when whom it befalls is well again, two at once at most, and has an
 * account of how it went.
 *
 *   pause ─▶ room for it, and all it befalls well? ─▶ begun ─▶ healed ─▶ recovered: heard again, connected,
 *                                                                        work was ended since
 */
import type { AgentSummary } from '../../actors/agent-queries.ts';
import { systemClock as clock } from '../../actors/clock.ts';
import { inflict, pause } from './faults.ts';
import type { Fault } from './schedule.ts';
import { timing, type Stage } from './stage.ts';
import type { Seen, Watch } from './watch.ts';

/** The account of one fault. Instants by the clock of this host, which is that of the facts, too. */
export interface Played extends Fault {
  readonly beganAt: number;
  readonly healedAt: number;
  /** Null: not within the bound. */
  readonly recoveredAt: number | null;
  /** Agents that feel it. */
  readonly befell: readonly string[];
}

/** Longest time from heal to well again. */
export const RECOVERED_WITHIN_MS = 45_000;
const AT_ONCE = 2;
/** Well again, an agent needs one beat and its echo before it can bear the next outage. */
const SETTLE_MS = timing.periodMs + timing.delayMs;

/**
 * @param began is called as each begins
 * @param over is called with each account
 */
export async function direct(
  stage: Stage,
  watch: Watch,
  faults: readonly Fault[],
  began: (fault: Fault) => void,
  over: (played: Played) => void,
): Promise<void> {
  const all = stage.agents.map(({ id }) => id);
  /** Who is not well, by the fault that he suffers from. */
  const open = new Map<Fault, readonly string[]>();
  const ended: Promise<void>[] = [];
  let changed = () => {};
  const change = () => new Promise<void>((resolve) => (changed = resolve));

  const play = async (fault: Fault, befell: readonly string[]) => {
    const beganAt = clock.now();
    await inflict(stage, fault);
    const healedAt = clock.now();
    const isWell = await watch.until(wellSince(healedAt, befell), RECOVERED_WITHIN_MS);
    const recoveredAt = isWell ? clock.now() : null;
    over({ ...fault, beganAt, healedAt, recoveredAt, befell });
    await pause(SETTLE_MS);
    open.delete(fault);
    changed();
  };
  for (const [index, fault] of faults.entries()) {
    await pause(fault.pauseMs);
    const befell = fault.agent === null ? all : [fault.agent];
    // Who is silent anyway is not waited for by what shall come inside that silence.
    const silent = fault.isInside ? faults[index - 1] : undefined;
    const mustWait = () => {
      const others = [...open].filter(([one]) => one !== silent);
      return (
        open.size >= AT_ONCE || others.some(([, who]) => who.some((id) => befell.includes(id)))
      );
    };
    while (mustWait()) await change();
    began(fault);
    open.set(fault, befell);
    ended.push(play(fault, befell));
  }
  await Promise.all(ended);
}

function wellSince(healedAt: number, befell: readonly string[]): (seen: Seen) => boolean {
  let doneBefore: number | null = null;
  return ({ agents, job }) => {
    doneBefore ??= job.done;
    const isBusyAgain = job.done > doneBefore || job.remaining === 0;
    return isBusyAgain && befell.every((id) => isWell(agents, id, healedAt));
  };
}

function isWell(agents: readonly AgentSummary[], id: string, since: number): boolean {
  const agent = agents.find((one) => one.id === id);
  if (agent?.heardAt == null || agent.leaving === true) return false;
  const isConnected = agent.connection === 'connected' || agent.connection === 'reconciled';
  return isConnected && Date.parse(agent.heardAt) > since;
}
