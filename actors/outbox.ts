/**
 * The agent's durable outbox: endings of attempts, and steps of them that are done once, each named by its place and by the one before it, kept
 * until the controller has recorded them (A18).
 *
 *   add ─▶ [ sent … | unsent … ] ─▶ frames          trim: recorded up to a place
 *               ▲          │
 *               └─ rewind ─┘   the link is new, a hole was seen, or nobody answered for period + delay
 */
import type { Value } from '../store/store.ts';
import type { EndEntry, OutboxEntry, OutboxPlace, StepEntry } from '../transport/frame.ts';
import { encodedBytes } from '../transport/msgpack.ts';
import { agentKey } from './agent-records.ts';
import type { Memory, Remembering } from './freezing.ts';

/** Bytes of entries in one frame; one entry is at most a result of 256 KB. */
const BYTES_PER_FRAME = 300_000;

/** Entries, and their bytes, that may be unanswered at once, so that a silent controller is not flooded. */
const UNANSWERED = 4_000;
const UNANSWERED_BYTES = 4 * 1024 * 1024;

interface Writes {
  put(key: string, value: Value): void;
  delete(key: string): void;
}

/** What is put in: it gets its place here. */
export type NewEntry = Omit<EndEntry, 'place' | 'after'> | Omit<StepEntry, 'place' | 'after'>;

/** True when `place` comes after `known` in the outbox of one store. */
export function isAfter(place: OutboxPlace, known: OutboxPlace | null): boolean {
  return (
    known === null || place.boot > known.boot || (place.boot === known.boot && place.n > known.n)
  );
}

export const isSamePlace = (a: OutboxPlace | null, b: OutboxPlace | null): boolean =>
  a?.boot === b?.boot && a?.n === b?.n;

export class Outbox implements Remembering {
  readonly #boot: number;
  #entries: { readonly entry: OutboxEntry; readonly bytes: number }[];
  #last: OutboxPlace | null;
  #left: OutboxPlace | null = null;
  #sent = 0;
  #sentBytes = 0;

  /**
   * @param kept entries still owed, in order
   * @param last the last entry ever written in this store
   */
  constructor(boot: number, kept: readonly OutboxEntry[], last: OutboxPlace | null) {
    this.#boot = boot;
    this.#entries = kept.map((entry) => ({ entry, bytes: encodedBytes(entry) }));
    this.#last = last;
  }

  get last(): OutboxPlace | null {
    return this.#last;
  }

  /** What precedes the first entry still held: a controller that lacks it will never get it. */
  get oldest(): OutboxPlace | null {
    return this.#entries.length > 0 ? this.#entries[0]!.entry.after : this.#last;
  }

  /** The last entry that is in a frame since the last rewind, or null. */
  get sent(): OutboxPlace | null {
    return this.#sent === 0 ? null : this.#entries[this.#sent - 1]!.entry.place;
  }

  /** The last of those whose frame has left, or null: what does not wait for the record must name no later one. */
  get left(): OutboxPlace | null {
    return this.#sent === 0 ? null : this.#left;
  }

  /** A frame has left which named that place. */
  hasLeft(place: OutboxPlace | null): void {
    if (place !== null && isAfter(place, this.#left)) this.#left = place;
  }

  get hasUnsent(): boolean {
    const isOpen = this.#sentBytes < UNANSWERED_BYTES && this.#sent < UNANSWERED;
    return isOpen && this.#sent < this.#entries.length;
  }

  /** Everything that is kept has been sent since the last rewind. */
  get isSaid(): boolean {
    return this.#sent === this.#entries.length;
  }

  /** True while something sent has not been recorded by the controller. */
  get isOwed(): boolean {
    return this.#entries.length > 0;
  }

  /** Puts an ending in, in the same batch as the exit it belongs to. Returns its place. */
  add(entry: NewEntry, turn: Writes): OutboxPlace {
    const n = this.#last?.boot === this.#boot ? this.#last.n + 1 : 1;
    const whole: OutboxEntry = { place: { boot: this.#boot, n }, after: this.#last, ...entry };
    this.#last = whole.place;
    this.#entries.push({ entry: whole, bytes: encodedBytes(whole) });
    turn.put(agentKey.out(whole.place), whole as unknown as Value);
    return whole.place;
  }

  /** The next entries to send, as many as fit into a frame. */
  take(): readonly OutboxEntry[] {
    const taken: OutboxEntry[] = [];
    let bytes = 0;
    while (this.hasUnsent) {
      const next = this.#entries[this.#sent]!;
      if (taken.length > 0 && bytes + next.bytes > BYTES_PER_FRAME) break;
      taken.push(next.entry);
      bytes += next.bytes;
      this.#sentBytes += next.bytes;
      this.#sent++;
    }
    return taken;
  }

  /**
   * The controller has recorded all up to `place`. False when that was known.
   * @param taken called with each step that may be begun now: one of an older boot is of no use to anybody
   */
  trim(place: OutboxPlace, turn: Writes, taken: (entry: StepEntry) => void = () => {}): boolean {
    let gone = 0;
    while (gone < this.#entries.length && !isAfter(this.#entries[gone]!.entry.place, place)) {
      const { entry, bytes } = this.#entries[gone]!;
      turn.delete(agentKey.out(entry.place));
      if (gone < this.#sent) this.#sentBytes -= bytes;
      if ('step' in entry && !entry.step.isDone && entry.place.boot === this.#boot) taken(entry);
      gone++;
    }
    this.#entries.splice(0, gone);
    this.#sent = Math.max(0, this.#sent - gone);
    return gone > 0;
  }

  /** All that is kept is to be sent again. */
  rewind(): void {
    this.#left = null;
    this.#sent = 0;
    this.#sentBytes = 0;
  }

  /** What is kept is for a controller that is no longer followed: nobody will ask for it. Returns how many. */
  drop(turn: Writes): number {
    const dropped = this.#entries.splice(0);
    for (const { entry } of dropped) turn.delete(agentKey.out(entry.place));
    this.#last = null;
    this.rewind();
    return dropped.length;
  }

  remember(memory: Memory): void {
    this.#entries = memory.keep('entries', this.#entries);
    this.#last = memory.keep('last', this.#last);
    this.#left = memory.keep('left', this.#left);
    this.#sent = memory.keep('sent', this.#sent);
    this.#sentBytes = memory.keep('sentBytes', this.#sentBytes);
  }
}
