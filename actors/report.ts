/**
 * What happened in a time range: what was handed in, how it ended and why, what every agent did, and what took
 * longest. Added up from the journal in one pass that holds counts and ten tasks, whatever its length.
 *
 *   facts from … to ──▶ Report.add ──▶ view
 */
import { InvalidSetting } from '../machines/timing.ts';
import { toldOf, isEnding } from './attempts.ts';
import { factAt, type Fact, type Recorded } from './facts.ts';
import { factsSince } from './history.ts';
import { subject } from './records.ts';
import { instant } from './views.ts';

/** Tasks that are named. */
const SLOWEST = 10;
/** Facts added up between two pauses. */
const FACTS_AT_ONCE = 2_000;

/** Which time range, and of which job. */
export interface ReportFilter {
  /** First instant, inclusive, in ms since 1970. */
  readonly from: number;
  /** End, exclusive. */
  readonly to: number;
  /** Of this job only. */
  readonly job?: string;
}

/** Attempts by what became of them. */
export interface AttemptCounts {
  readonly given: number;
  readonly done: number;
  readonly failed: number;
  readonly killed: number;
  readonly lost: number;
  readonly neverStarted: number;
}

/** One of the tasks that ran longest. */
export interface SlowTask {
  readonly id: string;
  readonly job: string | null;
  readonly attempt: number;
  readonly agent: string | null;
  readonly ending: string;
  readonly startedAt: string;
  /** Between start and end, by the agent's clock. */
  readonly ranMs: number;
}

/** Everything is of the time range: what was given out before it and ends in it is counted as an end only. */
export interface ReportView {
  readonly from: string;
  readonly to: string;
  readonly job: string | null;
  /** Sub-transactions that were handed in. */
  readonly accepted: number;
  /** Those that ended, by state and then by cause; a parked one has not ended and stands here all the same. */
  readonly ended: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly attempts: AttemptCounts;
  /** Attempts that followed one that was started, or may have been. */
  readonly retries: number;
  readonly agents: readonly (AttemptCounts & {
    readonly agent: string;
    /** All that ran there, by its own clock. */
    readonly ranMs: number;
  })[];
  /** The ten that ran longest, longest first. */
  readonly slowest: readonly SlowTask[];
}

type Counts = { -readonly [K in keyof AttemptCounts]: number };

const nothing = (): Counts => ({
  given: 0, done: 0, failed: 0, killed: 0, lost: 0, neverStarted: 0,
}); // prettier-ignore

/** States that are told of in `ended`. */
const RESTS = new Set<string>(['done', 'failed', 'cancelled', 'parked']);

/** What changes nothing of a sub-transaction. */
const NOTES = new Set<string>(['verdict', 'confirmed', 'superseded']);

const countOf = ({ detail }: Fact): number =>
  (detail as { readonly count?: number } | undefined)?.count ?? 0;

/**
 * Adds a time range up.
 *
 * @param pause lets others have their turn
 * @throws {InvalidSetting} for a range that ends before it begins
 */
export async function report(
  store: Recorded,
  filter: ReportFilter,
  pause: () => Promise<void>,
): Promise<ReportView> {
  const { from, to, job } = filter;
  if (!(from <= to)) {
    throw new InvalidSetting('A report must end after it begins: exchange "from" and "to".');
  }
  const sum = new Report(store);
  for (let next: number | null = 1; next !== null;) {
    let left = FACTS_AT_ONCE;
    let after: number | null = null;
    for (const fact of factsSince(store, next, from)) {
      if (fact.at >= to) break;
      if (left-- === 0) {
        after = fact.n;
        break;
      }
      if (fact.at >= from && (job === undefined || fact.job === job)) sum.add(fact);
    }
    next = after;
    if (next !== null) await pause();
  }
  return { from: instant(from), to: instant(to), job: job ?? null, ...sum.view() };
}

class Report {
  readonly #store: Recorded;
  #accepted = 0;
  #retries = 0;
  readonly #ended: Record<string, Record<string, number>> = {};
  readonly #attempts = nothing();
  readonly #agents = new Map<string, Counts & { ranMs: number }>();
  #slowest: SlowTask[] = [];

  constructor(store: Recorded) {
    this.#store = store;
  }

  add(fact: Fact): void {
    const { kind, agent, state, cause } = fact;
    // Facts about many at once.
    if (kind === 'enqueued') this.#accepted += countOf(fact);
    if (kind === 'emptied') this.#rest('cancelled', null, countOf(fact));
    if (subject.birthOf(fact.subject) === undefined || NOTES.has(kind)) return;
    if (kind === 'accepted') this.#accepted++;
    if (state !== undefined && RESTS.has(state) && this.#before(fact)?.state !== state)
      this.#rest(state, cause ?? null, 1);
    if (kind === 'assign') {
      this.#count(agent, 'given');
      if (this.#isRetry(fact)) this.#retries++;
    } else if (isEnding(kind) && !this.#isConfirmation(fact)) {
      this.#count(agent, kind);
      this.#ran(fact, kind);
    }
  }

  view(): Omit<ReportView, 'from' | 'to' | 'job'> {
    const agents = [...this.#agents].map(([agent, counts]) => ({ agent, ...counts }));
    return {
      accepted: this.#accepted,
      ended: this.#ended,
      attempts: this.#attempts,
      retries: this.#retries,
      agents: agents.sort((a, b) => (a.agent < b.agent ? -1 : 1)),
      slowest: this.#slowest,
    };
  }

  #before({ before = 0 }: Fact): Fact | undefined {
    return before === 0 ? undefined : factAt(this.#store, before);
  }

  /** What was given out and never started is not done again. */
  #isRetry(fact: Fact): boolean {
    if (fact.attempt === 1) return false;
    let one = this.#before(fact);
    while (one && !isEnding(one.kind)) one = this.#before(one);
    return one?.kind !== 'neverStarted';
  }

  /** The agent tells what was given up as lost before. */
  #isConfirmation(fact: Fact): boolean {
    if (fact.kind !== 'lost') return false;
    let one = this.#before(fact);
    while (one && one.attempt === fact.attempt && one.kind !== 'lost') one = this.#before(one);
    return one?.kind === 'lost' && one.attempt === fact.attempt;
  }

  #rest(state: string, cause: string | null, count: number): void {
    const causes = (this.#ended[state] ??= {});
    const why = cause ?? state;
    causes[why] = (causes[why] ?? 0) + count;
  }

  #count(agent: string | undefined, what: keyof Counts): void {
    this.#attempts[what]++;
    if (agent === undefined) return;
    const counts = this.#agents.get(agent) ?? { ...nothing(), ranMs: 0 };
    this.#agents.set(agent, counts);
    counts[what]++;
  }

  #ran(fact: Fact, ending: string): void {
    const { startedAt, endedAt } = toldOf(fact) ?? {};
    if (startedAt === undefined || startedAt === null || endedAt === undefined) return;
    const ranMs = Math.max(0, endedAt - startedAt);
    const { id = '', job = null, attempt = 0, agent = null } = fact;
    const at = agent === null ? undefined : this.#agents.get(agent);
    if (at) at.ranMs += ranMs;
    const last = this.#slowest.at(-1);
    if (this.#slowest.length === SLOWEST && last && ranMs <= last.ranMs) return;
    this.#slowest.push({ id, job, attempt, agent, ending, startedAt: instant(startedAt), ranMs });
    this.#slowest = this.#slowest.sort((a, b) => b.ranMs - a.ranMs).slice(0, SLOWEST);
  }
}
