/**
 * What can be asked of a controller's records. Pure reading of what is committed: a running controller
 * and the idle directory of one that was killed give the same answers.
 *
 *   list, job, sub-transaction, agent          rows, with their facts
 *   show                                       whichever of the three has the name
 */
import type { JobRow, SubRow } from './records.ts';
import { showAgent, type Live } from './agent-queries.ts';
import { attemptView } from './attempt-view.ts';
import { attemptsOf } from './attempts.ts';
import { decisionOf } from './decisions.ts';
import { factsOf, type Recorded } from './facts.ts';
import { noJob } from './job-run.ts';
import { outcomeRowOf } from './outcome.ts';
import { countedAs, key, subject, under } from './records.ts';
import { Refused } from './refused.ts';
import { birthOf, subOf, workOf, type Finds } from './sheet-rows.ts';
import { LAST_NUMBER } from './number-tables.ts';
import { stepsOf, type StepRow } from './steps.ts';
import { search } from './sub-search.ts';
import type { SubTransactionState } from '../machines/sub-transaction.ts';
import type { Value } from '../store/store.ts';
import { ID_PATTERN } from '../transport/ids.ts';
import {
  factView,
  instant,
  instantOrNull,
  jobView,
  outcomeView,
  summaryView,
  type AgentView,
  type JobView,
  type SubTransactionSummary,
  type SubTransactionView,
} from './views.ts';

/** Jobs by what they are doing, each list in order of their names. */
export interface JobList {
  /** Run again and again, and not stopped. */
  readonly periodic: readonly JobView[];
  /** Run once, and not over. */
  readonly singlepass: readonly JobView[];
  readonly stopped: readonly JobView[];
  readonly finished: readonly JobView[];
}

/** Which jobs are listed, in order of their names. */
export interface JobPage {
  /** Only those whose names follow that one. */
  readonly after?: string;
  /** So many at most. */
  readonly limit?: number;
}

/** The present or last run of each job. `at`: the present, for what has not ended. */
export function listJobs(
  store: Recorded,
  at: number,
  { after = '', limit = Infinity }: JobPage = {},
): JobList {
  const list = { periodic: [], singlepass: [], stopped: [], finished: [] } as {
    [K in keyof JobList]: JobView[];
  };
  // No name has a character below `-`, so what follows a name begins behind this.
  const from = after === '' ? under('job').from : `${key.job(after)}!`;
  let listed = 0;
  for (const [, value] of store.range({ from, to: under('job').to })) {
    const row = value as unknown as JobRow;
    const going = row.context.periodic ? 'periodic' : 'singlepass';
    const where = row.state === 'stopped' || row.state === 'finished' ? row.state : going;
    list[where].push(jobView(row, at));
    if (++listed === limit) break;
  }
  return list;
}

/** The row of one run of a job, whether it is the last one or an older one. */
export function runOf(
  store: Pick<Recorded, 'get'>,
  name: string,
  generation: number,
): JobRow | undefined {
  const last = store.get(key.job(name)) as JobRow | undefined;
  if (last?.generation === generation) return last;
  return store.get(key.run(name, generation)) as JobRow | undefined;
}

/** A periodic job has as many runs as it likes. */
const OLDER_MAX = 100;

/** A job with its runs. */
export interface JobDetail extends JobView {
  /** The runs before this one, newest first: the last 100. */
  readonly older: readonly JobView[];
}

/** A job with its older runs. @throws {Refused} `unknown` */
export function showJob(store: Recorded, name: string, at: number): JobDetail {
  const row = get(store, name, key.job) as JobRow | undefined;
  if (!row) throw noJob(name);
  const older: JobView[] = [];
  for (const [, run] of store.range({ ...under(`run/${name}`), reverse: true })) {
    if (older.push(jobView(run as unknown as JobRow, at)) === OLDER_MAX) break;
  }
  return { ...jobView(row, at), older };
}

/** The heartbeat record of a sub-transaction. @throws {Refused} `unknown` */
export function subRowOf(store: Recorded, id: string): SubRow {
  const birth = birthIn(store, id);
  const row = birth === undefined ? undefined : subOf(store, birth);
  if (row) return row;
  throw new Refused(
    'unknown',
    `There is no sub-transaction "${id}"; \`lifeline history\` shows the ids that are known.`,
  );
}

/** What lists show of a sub-transaction. */
export const summaryOf = (store: Recorded, row: SubRow): SubTransactionSummary =>
  summaryView(row, row.state === 'parked' ? parkedAt(store, row) : null);

/** The first of the facts, from the last one back, that all tell of it as parked; some tell no state. */
function parkedAt(store: Recorded, { birth }: SubRow): number | null {
  let at: number | null = null;
  for (const fact of factsOf(store, subject.sub(birth), { reverse: true })) {
    if (fact.state === 'parked') at = fact.at;
    else if (fact.state !== undefined) break;
  }
  return at;
}

/** Everything about one sub-transaction. @throws {Refused} `unknown` */
export function showSubTransaction(store: Recorded, id: string): SubTransactionView {
  const row = subRowOf(store, id);
  const { birth, context } = row;
  const work = workOf(store, birth)!;
  const outcome = outcomeOf(store, birth);
  const facts = [...factsOf(store, subject.sub(birth))];
  const steps = stepsOf(store, birth);
  return {
    ...summaryOf(store, row),
    input: work.input,
    policy: work.policy,
    retryOf: row.retryOf ?? null,
    result: outcome?.state === 'done' ? (outcome.result as Value) : null,
    failure: outcome && outcome.state !== 'done' ? outcome.failure : null,
    nextAt: row.state === 'waiting' ? instantOrNull(context.deadlineAt) : null,
    progress: null,
    toldAt: null,
    attempts: attemptsOf(facts).map((attempt) =>
      attemptView(attempt, logLengthOf(store, birth, attempt.attempt)),
    ),
    decision: decisionOf(row, facts, steps),
    steps: steps.map((step) => stepViewOf(row, step)),
    history: facts.map(factView),
  };
}

function stepViewOf({ state, context }: SubRow, { key: name, attempt, at, isDone, by }: StepRow) {
  const isOut = countedAs[state] === 'active' && attempt === context.attempt;
  const about = { key: name, attempt, at: instant(at), by: by ?? null };
  return { ...about, state: isDone ? 'done' : isOut ? 'begun' : 'unknown' } as const;
}

/** Bytes of an attempt's log that are on record. */
export const logLengthOf = (store: Pick<Recorded, 'get'>, birth: number, attempt: number): number =>
  (store.get(key.logged(birth, attempt)) as number | undefined) ?? 0;

/** How many wait for a decision of a person. */
export const countParked = (store: Pick<Recorded, 'range'>): number =>
  [...store.range(under('parked'))].length;

/** How a sub-transaction has ended; undefined when it has not. */
export function outcomeOf(store: Pick<Recorded, 'get'>, birth: number) {
  const row = outcomeRowOf(store, birth);
  return row && outcomeView(row);
}

/** What a name may be of. */
export type Kind = 'job' | 'subTransaction' | 'agent';

/** What a name stands for. `also`: what else has the same name, and must be asked for by its kind. */
export type Shown = { readonly also: readonly Kind[] } & (
  | ({ readonly kind: 'job' } & JobDetail)
  | ({ readonly kind: 'subTransaction' } & SubTransactionView)
  | ({ readonly kind: 'agent' } & AgentView)
);

/** The job, else the sub-transaction, else the agent of that name. @throws {Refused} `unknown` */
export function show(store: Recorded, name: string, at: number, live?: Live): Shown {
  const known: Record<Kind, unknown> = {
    job: get(store, name, key.job),
    subTransaction: birthIn(store, name),
    agent: get(store, name, key.agent),
  };
  const [kind, ...also] = (Object.keys(known) as Kind[]).filter(
    (candidate) => known[candidate] !== undefined,
  );
  switch (kind) {
    case 'job':
      return { kind, also, ...showJob(store, name, at) };
    case 'subTransaction':
      return { kind, also, ...showSubTransaction(store, name) };
    case 'agent':
      return { kind, also, ...showAgent(store, name, live) };
    default:
      throw nothingCalled(name);
  }
}

/** Which sub-transactions are listed. Everything may be left out. */
export interface SubTransactionFilter {
  readonly job?: string;
  /** Of this run only; counts with `job`. */
  readonly generation?: number;
  readonly states?: readonly SubTransactionState[];
  /** The newest first. Default: in the order in which they were accepted. */
  readonly newest?: boolean;
  /** Only what follows that birth in this order. */
  readonly after?: number;
}

/** Sub-transactions in the order in which they were accepted. It may walk all of them. */
export function* listSubTransactions(
  store: Recorded,
  filter: SubTransactionFilter,
): Iterable<SubTransactionSummary> {
  for (const row of candidates(store, filter)) if (fits(row, filter)) yield summaryOf(store, row);
}

/** Rows looked at for one page, so that a controller that is asked goes on beating. */
const ROWS_PER_PAGE = 10_000;

export interface SubTransactionPage {
  readonly items: readonly SubTransactionSummary[];
  /** What to ask for `after` to get the next page; null: this is the last one. */
  readonly next: number | null;
}

/** At most `limit` of them. A page may have fewer, or none, and others follow all the same: `next` tells. */
export function pageOfSubTransactions(
  store: Recorded,
  filter: SubTransactionFilter,
  limit: number,
): SubTransactionPage {
  const items: SubTransactionSummary[] = [];
  let seen = 0;
  let last = 0;
  for (const row of candidates(store, filter)) {
    if (items.length === limit || seen++ === ROWS_PER_PAGE) return { items, next: last };
    last = row.birth;
    if (fits(row, filter)) items.push(summaryOf(store, row));
  }
  return { items, next: null };
}

function candidates(store: Recorded, filter: SubTransactionFilter): Iterable<SubRow> {
  const { newest = false, after } = filter;
  const span = newest
    ? { from: 0, to: after ?? LAST_NUMBER, reverse: true }
    : { from: (after ?? 0) + 1, to: LAST_NUMBER };
  return search(store, filter, span);
}

const fits = (row: SubRow, { job, generation, states }: SubTransactionFilter): boolean =>
  (job === undefined || row.job === job) &&
  (generation === undefined || row.generation === generation) &&
  (states === undefined || states.includes(row.state));

/** How the facts about whatever has that name are filed. @throws {Refused} `unknown` */
export function subjectOf(store: Recorded, name: string): string {
  if (name === 'controller') return subject.controller;
  // The facts of a job that was cleaned up stay.
  const isJob = [key.job, key.past].some((of) => get(store, name, of) !== undefined);
  if (isJob) return subject.job(name);
  const birth = birthIn(store, name);
  if (birth !== undefined) return subject.sub(birth);
  if (get(store, name, key.agent) !== undefined) return subject.agent(name);
  throw nothingCalled(name);
}

const nothingCalled = (name: string) =>
  new Refused(
    'unknown',
    `There is no job, sub-transaction or agent "${name}"; \`lifeline list\` shows the jobs.`,
  );

/** The birth of what has that id, if somebody could have typed it. */
const birthIn = (store: Finds, id: string) =>
  ID_PATTERN.test(id) ? birthOf(store, id) : undefined;

/** What is stored under a name that somebody typed; nothing is under a name that is no id. */
const get = (store: Pick<Recorded, 'get'>, name: string, of: (name: string) => string) =>
  ID_PATTERN.test(name) ? store.get(of(name)) : undefined;
