/**
 * The end of the journal, followed: one reader for all that want to hear of new facts, over terms and without a
 * controller as well, since it reads what is on record and nothing else.
 *
 *   every 200 ms ─▶ read from the last number on ─▶ at most 5,000 facts ─▶ each listener
 *
 * It reads while somebody listens. What a listener gets are all facts since the last time, in order.
 */
import { entryOf } from '../../actors/entry-row.ts';
import type { Fact } from '../../actors/facts.ts';
import type { ApiAccess } from './access.ts';
import { positionOf } from './position.ts';

const EVERY_MS = 200;
/** Facts of one reading; what is beyond comes with the next one, at once. */
const FACTS_AT_ONCE = 5_000;

type Listener = (facts: readonly Fact[]) => void;

export class JournalTail {
  readonly #access: ApiAccess;
  readonly #listeners = new Set<Listener>();
  #position = 0;
  #cancel = () => {};

  constructor(access: ApiAccess) {
    this.#access = access;
  }

  /** Number of the last fact that was read. */
  get position(): number {
    return this.#position;
  }

  /** Calls `listener` after each reading, also when nothing was new; returns what ends that. */
  follow(listener: Listener): () => void {
    if (this.#listeners.size === 0) {
      this.#position = positionOf(this.#access);
      this.#listeners.add(listener);
      this.#arm(EVERY_MS);
    } else this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#cancel();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#cancel();
  }

  #arm(afterMs: number): void {
    if (this.#listeners.size === 0) return;
    this.#cancel = this.#access.clock.after(afterMs, () => {
      try {
        const isMore = this.#tell();
        this.#arm(isMore ? 0 : EVERY_MS);
      } catch (error) {
        // A disk that fails now may be mended by the next time.
        this.#access.logger.error({ err: error }, 'the end of the journal could not be read');
        this.#arm(EVERY_MS);
      }
    });
  }

  /** Reads on and tells of it; true: there is more. */
  #tell(): boolean {
    const facts: Fact[] = [];
    for (const [n, entry] of this.#access.store.read(this.#position + 1)) {
      facts.push({ n, ...entryOf(entry) });
      if (facts.length === FACTS_AT_ONCE) break;
    }
    this.#position = facts.at(-1)?.n ?? this.#position;
    for (const listener of [...this.#listeners]) listener(facts);
    return facts.length === FACTS_AT_ONCE;
  }
}
