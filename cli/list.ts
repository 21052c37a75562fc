/** `lifeline list`: the jobs, as a table or as `{ periodic, singlepass, stopped, finished }`. */
import { listJobs, type JobList } from '../actors/queries.ts';
import type { JobView } from '../actors/views.ts';
import { openIdle } from './embedded.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
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

export const list: Verb = {
  name: 'list',
  arguments: '',
  summary: 'the jobs: periodic, singlepass, stopped, finished',
  settings: [],
  options: [],
  async run({ values, clock, print }) {
    const store = await openIdle(values.data);
    try {
      const jobs = listJobs(store, clock.now());
      if (values.json) print(jsonDocument(jobs));
      else for (const line of listLines(jobs)) print(line);
      return exitCodes.done;
    } finally {
      await store.close();
    }
  },
};

export function listLines({ periodic, singlepass, stopped, finished }: JobList): readonly string[] {
  const unfinished = [...periodic, ...singlepass];
  const all = [...unfinished, ...stopped, ...finished];
  if (all.length === 0) return ['There are no jobs yet.'];
  const lines = [...tableLines(COLUMNS, all.map(cellsOf))];
  // Whoever reads the directory holds it, so no job can be under way.
  if (unfinished.length > 0) {
    lines.push('', 'Nothing runs now. The command that began an unfinished job goes on with it.');
  }
  return lines;
}

const countOrNot = (n: number | null) => (n === null ? '-' : shownCount(n));

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
