/**
 * Cancels what a run has that is being stopped, a piece at a time: a run may have millions, and a turn must not take
 * long.
 *
 *   hooks ─▶ what is queued by itself ─▶ what lies untouched on sheets ─▶ what is out ─▶ what waits
 */
import type { Ground } from './ground.ts';
import { liveHooks } from './job-hooks.ts';
import type { Queues } from './queue.ts';
import { lastNumber, under, type JobRow, type SubRow } from './records.ts';
import type { Sheets } from './sheets.ts';
import type { SubTransactions } from './sub-transaction.ts';

/** Sub-transactions cancelled in one turn when a job is stopped. */
const CANCELS_PER_TURN = 1_000;
const SHEETS_PER_TURN = 1_000;

export class JobStop {
  readonly #ground: Ground;
  readonly #subs: () => SubTransactions;
  readonly #queues: Queues;
  readonly #sheets: Sheets;

  constructor(ground: Ground, subs: () => SubTransactions, queues: Queues, sheets: Sheets) {
    this.#ground = ground;
    this.#subs = subs;
    this.#queues = queues;
    this.#sheets = sheets;
  }

  /** `untouched`: how many were cancelled on their sheets, which nobody has counted. `isMore`: come again. */
  cancelSome(row: JobRow): { readonly untouched: number; readonly isMore: boolean } {
    const { turn } = this.#ground.loop;
    const { name, generation } = row;
    const isMine = (sub: SubRow | undefined) => sub?.job === name && sub.generation === generation;
    const mineOf = (births: Iterable<number>) =>
      those(births, (birth) => isMine(this.#subs().row(birth)));
    const cancel = (birth: number) =>
      this.#subs().send(birth, { type: 'cancel', at: turn.at, by: row.stoppedBy! });
    for (const hook of liveHooks(row)) cancel(hook.birth);
    const queued = [...take(mineOf(this.#queues.ofJob(name)), CANCELS_PER_TURN)];
    queued.forEach(cancel);
    const { items, isMore } = this.#sheets.cancel(name, row.stoppedBy!, SHEETS_PER_TURN);
    if (queued.length === CANCELS_PER_TURN || isMore) return { untouched: items, isMore: true };
    for (const sub of [...this.#subs().inFlight()]) if (isMine(sub)) cancel(sub.birth);
    [...mineOf(births(turn.range(under('due'))))].forEach(cancel);
    return { untouched: items, isMore: false };
  }
}

function* births(keys: Iterable<readonly [string, unknown]>): Iterable<number> {
  for (const [text] of keys) yield lastNumber(text);
}

function* those(births: Iterable<number>, isWanted: (birth: number) => boolean): Iterable<number> {
  for (const birth of births) if (isWanted(birth)) yield birth;
}

function* take<T>(items: Iterable<T>, limit: number): Iterable<T> {
  let left = limit;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}
