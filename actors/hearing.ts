/**
 * Whether the controller hears, and what it may therefore judge. A probe that it publishes to itself comes
 * back behind every frame that the broker had for it: only then is it certain that silence is silence, and
 * not an answer that lies unread while its link or its own loop was down (protocol B3, C11).
 *
 *   deaf ──probe back in time──▶ hearing, all silence counted anew from now
 *    ▲                              │
 *    └── the transport is away, or no probe is back for so long ──┘
 *
 *   deadline due ──▶ waits ──a probe that was sent since is back──▶ judged, if it is still due then
 */

import type { Memory, Remembering } from './freezing.ts';

/** What a probe has brought. */
export interface ProbeBack {
  /** Hearing begins with it. */
  readonly begins: boolean;
  /** It came in time: who is silent may be judged. */
  readonly inTime: boolean;
  /** Names of the deadlines that have waited for it. */
  readonly judged: readonly string[];
}

export class Hearing implements Remembering {
  readonly everyMs: number;
  readonly #withinMs: number;
  #since = 0;
  #lastBackAt = -Infinity;
  #awayAt = -Infinity;
  /** Deadlines that wait for a probe, with the instant from which on it must have been sent. */
  readonly #waiting = new Map<string, number>();

  /** @param delayMs how long a probe may take beyond its period */
  constructor(periodMs: number, delayMs: number) {
    this.everyMs = Math.max(1, Math.min(1_000, Math.floor(periodMs / 2)));
    this.#withinMs = this.everyMs + delayMs;
  }

  /** Whether it hears now. */
  hears(at: number): boolean {
    return at - this.#lastBackAt <= this.#withinMs;
  }

  /** For how long it has been hearing without interruption, in ms; 0 while it does not. */
  forMs(at: number): number {
    return this.hears(at) ? at - this.#since : 0;
  }

  /** The transport is away: probes that are under way say nothing any more. */
  away(at: number): void {
    this.#awayAt = at;
    this.#lastBackAt = -Infinity;
  }

  /** A deadline is due: it is judged with the first probe that is sent from now on and comes back. */
  wait(name: string, at: number): void {
    if (!this.#waiting.has(name)) this.#waiting.set(name, at);
  }

  waits(name: string): boolean {
    return this.#waiting.has(name);
  }

  /** A probe sent at `sentAt` is back. */
  back(sentAt: number, at: number): ProbeBack {
    if (sentAt <= this.#awayAt) return { begins: false, inTime: false, judged: [] };
    const inTime = at - sentAt <= this.#withinMs;
    const begins = inTime && !(at - this.#lastBackAt <= this.#withinMs);
    if (inTime) this.#lastBackAt = at;
    if (begins) this.#since = at;
    const judged = [...this.#waiting].flatMap(([name, since]) => (since <= sentAt ? name : []));
    for (const name of judged) this.#waiting.delete(name);
    return { begins, inTime, judged };
  }

  remember(memory: Memory): void {
    this.#since = memory.keep('since', this.#since);
    this.#lastBackAt = memory.keep('lastBackAt', this.#lastBackAt);
    this.#awayAt = memory.keep('awayAt', this.#awayAt);
    memory.fill('waiting', this.#waiting);
  }
}
