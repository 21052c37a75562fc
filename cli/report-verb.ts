/** `lifeline report`: what happened in a time range, added up from the journal. */
import type { AttemptCounts, ReportView, SlowTask } from '../actors/report.ts';
import { instant } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import { exitCodes, usage } from './failure.ts';
import { parseWhen } from './history.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { shownCount, shownDuration } from './shown.ts';
import { fieldLines, tableLines, type Column } from './table.ts';
import type { Call, Verb } from './verb.ts';

export const reportVerb: Verb = {
  name: 'report',
  arguments: '',
  summary: 'what happened in a time range: ends and their causes, attempts, agents, the slowest',
  settings: reachSettings,
  options: [
    ['--from <WHEN>', 'not before: 2030-01-31T12:00:00Z, or 24h for a day ago (default 24h)'],
    ['--to <WHEN>', 'before (default: now)'],
    ['--job <NAME>', 'of this job and its tasks only'],
  ],
  run: (call) =>
    asking(call, async ({ get }) => {
      const view = await get<ReportView>('/api/v1/report', rangeOf(call));
      if (call.values.json) call.print(jsonDocument(view));
      else for (const line of reportLines(view)) call.print(line);
      return exitCodes.done;
    }),
};

function rangeOf({ options, clock }: Call) {
  const { from = '24h', to, job } = options as Readonly<Record<string, string | undefined>>;
  const now = clock.now();
  const begin = parseWhen(from, '--from', now);
  const end = to === undefined ? now : parseWhen(to, '--to', now);
  if (end < begin) throw usage('A report must end after it begins: exchange --from and --to.');
  return {
    from: instant(begin),
    to: instant(end),
    job: job === undefined ? undefined : parseId(job, 'job name'),
  };
}

const AGENT: readonly Column[] = [
  { title: 'AGENT' },
  { title: 'ATTEMPTS', align: 'right' },
  { title: 'DONE', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'KILLED', align: 'right' },
  { title: 'LOST', align: 'right' },
  { title: 'NEVER STARTED', align: 'right' },
  { title: 'RAN', align: 'right' },
];

const SLOW: readonly Column[] = [
  { title: 'SLOWEST' },
  { title: 'ATTEMPT', align: 'right' },
  { title: 'AGENT' },
  { title: 'ENDED' },
  { title: 'RAN', align: 'right' },
];

export function reportLines(view: ReportView): readonly string[] {
  const ends = Object.entries(view.ended).flatMap(([state, causes]) =>
    Object.entries(causes).map(([cause, n]): readonly [string, string] => [
      cause === state ? state : `${state} (${cause})`,
      shownCount(n),
    ]),
  );
  return [
    ...fieldLines([
      ['from', view.from],
      ['to', view.to],
      ['job', view.job],
      ['handed in', shownCount(view.accepted)],
      ...ends,
      ['attempts', shownCount(view.attempts.given)],
      ['retries', shownCount(view.retries)],
      ['lost', shownCount(view.attempts.lost)],
    ]),
    ...part(
      AGENT,
      view.agents.map(({ agent, ranMs, ...counts }) => [
        agent,
        ...cellsOf(counts),
        shownDuration(ranMs),
      ]),
    ),
    ...part(SLOW, view.slowest.map(slowCells)),
  ];
}

const cellsOf = ({ given, done, failed, killed, lost, neverStarted }: AttemptCounts) =>
  [given, done, failed, killed, lost, neverStarted].map(shownCount);

const slowCells = ({ id, attempt, agent, ending, ranMs }: SlowTask) => [
  id,
  String(attempt),
  agent ?? '-',
  ending,
  shownDuration(ranMs),
];

const part = (columns: readonly Column[], rows: readonly (readonly string[])[]) =>
  rows.length === 0 ? [] : ['', ...tableLines(columns, rows)];
