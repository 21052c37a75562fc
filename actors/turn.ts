/**
 * One turn while it is open, and what it has come to.
 *
 *   take, due ──▶ get, range │ put, delete, record ──▶ entries and writes: one batch of the store
 *                            └ act, actNow ──────────▶ effects: behind the record, or at once
 */
import type { Batch, KeyRange, Value } from '../store/store.ts';
import type { Step } from './tap.ts';
import type { Layer, View } from './view.ts';

export interface Turn<Effect> {
  readonly number: number;
  /** Instant of the turn, in ms: wall clock at the start of the life plus elapsed time since. */
  readonly at: number;
  /** How late the loop woke for it, in ms: for so long at least it has read nothing. */
  readonly lateMs: number;
  get(key: string): Value | undefined;
  range(range: KeyRange): Iterable<readonly [string, Value]>;
  put(key: string, value: Value): void;
  delete(key: string): void;
  /** Number that the next fact will get. */
  readonly next: number;
  /** Adds a fact to the journal and returns its number. */
  record(entry: Value): number;
  /** Facts with lower numbers are not needed any more. */
  forgetBefore(number: number): void;
  /** Runs the effect once this turn is durable. */
  act(effect: Effect): void;
  /** Runs the effect at once, whatever the disk does. See I2 of the loop. */
  actNow(effect: Effect): void;
}

/** A turn as its loop has it. */
export class RunTurn<Input, Effect> implements Turn<Effect> {
  readonly number: number;
  readonly at: number;
  readonly lateMs: number;
  inputs: readonly Input[] = [];
  due: readonly string[] = [];
  readonly entries: Value[] = [];
  readonly layer: Layer;
  readonly effects: Effect[] = [];
  recorded = false;
  #forgets = 0;
  readonly #now: Effect[] = [];
  readonly #position: number;
  readonly #view: View;
  readonly #perform: (effect: Effect) => void;

  /** @param ground number of the last fact before it, what it reads, and who runs what does not wait */
  constructor(
    { number, at, lateMs }: { number: number; at: number; lateMs: number },
    ground: { position: number; view: View; perform: (effect: Effect) => void },
  ) {
    this.number = number;
    this.at = at;
    this.lateMs = lateMs;
    this.#position = ground.position;
    this.#view = ground.view;
    this.#perform = ground.perform;
    this.layer = ground.view.begin();
  }

  get(key: string): Value | undefined {
    return this.#view.get(key);
  }

  range(range: KeyRange): Iterable<readonly [string, Value]> {
    return this.#view.range(range);
  }

  put(key: string, value: Value): void {
    this.layer.write(key, value);
  }

  delete(key: string): void {
    this.layer.write(key, undefined);
  }

  get next(): number {
    return this.#position + this.entries.length + 1;
  }

  record(entry: Value): number {
    return this.#position + this.entries.push(entry);
  }

  forgetBefore(number: number): void {
    this.#forgets = Math.max(this.#forgets, number);
  }

  act(effect: Effect): void {
    this.effects.push(effect);
  }

  actNow(effect: Effect): void {
    this.#now.push(effect);
    this.#perform(effect);
  }

  /** It has nothing to record. */
  get isEmpty(): boolean {
    return this.entries.length === 0 && this.layer.writes.size === 0 && this.#forgets === 0;
  }

  get batch(): Batch {
    const writes = [...this.layer.writes].map(([key, value]) =>
      value === undefined ? { delete: key } : { put: key, value },
    );
    const { entries } = this;
    return this.#forgets === 0
      ? { entries, writes }
      : { entries, writes, forgetBefore: this.#forgets };
  }

  /** @param readings what the clock said while it was decided, where an effect asked it afresh */
  step(readings: readonly number[]): Step<Input, Effect> {
    return {
      turn: this.number,
      at: this.at,
      lateMs: this.lateMs,
      inputs: this.inputs,
      due: this.due,
      entries: this.entries,
      writes: this.layer.writes,
      now: this.#now,
      later: this.effects,
      readings,
    };
  }
}
