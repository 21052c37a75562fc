/**
 * What the charts show: how agents and jobs stood, every two seconds of the last half hour. It is looked at,
 * not recorded: it begins anew with each controller, and decides nothing.
 *
 *   step      … 41  42  43  44       one instant for all
 *   agent a1      [lag, silence, running, in flight, waiting, connection] × 900, the oldest overwritten
 *   job thumbs            [generation, done, failed, total] × 900
 *
 * 22 KB an agent, 14 KB a job; of at most 1,000 of each.
 */
import type { Clock } from '../../actors/clock.ts';
import type { Controller } from '../../actors/controller-api.ts';
import type { AgentSummary } from '../../actors/agent-queries.ts';
import type { Logger } from '../../actors/logger.ts';
import { instant, type JobView } from '../../actors/views.ts';
import { createSeries, type Series } from './series.ts';

export const STEP_MS = 2_000;
const STEPS = 900;
/** So many agents, and so many jobs, are sampled. */
const MOST = 1_000;

/** How an agent stood. Null: nothing was known of it then. */
export interface AgentSample {
  readonly at: string;
  /** How long its loop had not turned, or how late it last had. */
  readonly lagMs: number | null;
  /** Since its last word. */
  readonly silentMs: number | null;
  readonly running: number | null;
  readonly inFlight: number;
  /** Tasks that waited there for a slot. */
  readonly waiting: number | null;
  /** State of its connection. */
  readonly connection: string | null;
}

/** How the run of a job stood. */
export interface JobSample {
  readonly at: string;
  readonly generation: number;
  readonly done: number;
  readonly failed: number;
  readonly total: number | null;
  /** Done or failed a second, since the sample before; null: there is none of this run. */
  readonly rate: number | null;
}

export interface Samples {
  /** Oldest first. @param from not before that instant, in ms since 1970 */
  ofAgent(id: string, from: number): readonly AgentSample[];
  ofJob(name: string, from: number): readonly JobSample[];
  close(): void;
}

export interface SamplesOptions {
  readonly controller: Pick<Controller, 'agents' | 'list'>;
  readonly clock: Clock;
  /** Hears of a look that failed; the next one is taken all the same. */
  readonly logger: Logger;
}

/** Begins to look; the first sample is taken at once. */
export function openSamples({ controller, clock, logger }: SamplesOptions): Samples {
  const instants: number[] = [];
  const connections: string[] = [];
  const agents = new Map<string, Series>();
  const jobs = new Map<string, Series>();
  let going = new Set<string>();
  let step = -1;
  let cancel = () => {};

  const look = () => {
    const at = clock.now();
    instants[++step % STEPS] = at;
    try {
      take(at);
    } catch (error) {
      // The store is being closed, say: it must not end the process.
      logger.warn({ err: error }, 'no sample could be taken for the charts');
    }
    cancel = clock.after(STEP_MS, look);
  };
  const take = (at: number) => {
    for (const agent of controller.agents())
      seriesOf(agents, agent.id, 6)?.push(step, agentNumbers(agent, at, connections));
    const { periodic, singlepass, stopped, finished } = controller.list();
    const unended = [...periodic, ...singlepass];
    // What has ended since is looked at once more.
    const ended = [...stopped, ...finished].filter(({ name }) => going.has(name));
    for (const job of [...unended, ...ended])
      seriesOf(jobs, job.name, 4)?.push(step, jobNumbers(job));
    going = new Set(unended.map(({ name }) => name));
  };
  /** Whoever was not there for half an hour makes room. */
  const seriesOf = (all: Map<string, Series>, name: string, width: number) => {
    const known = all.get(name);
    if (known) return known;
    if (all.size >= MOST)
      for (const [old, { last }] of all) if (last <= step - STEPS) all.delete(old);
    if (all.size >= MOST) return undefined;
    const made = createSeries(STEPS, width);
    all.set(name, made);
    return made;
  };
  const rowsOf = function* (series: Series | undefined, from: number) {
    for (const [n, row] of series?.since(step - STEPS + 1) ?? []) {
      const at = instants[n % STEPS]!;
      if (at >= from) yield { at, row };
    }
  };

  look();
  return {
    ofAgent: (id, from) =>
      [...rowsOf(agents.get(id), from)].map(({ at, row }) => agentSample(at, row, connections)),
    ofJob: (name, from) => jobSamples([...rowsOf(jobs.get(name), 0)], from),
    close: () => cancel(),
  };
}

const orNaN = (value: number | null) => value ?? NaN;
const orNull = (value: number) => (Number.isNaN(value) ? null : value);

function agentNumbers(agent: AgentSummary, at: number, connections: string[]): readonly number[] {
  const { lagMs, heardAt, running, inFlight, waiting, connection } = agent;
  if (connection !== null && !connections.includes(connection)) connections.push(connection);
  const silentMs = heardAt === null ? NaN : Math.max(0, at - Date.parse(heardAt));
  const state = connection === null ? NaN : connections.indexOf(connection);
  return [orNaN(lagMs), silentMs, orNaN(running), inFlight, orNaN(waiting), state];
}

function agentSample(at: number, row: readonly number[], connections: string[]): AgentSample {
  const [lag, silent, running, inFlight, waiting, state] = row as [
    number, number, number, number, number, number,
  ]; // prettier-ignore
  return {
    at: instant(at),
    lagMs: orNull(lag),
    silentMs: orNull(silent),
    running: orNull(running),
    inFlight,
    waiting: orNull(waiting),
    connection: connections[state] ?? null,
  };
}

const jobNumbers = ({ generation, done, failed, total }: JobView) => [
  generation,
  done,
  failed,
  orNaN(total),
];

function jobSamples(
  rows: readonly { readonly at: number; readonly row: readonly number[] }[],
  from: number,
): readonly JobSample[] {
  const samples: JobSample[] = [];
  for (const [i, { at, row }] of rows.entries()) {
    const [generation, done, failed, total] = row as [number, number, number, number];
    const before = rows[i - 1];
    const isSame = before?.row[0] === generation && at > before.at;
    const rate = isSame
      ? ((done + failed - before.row[1]! - before.row[2]!) * 1_000) / (at - before.at)
      : null;
    if (at >= from)
      samples.push({ at: instant(at), generation, done, failed, total: orNull(total), rate });
  }
  return samples;
}
