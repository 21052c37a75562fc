/**
 * What of a store is in the recording already: keys, and spans of keys of which all is known.
 *
 *   get sub/7      ──▶ point sub/7
 *   range queue/…  ──▶ span [queue/, queue0)      within it a key that was not told is not there
 *
 * A key that the life itself writes is known from then on.
 */
import { compareKeys } from '../../store/key-order.ts';

type Span = readonly [from: string, to: string];

export class Known {
  #points = new Set<string>();
  /** In order, apart from each other. */
  #spans: Span[] = [];

  /** Points that are remembered one by one. */
  get points(): number {
    return this.#points.size;
  }

  has(key: string): boolean {
    if (this.#points.has(key)) return true;
    const span = this.#spans[this.#after(key) - 1];
    return span !== undefined && compareKeys(key, span[1]) < 0;
  }

  /** Whether all between the two is known. */
  covers(from: string, to: string): boolean {
    const span = this.#spans[this.#after(from) - 1];
    return span !== undefined && compareKeys(to, span[1]) <= 0;
  }

  point(key: string): void {
    if (!this.has(key)) this.#points.add(key);
  }

  span(from: string, to: string): void {
    let [low, high] = [from, to];
    const joined = this.#spans.filter(
      (span) => compareKeys(span[0], to) <= 0 && compareKeys(span[1], from) >= 0,
    );
    for (const span of joined) {
      if (compareKeys(span[0], low) < 0) low = span[0];
      if (compareKeys(span[1], high) > 0) high = span[1];
    }
    const at = this.#after(low) - (joined[0]?.[0] === low ? 1 : 0);
    this.#spans.splice(at, joined.length, [low, high]);
  }

  clear(): void {
    this.#points = new Set();
    this.#spans = [];
  }

  /** Index of the first span that begins behind `key`. */
  #after(key: string): number {
    let low = 0;
    for (let high = this.#spans.length; low < high;) {
      const middle = (low + high) >> 1;
      if (compareKeys(this.#spans[middle]![0], key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
