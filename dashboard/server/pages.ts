/** Pages of a list: how many items, after which, and no more bytes than may be sent at once. */
import { parseId } from '../../transport/ids.ts';
import { jsonText } from './json.ts';
import type { Query } from './query.ts';

const LIMIT = 100;
const LIMIT_MAX = 1_000;
/** A page of facts ends here: what a handler said of a failure may be long. */
const PAGE_BYTES = 400_000;

export const limitOf = (query: Query): number => query.whole('limit', 1, LIMIT_MAX) ?? LIMIT;
/** Undefined: the first page. */
export const startOf = (query: Query): { readonly after?: number } => {
  const after = query.whole('after', 0, Number.MAX_SAFE_INTEGER);
  return after === undefined ? {} : { after };
};
export const afterOf = (query: Query): number => startOf(query).after ?? 0;

/** A page of what is listed by name. */
export interface NamedPage {
  readonly limit: number;
  /** One more than the page has: whether others follow. */
  readonly asked: { readonly after?: string; readonly limit: number };
}

/** Agents and jobs come by the thousand: fewer are one page. */
export function namedPage(query: Query, what: string): NamedPage {
  const after = query.text('after');
  const limit = query.whole('limit', 1, LIMIT_MAX) ?? LIMIT_MAX;
  const from = after === undefined ? {} : { after: parseId(after, what) };
  return { limit, asked: { ...from, limit: limit + 1 } };
}

/** As much of a page of facts as may be sent at once. */
export function fitting<Item extends { readonly n: number }>(page: {
  readonly items: readonly Item[];
  readonly next: number | null;
}): { readonly items: readonly Item[]; readonly next: number | null } {
  let size = 0;
  for (const [index, item] of page.items.entries()) {
    size += Buffer.byteLength(jsonText(item));
    if (size <= PAGE_BYTES || index === 0) continue;
    return { items: page.items.slice(0, index), next: page.items[index - 1]!.n };
  }
  return page;
}
