/**
 * The scorecard of a run: what each kind of fault did, as text and as JSON.
 *
 *   finding ──at, agent──▶ the faults that were open then ─▶ charged to the one that may cost most
 *                                     └ none ─▶ charged to nobody, and for a loss that is a defect
 *
 * A run holds when nothing is lost, nothing was done twice at once or begun twice, every log is whole, and
 * no fault cost an attempt that may not.
 */
import type { Checked, Finding, Sight } from './checker.ts';
import type { Played } from './director.ts';
import { kindOf, type KindName } from './schedule.ts';
import { timing } from './stage.ts';
import type { Stall } from './watch.ts';

/** What must not be, whatever befell. */
const NEVER: readonly Sight[] = ['unended', 'untrue', 'overlap', 'again', 'accepted', 'log', 'failed', 'leftover']; // prettier-ignore
const LOST: readonly Sight[] = ['unended', 'untrue', 'failed'];
const DUPLICATED: readonly Sight[] = ['overlap', 'again', 'accepted'];
/** A loss is told that long after its cause at the latest: timeout, guard, and a moment. */
const TOLD_WITHIN_MS = timing.timeoutMs + 2_000;
/** What the longest of the harmless faults leaves of a lease. */
const STARVED_MS = 700;

export interface Row {
  readonly kind: KindName | 'none';
  tried: number;
  recovered: number;
  lost: number;
  duplicated: number;
  parked: number;
  late: number;
  superseded: number;
  /** Attempts that it cost. */
  attempts: number;
  longestRecoveryMs: number;
}

export interface Scorecard {
  readonly seed: number;
  readonly holds: boolean;
  readonly rows: readonly Row[];
  readonly total: Row;
  readonly tasks: number;
  readonly done: number;
  readonly attempts: number;
  readonly logBytes: number;
  readonly elapsedMs: number;
  /** Sentences about what must not be; empty when the run holds. */
  readonly defects: readonly string[];
  /** Losses while this machine had no time for anybody: counted apart. */
  readonly starved: number;
  /** Logs with a gap that is marked as one, while a disk was full. */
  readonly gaps: number;
  readonly notes: readonly string[];
}

export interface Run {
  readonly seed: number;
  /** How many were handed over. */
  readonly tasks: number;
  readonly played: readonly Played[];
  readonly checked: Checked;
  readonly stalls: readonly Stall[];
  readonly elapsedMs: number;
  readonly notes: readonly string[];
}

export function scorecard(run: Run): Scorecard {
  const { seed, played, checked, stalls, elapsedMs, notes } = run;
  const rows = new Map<string, Row>();
  const rowOf = (kind: Row['kind']) => rows.get(kind) ?? rows.set(kind, empty(kind)).get(kind)!;
  const defects: string[] = [];
  let starved = 0;
  let gaps = 0;
  if (checked.accepted !== run.tasks) {
    defects.push(`${run.tasks} tasks were handed over, and ${checked.accepted} are on record.`);
  }
  for (const { kind, beganAt, healedAt, recoveredAt, n, agent } of played) {
    const row = rowOf(kind);
    row.tried++;
    if (recoveredAt === null) {
      const whom = agent ?? 'all';
      defects.push(
        `Fault ${n}, ${kind} of ${whom} at ${clockTime(beganAt)}, was not recovered from.`,
      );
      continue;
    }
    row.recovered++;
    row.longestRecoveryMs = Math.max(row.longestRecoveryMs, recoveredAt - healedAt);
  }
  for (const finding of checked.findings) {
    const { sight, at, says } = finding;
    const open = openAt(played, finding);
    const charged = open.find(({ kind }) => kindOf(kind).mayCost) ?? open[0];
    add(rowOf(charged?.kind ?? 'none'), sight);
    const where = `${clockTime(at)}, ${finding.agent ?? '-'}, ${charged?.kind ?? 'no fault'}`;
    if (NEVER.includes(sight)) defects.push(`${sight} (${where}): ${says}`);
    if (sight === 'gap') {
      if (open.some(({ kind }) => kindOf(kind).needsDisk)) gaps++;
      else defects.push(`${sight} (${where}): ${says}`);
    }
    if (sight === 'loss' && !open.some(mayHaveCost)) {
      if (isStarved(stalls, at)) starved++;
      else defects.push(`${sight} (${where}): ${says}, to no fault that may cost one`);
    }
  }
  const sorted = [...rows.values()].sort((a, b) => a.kind.localeCompare(b.kind));
  return {
    seed,
    holds: defects.length === 0,
    rows: sorted,
    total: sum(sorted),
    tasks: checked.accepted,
    done: checked.done,
    attempts: checked.attempts,
    logBytes: checked.logBytes,
    elapsedMs,
    defects,
    starved,
    gaps,
    notes,
  };
}

/** One that lasted longer than it should, since a process was slow to start, may cost attempts, too. */
const mayHaveCost = ({ kind, beganAt, healedAt }: Played): boolean => {
  const { mayCost, bearsMs = timing.timeoutMs - timing.periodMs - timing.delayMs } = kindOf(kind);
  return mayCost || healedAt - beganAt > bearsMs;
};

/** Whether this machine had so little time before that moment that no timing holds. */
const isStarved = (stalls: readonly Stall[], at: number): boolean =>
  stalls
    .filter(({ from, to }) => from < at && to > at - TOLD_WITHIN_MS)
    .reduce((sum, { from, to }) => sum + to - from, 0) > STARVED_MS;

/** Faults that may be behind what was found, the latest first. */
function openAt(played: readonly Played[], { at, agent }: Finding): readonly Played[] {
  return played
    .filter(({ beganAt, healedAt, recoveredAt, befell }) => {
      const isMeant = agent === null || befell.includes(agent);
      return isMeant && beganAt <= at && at <= (recoveredAt ?? healedAt) + TOLD_WITHIN_MS;
    })
    .sort((a, b) => b.beganAt - a.beganAt);
}

const empty = (kind: Row['kind']): Row => ({
  kind, tried: 0, recovered: 0, lost: 0, duplicated: 0, parked: 0, late: 0, superseded: 0, attempts: 0,
  longestRecoveryMs: 0,
}); // prettier-ignore

function add(row: Row, sight: Sight): void {
  if (LOST.includes(sight)) row.lost++;
  else if (DUPLICATED.includes(sight)) row.duplicated++;
  else if (sight === 'parked' || sight === 'late' || sight === 'superseded') row[sight]++;
  else if (sight === 'loss') row.attempts++;
}

function sum(rows: readonly Row[]): Row {
  const total = empty('none');
  for (const row of rows) {
    for (const name of COUNTS) total[name] += row[name];
    total.longestRecoveryMs = Math.max(total.longestRecoveryMs, row.longestRecoveryMs);
  }
  return total;
}

const COUNTS = [
  'tried', 'recovered', 'lost', 'duplicated', 'parked', 'late', 'superseded', 'attempts',
] as const; // prettier-ignore

export function textOf(card: Scorecard): string {
  const line = (name: string, row: Row) =>
    [
      name.padEnd(22),
      ...COUNTS.map((count) => String(row[count]).padStart(count.length + 2)),
      seconds(row.longestRecoveryMs).padStart(16),
    ].join('');
  const head = ['kind'.padEnd(22), ...COUNTS.map((count) => `  ${count}`), '    max recovery'];
  const { tasks, done, attempts, seed, logBytes } = card;
  return [
    head.join(''),
    ...card.rows.map((row) => line(row.kind, row)),
    line('total', card.total),
    '',
    `${tasks} tasks, ${done} done, ${attempts} attempts, ${logBytes} bytes of log, seed ${seed}, ${seconds(card.elapsedMs)}`,
    ...(card.starved > 0
      ? [`Lost while this machine had no time for anybody: ${card.starved} attempts.`]
      : []),
    ...(card.gaps > 0 ? [`Logs with a marked gap, while a disk was full: ${card.gaps}.`] : []),
    ...card.notes,
    ...card.defects.slice(0, 40).map((defect) => `✗ ${defect}`),
    ...(card.defects.length > 40 ? [`… ${card.defects.length - 40} more`] : []),
    card.holds ? '✓ All of it holds.' : `✗ ${card.defects.length} defects. Again: --seed ${seed}`,
    '',
  ].join('\n');
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const clockTime = (at: number) => (at === 0 ? '-' : new Date(at).toISOString().slice(11, 23));
