/**
 * Names that begin with what somebody has typed so far.
 *
 *   'fla' ─▶ job/fla… , id/fla… , agent/fla…  ─▶ the first of each, in order
 *
 * Ids that a job has made for its work (`film-1-3`) are nowhere in a list: their job is found instead.
 */
import type { Recorded } from './facts.ts';
import type { Kind } from './queries.ts';
import { ID_PATTERN } from '../transport/ids.ts';
import { key } from './records.ts';

export interface NamedThing {
  readonly kind: Kind;
  readonly name: string;
}

/** Of each kind. */
const MOST = 5;
/** Follows every character that a name may have. */
const END = '{';

/** At most five of a kind: jobs, then sub-transactions, then agents. */
export function namesLike(store: Recorded, prefix: string): readonly NamedThing[] {
  if (!ID_PATTERN.test(prefix)) return [];
  const kinds: readonly (readonly [Kind, (name: string) => string])[] = [
    ['job', key.job],
    ['subTransaction', key.id],
    ['agent', key.agent],
  ];
  return kinds.flatMap(([kind, keyOf]) => {
    const items: NamedThing[] = [];
    for (const [found] of store.range({ from: keyOf(prefix), to: keyOf(prefix) + END })) {
      items.push({ kind, name: found.slice(keyOf('').length) });
      if (items.length === MOST) break;
    }
    return items;
  });
}
