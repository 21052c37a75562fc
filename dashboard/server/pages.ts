/** Pages of a list: how many items, after which, and no more bytes than may be sent at once. */
import { jsonText } from './json.ts';
import type { Query } from './query.ts';

const LIMIT = 100;
const LIMIT_MAX = 1_000;
/** A page of facts ends here: what a handler said of a failure may be long. */
const PAGE_BYTES = 400_000;

export const limitOf = (query: Query): number => query.whole('limit', 1, LIMIT_MAX) ?? LIMIT;
export const afterOf = (query: Query): number =>
  query.whole('after', 0, Number.MAX_SAFE_INTEGER) ?? 0;

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
