/**
 * Durations as people write them: `500ms`, `10s`, `2m`, `1h`, `1d`; a plain number means seconds, as in the
 * source systems. The command line and the scenario files read the same.
 */

export const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Whole milliseconds of a duration, below zero for `-5s`; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const [, number, unit = 's'] = /^([+-]?\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Math.round(Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS]);
}

/** Read again, it gives the same number of ms: 250 → `250ms`, 17001 → `17.001s`, 120000 → `2m`. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms !== 0 && ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  }
  return ms !== 0 && Math.abs(ms) < 1_000 ? `${ms}ms` : `${ms / 1_000}s`;
}
