/**
 * Where a job has work: in which stretches of 1,024 births. Who looks for the work of one job among millions
 * looks there and nowhere else.
 *
 *   births/<job>/<page>     written with the first birth of the job in that stretch
 */
import type { KeyRange, Value } from '../store/store.ts';
import { key, lastNumber } from './records.ts';
import type { Span } from './number-tables.ts';

const PAGE = 1_024;

const pageOf = (birth: number) => Math.floor(birth / PAGE);

/** First birth of a stretch. */
export const pageStart = (page: number) => page * PAGE;

interface Readable {
  range(range: KeyRange): Iterable<readonly [string, Value]>;
}

interface Writable extends Readable {
  get(key: string): Value | undefined;
  put(key: string, value: Value): void;
  delete(key: string): void;
}

/** A job gets work of these births, both inclusive. */
export function notePages(turn: Writable, job: string, from: number, to: number): void {
  for (let page = pageOf(from); page <= pageOf(to); page++)
    if (turn.get(key.jobPage(job, page)) === undefined) turn.put(key.jobPage(job, page), null);
}

/** The stretches in which a job has work, in the order of the span. */
export function* pagesOf(store: Readable, job: string, span: Span): Iterable<number> {
  const { from, to, reverse = false } = span;
  const range = { from: key.jobPage(job, pageOf(from)), to: key.jobPage(job, pageOf(to) + 1) };
  for (const [name] of store.range({ ...range, reverse })) yield lastNumber(name);
}

/** Nothing of a job is on record below that birth any more. */
export function dropPages(turn: Writable, job: string, below: number): void {
  const range = { from: key.jobPage(job, 0), to: key.jobPage(job, pageOf(below)) };
  for (const [name] of [...turn.range(range)]) turn.delete(name);
}
