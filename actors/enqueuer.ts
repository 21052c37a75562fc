/**
 * Hands the items of a source over to a run: in batches, one command each, never more than the controller
 * takes.
 *
 *   source ──pull──▶ buffer (4,000 items or 2 MB) ──enqueue, cursor──▶ controller ──recorded──▶ next batch
 *                      full: the source waits            └─ new term: ask how far it came, go on from there
 *
 * Invariants:
 *   I1  The cursor is recorded with the items it counts, so that a crash neither repeats nor loses one.
 *   I2  What is gathered goes out as soon as the batch before is recorded: a slow source is not kept
 *       waiting for a batch to fill.
 *   I3  After the end, for whatever reason, the source is told to end too (`return`).
 */
import type { Clock } from './clock.ts';
import type { Command, Item } from './commands.ts';
import { OutcomeUnknown } from './controller.ts';
import { isOpen } from './job-run.ts';
import { remainingOf, takenOf, type JobRow } from './records.ts';
import { Refused } from './refused.ts';
import { InvalidInput } from './work-item.ts';

const BATCH_ITEMS = 4_000;
const BATCH_BYTES = 2_000_000;

/** A new term begins within this time, or the controller is not coming back. */
export const PATIENCE = { tries: 30, pauseMs: 1_000 };

/** What the enqueuer needs of the run that it feeds. */
export interface RunPort {
  readonly name: string;
  readonly generation: number;
  readonly by: string;
  /** Has a batch recorded. Rejects with `Refused`, or `OutcomeUnknown` when the term ended before the answer. */
  enqueue(command: Command & { kind: 'enqueue' }): Promise<unknown>;
  /** The row of the run, as it is recorded. */
  row(): JobRow | undefined;
  readonly after: Clock['after'];
}

/** Where items come from. */
export type Source<T> = Iterator<T, unknown, undefined> | AsyncIterator<T, unknown, undefined>;

interface Batch {
  readonly items: readonly Item[];
  /** Items of the source up to and including this batch. */
  readonly cursor: number;
  /** Nothing comes after it. */
  readonly ended: boolean;
}

export class Enqueuer {
  readonly #run: RunPort;
  #buffer: Item[] = [];
  #bytes = 0;
  #taken: number;
  #sending = false;
  #sourceEnded = false;
  #over: { readonly error: unknown } | null = null;
  /** Called when the buffer has changed, or all is over. */
  #wakeSender = () => {};
  #wakeSource = () => {};
  #settling: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  /** @param taken items that were handed over before and do not come again */
  constructor(run: RunPort, taken: number) {
    this.#run = run;
    this.#taken = taken;
  }

  /**
   * Hands over all that comes. Resolves when the source has ended and everything is recorded, or the run
   * takes no more (it was stopped). Rejects with what the source or `check` threw, with `Refused` for an
   * id that is taken, with `OutcomeUnknown` when the controller is gone for good, or with what `abort`
   * was given.
   *
   * @param skip items at the start of the source that are passed over
   */
  async feed<T>(source: Source<T>, check: (given: T) => Item, skip: number): Promise<void> {
    void this.#pull(source, check, skip);
    try {
      await this.#send();
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'notRunning')) throw error;
    } finally {
      this.abort(this.#takesNoMore());
      if (!this.#sourceEnded) void leave(source);
    }
  }

  /** Resolves when all that was handed over so far has come to rest: ended, or parked. */
  async settled(): Promise<void> {
    this.#throwIfOver();
    return new Promise((resolve, reject) => {
      this.#settling.push({ resolve, reject });
      this.changed();
    });
  }

  /** Facts about the run have been recorded: look whether it has come to rest, or takes no more. */
  changed(): void {
    if (this.#over || this.#sending || this.#buffer.length > 0) return;
    const row = this.#run.row();
    if (!row || !isOpen(row)) this.abort(this.#takesNoMore());
    else if (remainingOf(row.counts) === 0) {
      for (const { resolve } of this.#settling.splice(0)) resolve();
    }
  }

  /** Ends it with this error, unless it is over. */
  abort(error: unknown): void {
    if (this.#over) return;
    this.#over = { error };
    for (const { reject } of this.#settling.splice(0)) reject(error);
    this.#wakeSender();
    this.#wakeSource();
  }

  async #pull<T>(source: Source<T>, check: (given: T) => Item, skip: number): Promise<void> {
    try {
      for (let n = 1; !this.#over; n++) {
        const next = await source.next();
        if (next.done) {
          this.#sourceEnded = true;
          return this.#wakeSender();
        }
        if (n <= skip) continue;
        const item = this.#checked(next.value, check, n);
        this.#buffer.push(item);
        this.#bytes += item.bytes;
        this.#wakeSender();
        while (!this.#over && this.#isFull) {
          await new Promise<void>((resolve) => (this.#wakeSource = resolve));
        }
      }
    } catch (error) {
      this.abort(error);
    }
  }

  #checked<T>(given: T, check: (given: T) => Item, n: number): Item {
    try {
      return check(given);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new InvalidInput(`Item ${n} of job "${this.#run.name}": ${why}`, { cause: error });
    }
  }

  get #isFull(): boolean {
    return this.#buffer.length >= BATCH_ITEMS || this.#bytes >= BATCH_BYTES;
  }

  async #send(): Promise<void> {
    for (;;) {
      while (!this.#over && !this.#sourceEnded && this.#buffer.length === 0) {
        await new Promise<void>((resolve) => (this.#wakeSender = resolve));
      }
      this.#throwIfOver();
      const items = this.#buffer;
      const batch = { items, cursor: this.#taken + items.length, ended: this.#sourceEnded };
      this.#buffer = [];
      this.#bytes = 0;
      this.#sending = true;
      this.#wakeSource();
      await this.#record(batch);
      this.#taken = batch.cursor;
      this.#sending = false;
      if (batch.ended) return;
      this.changed();
    }
  }

  /** Keeps the batch until it is known to be recorded. */
  async #record(batch: Batch): Promise<void> {
    const { name: job, generation, by } = this.#run;
    for (let tries = 1; !this.#isRecorded(batch); tries++) {
      try {
        await this.#run.enqueue({ kind: 'enqueue', job, generation, by, after: null, ...batch });
        return;
      } catch (error) {
        if (!(error instanceof OutcomeUnknown) || tries === PATIENCE.tries) throw error;
      }
      this.#throwIfOver();
      await new Promise<void>((resolve) => this.#run.after(PATIENCE.pauseMs, resolve));
      this.#throwIfOver();
    }
  }

  #throwIfOver(): void {
    if (this.#over) throw this.#over.error;
  }

  #takesNoMore(): Refused {
    return new Refused('notRunning', `The job "${this.#run.name}" takes no more work.`);
  }

  #isRecorded({ cursor, ended }: Batch): boolean {
    const row = this.#run.row();
    return (
      takenOf(row) >= cursor && (ended ? row?.context.sourceEnded === true : cursor > this.#taken)
    );
  }
}

/** A source that has not ended is told that nothing more is wanted; what it says to that is of no use. */
async function leave(source: Source<unknown>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // It failed while it was cleaning up after itself.
  }
}
