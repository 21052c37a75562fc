/**
 * How many sub-transactions are in which state, also when there are millions of them.
 *
 *   in flight, parked     one by one, by their indexes
 *   queued to cancelled   the counts that each run of a job keeps of itself: the present or last one
 *   without a job         queued by their queue; how they have ended by a walk of their own, in slices
 *                         and in the background, which goes on from where it was when it is asked again
 *
 * Hooks are counted while they are out, and not when they have ended.
 */
import type { Clock } from '../../actors/clock.ts';
import type { Recorded } from '../../actors/facts.ts';
import { flightsIn } from '../../actors/flights.ts';
import { key, lastNumber, under, type JobRow, type SubRow } from '../../actors/records.ts';
import { isTerminal } from '../../actors/sub-indexes.ts';
import { rowOf } from '../../actors/sub-row.ts';
import type { SubTransactionState } from '../../machines/sub-transaction.ts';

/** Rows of one slice of the walk, and the pause after it. */
const SLICE = 1_000;
const PAUSE_MS = 10;

/** What was counted is good for so long. */
const KEEP_MS = 500;

/** Of what waits for its next attempt, so many are looked at. */
const WAITING_MAX = 10_000;

export type WorkCounts = Readonly<Record<SubTransactionState, number>>;

export interface Work {
  readonly counts: WorkCounts;
  /** Tasks at agents, by the state that their agent last told. */
  readonly tasks: Readonly<Record<TaskOut, number>>;
  /** False while it is still being counted how work without a job has ended. */
  readonly isComplete: boolean;
}

/** States of a task that runs, or is about to. */
export type TaskOut = 'received' | 'inProgress' | 'killing';

/** What the agent last told of the task of an attempt that is out; undefined: nothing yet. */
export function taskStateOf({ state, context }: SubRow): TaskOut | undefined {
  if (state === 'sent') return undefined;
  if (state === 'cancelling') return 'killing';
  return context.startedAt === null ? 'received' : 'inProgress';
}

type Counting = Record<SubTransactionState, number>;

const none = (): Counting => ({
  queued: 0, sent: 0, received: 0, inProgress: 0, idle: 0, waiting: 0, parked: 0,
  cancelling: 0, done: 0, failed: 0, cancelled: 0,
}); // prettier-ignore

export class Census {
  readonly #store: Recorded;
  readonly #clock: Clock;
  #last: { readonly work: Work; readonly at: number } | undefined;
  /** Of work without a job: how many have ended how, up to a birth, and which have not. */
  readonly #ended = none();
  #walkedTo = 0;
  readonly #open = new Set<number>();
  #isWalking = false;
  #isComplete = false;
  #letGo: () => void = () => {};

  constructor(store: Recorded, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Counts by state, at most half a second old. */
  work(): Work {
    const at = this.#clock.elapsed();
    if (this.#last && at - this.#last.at < KEEP_MS) return this.#last.work;
    if (!this.#isWalking) this.#walk();
    const work = { ...this.#count(), isComplete: this.#isComplete };
    this.#last = { work, at };
    return work;
  }

  #count(): Omit<Work, 'isComplete'> {
    const counts = none();
    const tasks = { received: 0, inProgress: 0, killing: 0 };
    for (const [, value] of this.#store.range(under('job')))
      addRun(counts, value as unknown as JobRow);
    for (const birth of flightsIn(this.#store)) {
      const row = this.#row(birth);
      if (!row) continue;
      counts[row.state]++;
      const task = taskStateOf(row);
      if (task) tasks[task]++;
    }
    counts.parked = this.#keysUnder('parked');
    counts.queued += this.#keysUnder('queue/.');
    counts.waiting += this.#waitingAlone();
    for (const state of ['done', 'failed', 'cancelled'] as const)
      counts[state] += this.#ended[state];
    return { counts, tasks };
  }

  #keysUnder(prefix: string): number {
    let count = 0;
    for (const [name] of this.#store.range(under(prefix))) if (name !== '') count++;
    return count;
  }

  #waitingAlone(): number {
    let [alone, seen] = [0, 0];
    for (const [due] of this.#store.range(under('due'))) {
      if (seen++ === WAITING_MAX) break;
      if (this.#row(lastNumber(due))?.job === null) alone++;
    }
    return alone;
  }

  /** Goes on with the walk, slice by slice, and looks again at those that had not ended. */
  #walk(): void {
    this.#isWalking = true;
    const next = this.#slices();
    const step = () => {
      this.#isWalking = !next.next().done;
      if (this.#isWalking) this.#letGo = this.#clock.after(PAUSE_MS, step);
    };
    step();
  }

  /** Ends the walk. */
  close(): void {
    this.#letGo();
  }

  *#slices(): Generator<void> {
    const before = [...this.#open];
    for (let seen = SLICE; seen === SLICE;) {
      seen = 0;
      const rest = { from: key.sub(this.#walkedTo + 1), to: under('sub').to };
      for (const [, value] of this.#store.range(rest)) {
        const row = rowOf(value);
        this.#walkedTo = row.birth;
        if (row.job === null) this.#meet(row);
        if (++seen === SLICE) break;
      }
      if (seen === SLICE) yield;
    }
    this.#isComplete = true;
    for (const [i, birth] of before.entries()) {
      const row = this.#row(birth);
      if (row) this.#meet(row);
      else this.#open.delete(birth);
      if (i % SLICE === SLICE - 1) yield;
    }
  }

  #meet(row: SubRow): void {
    if (!isTerminal(row)) this.#open.add(row.birth);
    else {
      this.#open.delete(row.birth);
      this.#ended[row.state]++;
    }
  }

  #row(birth: number): SubRow | undefined {
    const value = this.#store.get(key.sub(birth));
    return value === undefined ? undefined : rowOf(value);
  }
}

/** What is active or parked is counted one by one. */
function addRun(counts: Counting, { counts: run }: JobRow): void {
  for (const state of ['queued', 'waiting', 'done', 'failed', 'cancelled'] as const)
    counts[state] += run[state];
}
