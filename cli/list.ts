/** `lifeline list`: the jobs, as a table or as `{ periodic, singlepass, stopped, finished }`. */
import type { JobList } from '../actors/queries.ts';
import type { JobView } from '../actors/views.ts';
import { exitCodes } from './failure.ts';
import { shownTicks } from './job-rules.ts';
import { jsonDocument } from './json.ts';
import { everyJob } from './lists.ts';
import { parkedHint } from './parked.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { shownCount, shownDuration } from './shown.ts';
import { tableLines, type Column } from './table.ts';
import type { Verb } from './verb.ts';

const COLUMNS: readonly Column[] = [
  { title: 'JOB' },
  { title: 'RUN', align: 'right' },
  { title: 'STATE' },
  { title: 'TOTAL', align: 'right' },
  { title: 'REMAINING', align: 'right' },
  { title: 'DONE', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'PARKED', align: 'right' },
  { title: 'RETRIED', align: 'right' },
  { title: 'ELAPSED', align: 'right' },
  { title: 'STARTED' },
];

/** Of jobs that run again. */
const TICK_COLUMNS: readonly Column[] = [
  { title: 'NEXT' },
  { title: 'SKIPPED', align: 'right' },
  { title: 'SCHEDULE' },
];

export const list: Verb = {
  name: 'list',
  arguments: '',
  summary: 'the jobs: periodic, singlepass, stopped, finished',
  settings: reachSettings,
  options: [],
  run: (call) =>
    asking(call, async ({ get, isLive }) => {
      const jobs = await everyJob({ get });
      if (call.values.json) call.print(jsonDocument(jobs));
      else {
        const { parked } = await get<{ readonly parked: number }>('/api/v1/status');
        for (const line of [...listLines(jobs, isLive), ...parkedHint(parked)]) call.print(line);
      }
      return exitCodes.done;
    }),
};

/** @param isLive a controller is at work on them */
export function listLines(
  { periodic, singlepass, stopped, finished }: JobList,
  isLive: boolean,
): readonly string[] {
  const unfinished = [...periodic, ...singlepass];
  const all = [...unfinished, ...stopped, ...finished];
  if (all.length === 0) return ['There are no jobs yet.'];
  const ticks = all.some((job) => job.ticks.length > 0);
  const lines = ticks
    ? [
        ...tableLines(
          [...COLUMNS, ...TICK_COLUMNS],
          all.map((job) => [...cellsOf(job), ...tickCellsOf(job)]),
        ),
      ]
    : [...tableLines(COLUMNS, all.map(cellsOf))];
  const held = unfinished.filter(({ obstacle }) => obstacle !== null);
  if (held.length > 0) lines.push('');
  for (const { name, obstacle } of held) lines.push(`${name} waits: ${obstacle!.text}.`);
  if (unfinished.length > 0 && !isLive) {
    lines.push('', 'Nothing runs now. The command that began an unfinished job goes on with it.');
  }
  return lines;
}

const countOrNot = (n: number | null) => (n === null ? '-' : shownCount(n));

const tickCellsOf = ({ nextAt, skippedTicks, ticks }: JobView): readonly string[] =>
  ticks.length === 0 ? [] : [nextAt ?? '-', shownCount(skippedTicks), shownTicks(ticks)];

const cellsOf = (job: JobView): readonly string[] => [
  job.name,
  String(job.generation),
  job.state,
  countOrNot(job.total),
  countOrNot(job.remaining),
  shownCount(job.done),
  shownCount(job.failed),
  shownCount(job.parked),
  shownCount(job.retried),
  job.endedAt === null ? '-' : shownDuration(job.elapsedMs),
  job.startedAt,
];
