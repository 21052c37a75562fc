/**
 * Watches a run of a job from outside until it ends, a periodic job until it is stopped: progress, and connection
 * events above it.
 *
 *   every 250 ms ─▶ its view, and the trouble since ─▶ … ─▶ ended: its last view
 *        └─ nobody answers ─▶ asked on (patience.ts); a controller that has ended in order has left the
 *                             directory idle: the end may be on record there
 */
import type { HistoryPage } from '../actors/history.ts';
import { runOf, type JobDetail } from '../actors/queries.ts';
import { jobView, type JobView } from '../actors/views.ts';
import { isNoAnswer, type Api } from './api-client.ts';
import { CommandFailed, exitCodes } from './failure.ts';
import { onRecord } from './on-record.ts';
import { jobLine } from './outcome.ts';
import type { Patience } from './patience.ts';
import { createProgress } from './progress.ts';
import { asking } from './reach.ts';
import type { Report } from './report.ts';
import { TROUBLE_KINDS, tellTrouble } from './timeline.ts';
import type { Call } from './verb.ts';

const LOOK_EVERY_MS = 250;

/** One run of a job. */
export interface Run {
  readonly name: string;
  readonly generation: number;
}

/**
 * Resolves with how the run ended, or undefined when somebody interrupted.
 *
 * @param see called with each view
 */
export async function watchJob(
  call: Call,
  api: Api,
  patience: Patience,
  run: Run,
  see: (view: JobView) => void = () => {},
): Promise<JobView | undefined> {
  const { screen, clock } = call;
  const progress = createProgress(screen, clock);
  const tellSince = createTeller(api, screen);
  const tellRun = createRunTeller(screen);
  const onRecord = endOnRecord(call, run);
  const tellObstacle = createObstacleTeller(screen);
  try {
    for (;;) {
      const look = async () => {
        await tellSince();
        return viewOf(api, run);
      };
      const view = await patience.ask(look, onRecord);
      if (view === undefined) return undefined;
      progress.show({ ...view, total: view.total ?? 0 });
      tellObstacle(view);
      see(view);
      tellRun(view);
      if (isOver(view)) return view;
      await patience.pause(LOOK_EVERY_MS);
    }
  } finally {
    progress.end();
  }
}

/**
 * Watches a run to its end and reports it. @returns the exit code
 * @throws {CommandFailed} `interrupted`: the job goes on
 */
export async function watchToEnd(
  call: Call,
  api: Api,
  patience: Patience,
  run: Run,
  report: Report,
): Promise<number> {
  const ended = await watchJob(call, api, patience, run);
  if (ended === undefined) throw left(run.name);
  return reportEnd(call, api, ended, report);
}

/** Reports how a run has ended. A command that was its controller may have ended since, in order. */
export async function reportEnd(
  call: Call,
  api: Api,
  ended: JobView,
  report: Report,
): Promise<number> {
  try {
    return await report(call, api, ended);
  } catch (error) {
    if (!isNoAnswer(error) || call.values.url !== undefined) throw error;
    return asking(call, (idle) => report(call, idle, ended));
  }
}

/** Whoever watched has left; the job is none of this process. */
export const left = (name: string): CommandFailed =>
  new CommandFailed(
    exitCodes.interrupted,
    `Interrupted; "${name}" goes on: \`lifeline watch ${name}\` shows it, \`lifeline stop ${name}\` stops it.`,
  );

/** Nothing follows: neither more of the run nor another one. */
export const isOver = ({ state }: Pick<JobView, 'state'>): boolean =>
  state === 'finished' || state === 'stopped';

/** Tells once of each run of a periodic job that is over. */
function createRunTeller(screen: Call['screen']): (view: JobView) => void {
  let told = 0;
  return (view) => {
    const { generation, state, nextAt } = view;
    if (state !== 'resting' || told === generation) return;
    told = generation;
    screen.line(`Run ${generation} of ${jobLine(view)}; the next one at ${nextAt ?? '-'}`);
  };
}

/** How a run is getting on; of a periodic job its last one. @throws {CommandFailed} `notFound` */
async function viewOf({ get }: Api, { name, generation }: Run): Promise<JobView> {
  const { older, ...latest } = await get<JobDetail>(`/api/v1/jobs/${name}`);
  if (latest.ticks.length > 0) return latest;
  // A run may have ended and the next one begun between two looks.
  return older.find((view) => view.generation === generation) ?? latest;
}

/** Tells the trouble since the last call, from the first call on. */
function createTeller({ get }: Api, screen: Call['screen']): () => Promise<void> {
  let told: number | undefined;
  return async () => {
    const { position } = await get<{ readonly position: number }>('/api/v1/status');
    // From there on, not from the last trouble: it may be a million facts ago.
    for (let after: number | null = told ?? position; after !== null && after < position;) {
      const kind = TROUBLE_KINDS.join();
      const page: HistoryPage = await get('/api/v1/history', { after, kind, limit: 1_000 });
      for (const fact of page.items) if (fact.n <= position) tellTrouble(screen, fact);
      after = page.next;
    }
    told = position;
  };
}

/** Says what holds a job back, each time that it is something else. */
function createObstacleTeller(screen: Call['screen']): (view: JobView) => void {
  let told: string | undefined;
  return ({ name, obstacle }) => {
    const text = obstacle?.text;
    // A free slot is waited for all the time.
    if (text !== undefined && text !== told && obstacle?.obstacle !== 'noSlot')
      screen.line(`${name} waits: ${text}.`);
    told = text;
  };
}

/** The view of a run that has ended on record. */
const endOnRecord = (call: Call, run: Run) =>
  onRecord(call, (store) => {
    const row = runOf(store, run.name, run.generation);
    return row && isOver(row) ? jobView(row, call.clock.now()) : undefined;
  });
