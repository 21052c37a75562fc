/**
 * How fast something goes, from what was seen of it lately: a count that grows, looked at now and then.
 *
 *   seen 10 s ago: 40 done, now: 100 done ──▶ 6 a second          a count that falls is another run: it begins anew
 */

interface Look {
  readonly at: number;
  readonly count: number;
}

/** What lies further back does not count. */
const WITHIN_MS = 15_000;
/** Over less than that nothing can be said. */
const LEAST_MS = 900;

const seen = new Map<string, Look[]>();

/**
 * Takes note, and says how many a second; null: not known yet.
 * @param of name of what is counted @param at in ms, of this look
 */
export function rateOf(of: string, count: number, at: number): number | null {
  const before = seen.get(of) ?? [];
  const last = before.at(-1);
  const looks = last && (last.count > count || last.at > at) ? [] : before;
  if (looks.at(-1)?.at !== at) looks.push({ at, count });
  while (looks.length > 2 && looks[0]!.at < at - WITHIN_MS) looks.shift();
  seen.set(of, looks);
  const first = looks[0]!;
  if (at - first.at < LEAST_MS || at - first.at > 4 * WITHIN_MS) return null;
  return (count - first.count) / ((at - first.at) / 1_000);
}

/** `12/s`, `0.4/s`, `25/min`. */
export function shownRate(rate: number | null): string {
  if (rate === null) return '–';
  if (rate === 0) return '0/s';
  if (rate >= 10) return `${Math.round(rate).toLocaleString('en-US')}/s`;
  return rate >= 0.5 ? `${rate.toFixed(1)}/s` : `${(rate * 60).toFixed(1)}/min`;
}
