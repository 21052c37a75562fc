/**
 * How long tasks take, by handler: what agents may be given ahead.
 *
 *   slots full, tasks short   ──▶ three times as many wait at the agent: a slot that falls free is used at
 *                                 once, not when the news of it has been recorded and answered
 *   slots full, tasks long    ──▶ nothing: it would wait behind them while another agent falls free
 *
 * Only a job that has more queued than there are slots is given ahead: while it lasts no agent is idle for
 * it. The longest of late counts, not the mean: one long task in a hundred would hold up what waits behind it.
 */

import type { Memory, Remembering } from './freezing.ts';

/** Tasks that take no longer than this are short. A part of it is the agent's disk. */
const SHORT_MS = 50;

/** What is left of the longest with each task that ends: after a pause of a second the next 300. */
const REMEMBERED = 0.99;

/** As what a task counts that is not to be given ahead however short it is. */
const UNSUITED_MS = 3_600_000;

/** As what those count that held up one which waited behind them until it was given back: some 370 tasks long. */
const HOLDING_UP_MS = 2_000;

export class Pace implements Remembering {
  readonly #longest = new Map<string, number>();

  /**
   * A task of the handler has ended as done after `ms`.
   * @param mayRunAgain false: when its agent is lost, what only waited there is parked with what ran
   */
  took(handler: string, ms: number, mayRunAgain: boolean): void {
    const before = (this.#longest.get(handler) ?? 0) * REMEMBERED;
    this.#longest.set(handler, Math.max(before, mayRunAgain ? ms : UNSUITED_MS));
  }

  /** A task of the handler waited at an agent, found no slot and was given back. */
  waitedInVain(handler: string): void {
    this.#longest.set(handler, Math.max(this.#longest.get(handler) ?? 0, HOLDING_UP_MS));
  }

  /** Whether the tasks of the handler are known to be short. */
  isShort(handler: string): boolean {
    return (this.#longest.get(handler) ?? Infinity) <= SHORT_MS;
  }

  remember(memory: Memory): void {
    memory.fill('longest', this.#longest);
  }
}
