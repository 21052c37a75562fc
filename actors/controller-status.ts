/**
 * How a controller stands at this moment, beside what is on record.
 *
 *   recovering ──▶ active ──leave──▶ draining ──▶ ended
 *        ▲           │ a turn cannot be recorded
 *        └───────────┘
 */
import type { Term } from './term.ts';

/** How a controller stands: what it is doing, how far its journal goes, and whether it hears its agents. */
export interface ControllerStatus {
  /**
   * `recovering`: no term is active, since the last one could not record a turn; nothing is decided then, and all
   * that is recorded can be read. `draining`: it gives nothing out any more.
   */
  readonly phase: 'active' | 'recovering' | 'draining' | 'ended';
  /** Number of the last fact that has been told. */
  readonly position: number;
  /** False while its transport brings nothing, not even its own word: of agents nothing is known then. */
  readonly hears: boolean;
  /** When the watchdog looks at all that is out there next, in ms since 1970; null while no term is active. */
  readonly nextSweepAt: number | null;
}

/** @param at the present, by the wall clock */
export function statusOf(
  term: Term | undefined,
  node: { readonly isOver: boolean; readonly isLeaving: boolean; readonly position: number },
  at: number,
): ControllerStatus {
  const { isOver, isLeaving, position } = node;
  if (isOver || !term) {
    const phase = isOver ? 'ended' : 'recovering';
    return { phase, position, hears: false, nextSweepAt: null };
  }
  const now = term.loop.at();
  const sweepAt = term.loop.deadlines.of('sweep');
  return {
    phase: isLeaving ? 'draining' : 'active',
    position,
    hears: term.connections.hearing.hears(now),
    // The clock of the turns counts elapsed time, and the wall clock may have jumped since.
    nextSweepAt: sweepAt === undefined ? null : at + Math.max(0, sweepAt - now),
  };
}
