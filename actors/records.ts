/**
 * What a controller writes down: the rows, their keys, and the facts of the journal.
 *
 *   meta/controller            who I am, which term    meta/classes   the process classes, in their order
 *   meta/births                what is added to a position to make a birth
 *   sub/<birth>                the heartbeat record of a sub-transaction (state and context of its statechart),
 *                              written as sub-row.ts says
 *   work/<birth>               handler, input and policy: written once
 *   outcome/<birth>            result or failure: written once
 *   id/<id>  key/<job>/<generation>/<key>      → birth: an id or key is accepted once
 *   sheet/…  open/…  void/…  made/…   work that was handed in together and waits (sheet-rows.ts)
 *   queue/<job>/<handler>/<birth>  waits for an agent        flight/<page>    births that have an actor (flights.ts)
 *   queue/<job>.<hook>/<handler>/<birth>   a hook of the job's run that waits for an agent
 *   again/<birth> → birth      does again what has ended     cleanup/<name>   how far a job is cleaned up (cleanup.ts)
 *   due/<at>/<birth>           waits for its next attempt    held/<agent>/<birth>  last attempt's end unconfirmed
 *   parked/<birth>             waits for a person     ended/<state>/<job>/<birth>  failed or cancelled, with a row of its own
 *   births/<job>/<page>        stretches of births in which a job has work (birth-pages.ts)
 *   holder/<birth>/<attempt>   agent of an attempt that another one has followed
 *   step/<birth>/<key>         a step of it that is done at most once (steps.ts)
 *   unconfirmed/<agent>/<birth>/<attempt>   given up, and nobody has told its end (unconfirmed.ts)
 *   log/<birth>/<attempt>/<offset>   bytes                   logged/<birth>/<attempt>  their number
 *   agent/<id>   job/<name>    run/<name>/<generation>    past/<name>   last generation of one cleaned up
 *   handler/<name>   handler-version/<name>/<version>   configurations (handler-configs.ts)
 *   of/<subject>/<entry>       the facts about an agent, a job, the controller
 *
 * The facts stand in the journal as entry-row.ts says. Those about a sub-transaction are a chain: its row names
 * the last, and each the one before it.
 */
import type { Policy } from '../handlers/handler.ts';
import type { JobContext, JobState } from '../machines/job.ts';
import type { Timing } from '../machines/timing.ts';
import type { SubTransactionContext, SubTransactionState } from '../machines/sub-transaction.ts';
import type { Value } from '../store/store.ts';
import type { OfferedPolicy, OutboxPlace } from '../transport/frame.ts';
import type { HookRuns } from './job-hooks.ts';
import type { HookKind, JobRules } from './job-rules.ts';
import { padded } from './padded.ts';

/** The job part of a key for work that belongs to none; `.` is in no legal id. */
const NO_JOB = '.';

export const key = {
  meta: 'meta/controller',
  hold: 'meta/hold',
  classes: 'meta/classes',
  births: 'meta/births',
  sub: (birth: number) => `sub/${padded(birth)}`,
  work: (birth: number) => `work/${padded(birth)}`,
  outcome: (birth: number) => `outcome/${padded(birth)}`,
  id: (id: string) => `id/${id}`,
  unique: (job: string, generation: number, unique: string) =>
    `key/${job}/${padded(generation)}/${unique}`,
  /** Hooks have a queue of their own, which is read although the run's others are held back. */
  queue: (job: string | null, handler: string, birth: number, hook?: HookKind) =>
    `queue/${hook === undefined ? (job ?? NO_JOB) : `${job}.${hook}`}/${handler}/${padded(birth)}`,
  flight: (page: number) => `flight/${padded(page)}`,
  due: (at: number, birth: number) => `due/${padded(at)}/${padded(birth)}`,
  /** Of what is of no job, too. */
  ended: (state: string, job: string | null, birth: number) =>
    `ended/${state}/${job ?? NO_JOB}/${padded(birth)}`,
  jobPage: (job: string, page: number) => `births/${job}/${padded(page)}`,
  parked: (birth: number) => `parked/${padded(birth)}`,
  held: (agent: string, birth: number) => `held/${agent}/${padded(birth)}`,
  steps: (birth: number) => `step/${padded(birth)}`,
  step: (birth: number, name: string) => `step/${padded(birth)}/${name}`,
  holder: (birth: number, attempt: number) => `holder/${padded(birth)}/${padded(attempt)}`,
  unconfirmed: (agent: string, birth: number, attempt: number) =>
    `unconfirmed/${agent}/${padded(birth)}/${padded(attempt)}`,
  log: (birth: number, attempt: number, offset: number) =>
    `log/${padded(birth)}/${padded(attempt)}/${padded(offset)}`,
  logged: (birth: number, attempt: number) => `logged/${padded(birth)}/${padded(attempt)}`,
  agent: (id: string) => `agent/${id}`,
  job: (name: string) => `job/${name}`,
  run: (name: string, generation: number) => `run/${name}/${padded(generation)}`,
  past: (name: string) => `past/${name}`,
  cleanup: (name: string) => `cleanup/${name}`,
  again: (birth: number) => `again/${padded(birth)}`,
  handler: (name: string) => `handler/${name}`,
  handlerVersion: (name: string, version: number) => `handler-version/${name}/${padded(version)}`,
  of: (subject: string, entry: number) => `of/${subject}/${padded(entry)}`,
};

/** All keys that begin with `prefix`: `0` is the character after `/`. */
export const under = (prefix: string) => ({ from: `${prefix}/`, to: `${prefix}0` });

/** The number in the last part of a key. */
export const lastNumber = (text: string) => Number(text.slice(text.lastIndexOf('/') + 1));

export interface MetaRow {
  readonly controllerId: string;
  readonly term: number;
  /** The timing in force; its version grows with each change, and each term. */
  readonly timing: Timing;
  /** What is added to a journal position to make a birth or a version of it, and links begin above; see `nextTerm`. */
  readonly births: number;
}

/** A heartbeat record. `state` and `context` are those of the statechart `machines/sub-transaction.ts`. */
export interface SubRow {
  readonly birth: number;
  readonly id: string;
  readonly job: string | null;
  readonly generation: number;
  readonly handler: string;
  readonly acceptedAt: number;
  readonly state: SubTransactionState;
  readonly context: SubTransactionContext;
  /** Term in which the present or last attempt was given out; 0 before the first. */
  readonly term: number;
  /** Number of the last fact about it. */
  readonly lastFact: number;
  /** The sub-transaction that this one does again, by a person's `retry`. */
  readonly retryOf?: string;
  /** It is a hook of its run, and not counted in it. */
  readonly hook?: HookKind;
}

export interface WorkRow {
  readonly handler: string;
  readonly input: Value;
  readonly policy: Policy;
  /** Encoded size of the input. */
  readonly bytes: number;
}

export type OutcomeRow =
  | { readonly state: 'done'; readonly result: Value; readonly at: number; readonly late: boolean }
  | {
      readonly state: 'failed' | 'cancelled';
      readonly cause: string;
      readonly message: string;
      readonly detail: Value;
      readonly at: number;
    };

/** What the controller knows of an agent over its own restarts. */
export interface AgentRow {
  readonly id: string;
  readonly storeId: string;
  readonly boot: number;
  /** What its hello has named this boot; null: none was heard. */
  readonly bootId?: string | null;
  /** When this boot was first heard. */
  readonly bootAt: number;
  /** `lost`, or `left` in order: this boot is over for good and is told `gone` (R1). */
  readonly state: 'present' | 'lost' | 'left';
  /** Until then a boot that is lost may still hold its lease. */
  readonly heldUntil: number | null;
  /** The longest timeout that the boot may hold a lease for (R16). */
  readonly timeoutMs: number;
  readonly slots: number;
  readonly handlers: readonly string[];
  /** How those say that their work is tried; left out: it has not told. */
  readonly policies?: readonly OfferedPolicy[];
  /** How it says that processes are kept from outliving their task; null: it runs none. */
  readonly containment?: string | null;
  /** What process classes may call it by beside its id; null: it has told none. */
  readonly address?: string | null;
  /** Last outbox entry recorded of this store. */
  readonly recorded: OutboxPlace | null;
  /** The agent has forgotten more than is on record here: until its next report, absence proves nothing. */
  readonly gap: boolean;
  /** Somebody has asked that it be given nothing new. */
  readonly draining: boolean;
}

/** Counts of one run of a job. Every sub-transaction is in exactly one of the first seven. */
export interface JobCounts {
  readonly queued: number;
  readonly active: number;
  readonly waiting: number;
  readonly parked: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Attempts that followed one that was started, or may have been. */
  readonly retried: number;
  /** Attempts whose agent was lost, or died, while they were out. */
  readonly lost: number;
}

export const NO_COUNTS: JobCounts = {
  queued: 0, active: 0, waiting: 0, parked: 0, done: 0, failed: 0, cancelled: 0, retried: 0, lost: 0,
}; // prettier-ignore

/** One run of a job. `state` and `context` are those of the statechart `machines/job.ts`. */
export interface JobRow {
  readonly name: string;
  readonly generation: number;
  readonly state: JobState;
  readonly context: JobContext;
  /** What the work comes from: the same source resumes an unfinished run, another one finds the name taken. */
  readonly source: string;
  /** From which a controller can go on with it by itself after a restart; null: whoever began it has to. */
  readonly spec: Value;
  /** How far the source has been taken over, as the source counts (lines, say); null: not at all. */
  readonly cursor: Value;
  readonly counts: JobCounts;
  /** Those of this run that have begun. */
  readonly hooks?: HookRuns;
  readonly rules: JobRules;
  /** No birth of this run is lower. */
  readonly firstBirth?: number;
  /** Sub-transactions of it that were pruned; the counts go on telling of them. */
  readonly pruned?: number;
  /** First start of a periodic job: its intervals are counted from there. */
  readonly firstAt?: number;
  /** Number of the fact that tells of its start: handlers are configured as they were then. Absent: at 0. */
  readonly startFact?: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly by: string;
  /** Who stopped it: the first who asked, `preJob` or `source` when the run could not go on; null: nobody did. */
  readonly stoppedBy: string | null;
}

/** One fact of the journal. `subject`: `s<birth>`, `a-<agent>`, `j-<job>` or `controller`. */
export interface Entry {
  readonly at: number;
  readonly kind: string;
  readonly subject: string;
  readonly id?: string;
  readonly job?: string | null;
  readonly attempt?: number;
  readonly agent?: string;
  readonly boot?: number;
  /** State after. */
  readonly state?: string;
  readonly cause?: string | null;
  readonly by?: string;
  readonly detail?: Value;
  /** Of a sub-transaction: number of the fact about it before this one; 0: this is the first. */
  readonly before?: number;
  /** Of a job: its run. */
  readonly generation?: number;
}

export const subject = {
  sub: (birth: number) => `s${padded(birth)}`,
  /** The birth of the sub-transaction that a subject is; undefined when it is something else. */
  birthOf: (subject: string) => (/^s\d/.test(subject) ? Number(subject.slice(1)) : undefined),
  agent: (id: string) => `a-${id}`,
  job: (name: string) => `j-${name}`,
  controller: 'controller',
};

/** Where a sub-transaction of this state is counted in its job. */
export const countedAs: Record<SubTransactionState, keyof JobCounts> = {
  queued: 'queued',
  sent: 'active',
  received: 'active',
  inProgress: 'active',
  idle: 'active',
  cancelling: 'active',
  waiting: 'waiting',
  parked: 'parked',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** Sub-transactions of a run that have not come to rest. */
export const remainingOf = (counts: JobCounts) => counts.queued + counts.active + counts.waiting;

/** All that the source has handed over so far. */
export const totalOf = (counts: JobCounts) =>
  remainingOf(counts) + counts.parked + counts.done + counts.failed + counts.cancelled;

/** How many items its source has handed over, as a run has it on record. */
export const takenOf = (row: JobRow | undefined): number =>
  typeof row?.cursor === 'number' ? row.cursor : 0;
