/**
 * Whether the controller hears at all: a probe that it publishes to itself comes back in time. While it
 * does not, because its broker is away or its own loop was blocked, it judges nobody (protocol B3).
 *
 *   hearing ──probe late──▶ deaf ──probe back──▶ hearing, counted anew from now
 */
export class Hearing {
  readonly everyMs: number;
  readonly #withinMs: number;
  #since: number | null = null;
  #lastBackAt = -Infinity;

  /** @param delayMs how long a probe may take beyond its period */
  constructor(periodMs: number, delayMs: number) {
    this.everyMs = Math.max(1, Math.min(1_000, Math.floor(periodMs / 2)));
    this.#withinMs = this.everyMs + delayMs;
  }

  /** True while the last probe is young enough. */
  hears(at: number): boolean {
    return this.#since !== null && at - this.#lastBackAt <= this.#withinMs;
  }

  /** A probe sent at `sentAt` is back. Returns true when hearing begins with it. */
  back(sentAt: number, at: number): boolean {
    if (at - sentAt > this.#withinMs) return false;
    const begins = !this.hears(at);
    this.#lastBackAt = at;
    if (begins) this.#since = at;
    return begins;
  }
}
