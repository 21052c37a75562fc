/**
 * Begins the source of a periodic job again with each run: whoever started it here, or went on with it after a
 * restart, has left it with its items.
 *
 *   startJob({ rules: { ticks }, items }) ─▶ add ─┐
 *   job.started by a tick ────────────────────────┴▶ feed: run 2, 3, 4 …
 *   job.stopped, job.finished ─▶ forgotten
 *
 * The facts of a term are told to whoever follows, also those that the last term did not live to tell, so no
 * run is missed.
 */
import type { Handler } from '../handlers/handler.ts';
import { InvalidSetting } from '../machines/timing.ts';
import type { ControllerNode } from './controller.ts';
import type { Items } from './job-handle.ts';
import { isOpen } from './job-run.ts';
import { key, type JobRow } from './records.ts';
import type { WorkItem } from './work-item.ts';

/** Where the work of a job comes from. */
export interface SourceOf<T> {
  /** Does all of it; left out: each item says. */
  readonly handler?: Handler<T, unknown>;
  readonly items: Items<T | WorkItem>;
  readonly by?: string;
}

/** A source, and the last run that has been handed it. */
interface Kept {
  readonly source: SourceOf<unknown>;
  generation: number;
}

export class Recurring {
  readonly #kept = new Map<string, Kept>();
  readonly #node: Pick<ControllerNode, 'follow' | 'store'>;
  readonly #feed: (row: JobRow, source: SourceOf<unknown>) => void;

  /** @param feed hands the items of a source over to a run that a tick has begun */
  constructor(
    node: Pick<ControllerNode, 'follow' | 'store'>,
    feed: (row: JobRow, source: SourceOf<unknown>) => void,
  ) {
    this.#node = node;
    this.#feed = feed;
    node.follow((entries) => {
      for (const [, { kind, job, cause }] of entries) {
        if (!job) continue;
        if (kind === 'job.finished' || kind === 'job.stopped') this.#kept.delete(job);
        else if (kind === 'job.started' && cause === 'tick') this.#look(job);
      }
    });
  }

  /** @param row the run that has its source; a tick may have begun the next one in that very turn */
  add({ name, generation }: JobRow, source: SourceOf<unknown>): void {
    this.#kept.set(name, { source, generation });
    this.#look(name);
  }

  #look(job: string): void {
    const kept = this.#kept.get(job);
    const row = this.#node.store.get(key.job(job)) as unknown as JobRow | undefined;
    if (!kept || !row || row.generation <= kept.generation || !isOpen(row)) return;
    kept.generation = row.generation;
    this.#feed(row, kept.source);
  }
}

/** @throws {InvalidSetting} for items that would be spent after the first run */
export function checkRepeatable(items: Items<unknown>): void {
  if (typeof items === 'function') return;
  const again: unknown =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  if (again !== items) return;
  throw new InvalidSetting(
    'A job that runs again needs items that can be begun again: give a list, or a function that makes them.',
  );
}
