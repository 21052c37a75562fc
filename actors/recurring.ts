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
import { key, type JobRow } from './records.ts';
import type { WorkItem } from './work-item.ts';

/** Where the work of a job comes from. */
export interface SourceOf<T> {
  /** Does all of it; left out: each item says. */
  readonly handler?: Handler<T, unknown>;
  readonly items: Items<T | WorkItem>;
  readonly by?: string;
}

export class Recurring {
  readonly #sources = new Map<string, SourceOf<unknown>>();

  /** @param feed hands the items of a source over to a run that a tick has begun */
  constructor(
    node: Pick<ControllerNode, 'follow' | 'store'>,
    feed: (row: JobRow, source: SourceOf<unknown>) => void,
  ) {
    node.follow((entries) => {
      for (const [, { kind, job, cause }] of entries) {
        const source = job && this.#sources.get(job);
        if (!source) continue;
        if (kind === 'job.finished' || kind === 'job.stopped') this.#sources.delete(job);
        else if (kind === 'job.started' && cause === 'tick')
          feed(node.store.get(key.job(job)) as unknown as JobRow, source);
      }
    });
  }

  add(job: string, source: SourceOf<unknown>): void {
    this.#sources.set(job, source);
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
