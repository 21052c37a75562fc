/**
 * The jobs of a controller: named runs of many sub-transactions, with their counts.
 *
 *   start ─▶ running ─ source ended, nothing left ─▶ finishing ─▶ finished
 *              └──── stop ─▶ stopping ─ nothing left ─▶ stopped
 *
 * A run has a generation: a name is used again once its run has ended, and what an older run still says
 * is counted there. The same source under the same name resumes a run that was cut short.
 */
import { job as jobMachine } from '../machines/job.ts';
import { ActorSet } from './actor.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import type { JobRules } from './job-rules.ts';
import type { Queues } from './queue.ts';
import { NO_COUNTS, key, lastNumber, remainingOf, subject, under } from './records.ts';
import type { JobCounts, JobRow, SubRow } from './records.ts';
import type { SubTransactions } from './sub-transaction.ts';
import type { Value } from '../store/store.ts';
import { Refused } from './refused.ts';

/** Sub-transactions cancelled in one turn when a job is stopped. */
const CANCELS_PER_TURN = 1_000;

const ENDED = new Set<string>(['finished', 'stopped']);

type Tally = Record<keyof JobCounts, number>;

export interface JobSpec {
  readonly name: string;
  readonly source: string;
  readonly spec: Value;
  readonly intervalMs: number | null;
  /** Default: none. */
  readonly rules?: JobRules;
  /** Goes on with this run only, and begins none. */
  readonly resumes?: number;
  /** Its source is read again from the start: more may come of one that had ended. */
  readonly rereads: boolean;
  readonly by: string;
}

export class Jobs implements Remembering {
  readonly #ground: Ground;
  readonly #subs: () => SubTransactions;
  readonly #queues: Queues;
  readonly #actors: ActorSet<string, typeof jobMachine>;
  readonly #rows = new Map<string, JobRow>();
  readonly #dirty = new Set<string>();
  /** Counts that this turn has changed, by run: copies, which the rows have and which are added to. */
  readonly #counts = new Map<string, Tally>();

  constructor(ground: Ground, subs: () => SubTransactions, queues: Queues) {
    this.#ground = ground;
    this.#subs = subs;
    this.#queues = queues;
    this.#actors = new ActorSet(jobMachine, 'job', ground.loop.deadlines);
  }

  recover(): void {
    for (const [, value] of [...this.#ground.loop.turn.range(under('job'))]) {
      const row = value as unknown as JobRow;
      if (ENDED.has(row.state)) continue;
      this.#rows.set(row.name, row);
      this.#actors.restore(row.name, { state: row.state, context: row.context });
      if (row.state === 'stopping')
        this.#ground.loop.deadlines.set(`stop:${row.name}`, this.#ground.loop.turn.at);
    }
  }

  /**
   * Begins a run, or goes on with the one that the same source began.
   * @throws {Refused} when the name is taken by other work that has not ended
   */
  start(spec: JobSpec): { readonly row: JobRow; readonly resumed: boolean } {
    const { turn } = this.#ground.loop;
    const before = this.row(spec.name);
    if (spec.resumes !== undefined && !isRunning(before, spec.resumes)) {
      throw new Refused('ended', `Run ${spec.resumes} of the job "${spec.name}" is over.`);
    }
    if (before && !ENDED.has(before.state)) {
      if (before.source !== spec.source || before.state !== 'running') {
        throw new Refused(
          'jobTaken',
          `The job name "${spec.name}" is taken by a run that is ${before.state}; wait for its end, or choose another name with --job.`,
        );
      }
      this.#fact(before, 'job.resumed', { by: spec.by });
      if (spec.rereads) this.#send(spec.name, { type: 'reopen', at: turn.at });
      return { row: before, resumed: true };
    }
    if (before) turn.put(key.run(before.name, before.generation), before as unknown as Value);
    const generation = (before?.generation ?? 0) + 1;
    const { name, intervalMs } = spec;
    this.#actors.start(name, { name, generation, intervalMs, at: turn.at });
    const row: JobRow = {
      name,
      generation,
      ...this.#actors.read(name)!,
      source: spec.source,
      spec: spec.spec,
      cursor: null,
      counts: NO_COUNTS,
      rules: spec.rules ?? {},
      startedAt: turn.at,
      endedAt: null,
      by: spec.by,
      stoppedBy: null,
    };
    this.#rows.set(name, row);
    this.#dirty.add(name);
    this.#fact(row, 'job.started', { by: spec.by, detail: { source: spec.source } });
    return { row, resumed: false };
  }

  /** The present run of a name, or the last one. */
  row(name: string): JobRow | undefined {
    return (
      this.#rows.get(name) ??
      (this.#ground.loop.turn.get(key.job(name)) as unknown as JobRow | undefined)
    );
  }

  /** The run that takes work now. @throws {Refused} when there is none of that generation */
  running(name: string, generation: number): JobRow {
    const row = this.#rows.get(name);
    if (row?.generation === generation && row.state === 'running') return row;
    throw new Refused(
      'notRunning',
      `The job "${name}" takes no more work: run ${generation} of it has ended or is being stopped.`,
    );
  }

  /** Nothing of the job is given out any more, since its present run is being stopped. */
  isStopping(name: string): boolean {
    return this.#rows.get(name)?.state === 'stopping';
  }

  /** The source has been taken over up to `cursor`; `ended` when nothing more comes from it. */
  took(row: JobRow, cursor: Value, ended: boolean): void {
    this.#set(row.name, { cursor });
    if (!ended) return;
    const remaining = remainingOf(this.#rows.get(row.name)!.counts);
    this.#fact(row, 'job.sourceEnded', {});
    this.#send(row.name, { type: 'sourceEnded', at: this.#ground.loop.turn.at, remaining });
  }

  stop(name: string, by: string): JobRow {
    const row = this.#rows.get(name);
    if (!row) {
      const known = this.row(name);
      if (known)
        throw new Refused('ended', `The job "${name}" has ended already: it is ${known.state}.`);
      throw new Refused(
        'unknown',
        `There is no job "${name}"; \`lifeline list\` shows those that are known.`,
      );
    }
    this.#fact(row, 'job.stop', { by });
    this.#set(name, { stoppedBy: row.stoppedBy ?? by });
    // What this turn has taken on is told at its end otherwise: too late for the stop.
    const remaining = remainingOf(row.counts);
    this.#send(name, { type: 'progress', at: this.#ground.loop.turn.at, remaining });
    this.#send(name, { type: 'stop', at: this.#ground.loop.turn.at, by });
    this.#ground.loop.deadlines.set(`stop:${name}`, this.#ground.loop.turn.at);
    return this.row(name)!;
  }

  /** The counts of a run have changed; a run of an older generation keeps its own. */
  counted(
    name: string,
    generation: number,
    change: Partial<Record<keyof JobCounts, number>>,
  ): void {
    const { turn } = this.#ground.loop;
    const row = this.#rows.get(name);
    if (row?.generation === generation) {
      let counts = this.#counts.get(name);
      if (!counts) this.#set(name, { counts: (counts = { ...row.counts }) });
      this.#counts.set(name, counts);
      return add(counts, change);
    }
    const present = this.row(name);
    const at = present?.generation === generation ? key.job(name) : key.run(name, generation);
    const older = turn.get(at) as unknown as JobRow | undefined;
    if (!older) return;
    const counts = { ...older.counts };
    add(counts, change);
    turn.put(at, { ...older, counts } as unknown as Value);
  }

  due(name: string): void {
    const [what, job] = name.split(':') as [string, string];
    if (what === 'job') this.#send(job, { type: 'timeout', at: this.#ground.loop.turn.at });
    else this.#cancelSome(job);
  }

  /** Tells each run whose counts have changed what is left, and writes its row once. */
  finish(): void {
    const { turn } = this.#ground.loop;
    for (const name of this.#dirty) {
      const row = this.#rows.get(name)!;
      if (!ENDED.has(row.state))
        this.#send(name, { type: 'progress', at: turn.at, remaining: remainingOf(row.counts) });
      if (this.#actors.read(name)?.state === 'finishing')
        this.#send(name, { type: 'completed', at: turn.at });
      const after = this.#rows.get(name)!;
      turn.put(key.job(name), after as unknown as Value);
      // What was parked may wait again by what its agent tells of it: that is cancelled, too.
      if (after.state === 'stopping' && after.counts.queued + after.counts.waiting > 0)
        this.#ground.loop.deadlines.set(`stop:${name}`, turn.at);
      if (!ENDED.has(after.state)) continue;
      this.#fact(after, `job.${after.state}`, { detail: { ...after.counts } });
      this.#actors.drop(name);
      this.#rows.delete(name);
    }
    this.#dirty.clear();
    this.#counts.clear();
  }

  remember(memory: Memory): void {
    memory.fill('rows', this.#rows);
    memory.part('charts', this.#actors);
  }

  #send(name: string, event: Parameters<ActorSet<string, typeof jobMachine>['send']>[1]): void {
    this.#actors.send(name, event);
    const frozen = this.#actors.read(name)!;
    const ended = ENDED.has(frozen.state) ? { endedAt: this.#ground.loop.turn.at } : {};
    this.#set(name, { ...frozen, ...ended });
  }

  #set(name: string, change: Partial<JobRow>): void {
    this.#rows.set(name, { ...this.#rows.get(name)!, ...change });
    this.#dirty.add(name);
  }

  /** Cancels what a stopped run still has: first what is queued, then what is out or waits. */
  #cancelSome(name: string): void {
    const { turn, deadlines } = this.#ground.loop;
    const row = this.#rows.get(name);
    if (!row) return;
    const isMine = (sub: SubRow | undefined) =>
      sub?.job === name && sub.generation === row.generation;
    const mineOf = (births: Iterable<number>) =>
      those(births, (birth) => isMine(this.#subs().row(birth)));
    const cancel = (birth: number) =>
      this.#subs().send(birth, { type: 'cancel', at: turn.at, by: row.stoppedBy! });
    const queued = [...take(mineOf(this.#queues.ofJob(name)), CANCELS_PER_TURN)];
    queued.forEach(cancel);
    if (queued.length === CANCELS_PER_TURN) return deadlines.set(`stop:${name}`, turn.at);
    for (const sub of [...this.#subs().inFlight()]) if (isMine(sub)) cancel(sub.birth);
    [...mineOf(births(turn.range(under('due'))))].forEach(cancel);
  }

  #fact(row: JobRow, kind: string, told: { readonly by?: string; readonly detail?: Value }): void {
    this.#ground.record({
      subject: subject.job(row.name),
      job: row.name,
      kind,
      state: row.state,
      ...told,
    });
  }
}

function add(counts: Tally, change: Partial<Tally>): void {
  let name: keyof JobCounts;
  for (name in change) counts[name] = Math.max(0, counts[name] + (change[name] ?? 0));
}

function* births(keys: Iterable<readonly [string, unknown]>): Iterable<number> {
  for (const [text] of keys) yield lastNumber(text);
}

function* those(births: Iterable<number>, isWanted: (birth: number) => boolean): Iterable<number> {
  for (const birth of births) if (isWanted(birth)) yield birth;
}

function* take<T>(items: Iterable<T>, limit: number): Iterable<T> {
  let left = limit;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}

const isRunning = (row: JobRow | undefined, generation: number) =>
  row?.generation === generation && row.state === 'running';
