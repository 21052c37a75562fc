/**
 * The jobs of a controller: named runs of many sub-transactions, with their counts, hooks and ticks.
 *
 *   start ─▶ starting ─▶ running ─ source ended, nothing left ─▶ finishing ─▶ finished, or resting until a tick
 *              └─────────────┴── stop ─▶ stopping ─ nothing left ─▶ stopped
 *
 * A run has a generation: a name is used again once its run has ended, a tick begins the next run, and what an
 * older run still says is counted there. The same source under the same name resumes a run that was cut short.
 */
import { job as jobMachine, type JobEvent } from '../machines/job.ts';
import { ActorSet } from './actor.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import { hookRunOf, hookWork, isLive } from './job-hooks.ts';
import { FRESH, isOpen, lookAtTick, mayGoOn, newRun, noJob, remainingWith } from './job-run.ts';
import type { JobSpec } from './job-run.ts';
import { hooksIn, sameRules, type HookKind } from './job-rules.ts';
import { JobStop } from './job-stop.ts';
import type { Queues } from './queue.ts';
import { key, subject, totalOf, under } from './records.ts';
import type { Entry, JobCounts, JobRow, SubRow } from './records.ts';
import type { Sheets } from './sheets.ts';
import type { SubTransactions } from './sub-transaction.ts';
import type { Value } from '../store/store.ts';
import { Refused } from './refused.ts';
import { tickAfter } from './ticks.ts';

const ENDED = new Set<string>(['finished', 'stopped']);

type Tally = Record<keyof JobCounts, number>;

export class Jobs implements Remembering {
  readonly #ground: Ground;
  readonly #subs: () => SubTransactions;
  readonly #stopping: JobStop;
  readonly #actors: ActorSet<string, typeof jobMachine>;
  readonly #rows = new Map<string, JobRow>();
  readonly #dirty = new Set<string>();
  /** Counts that this turn has changed, by run: copies, which the rows have and which are added to. */
  readonly #counts = new Map<string, Tally>();

  constructor(ground: Ground, subs: () => SubTransactions, queues: Queues, sheets: Sheets) {
    this.#ground = ground;
    this.#subs = subs;
    this.#stopping = new JobStop(ground, subs, queues, sheets);
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
    if (spec.resumes !== undefined && !mayGoOn(before, spec.resumes)) {
      throw new Refused('ended', `Run ${spec.resumes} of the job "${spec.name}" is over.`);
    }
    if (before && !ENDED.has(before.state)) return this.#goOn(before, spec);
    if (before) turn.put(key.run(before.name, before.generation), before as unknown as Value);
    const { name, source, rules = {}, by } = spec;
    const last = before?.generation ?? (turn.get(key.past(name)) as number | undefined) ?? 0;
    const generation = last + 1;
    const nextAt = rules.ticks ? tickAfter(rules.ticks, turn.at, turn.at) : null;
    this.#actors.start(name, { name, generation, nextAt, at: turn.at });
    const frozen = this.#actors.read(name)!;
    const begun = { generation, firstBirth: this.#nextBirth, startFact: turn.next };
    const row = newRun(spec, { ...begun, ...frozen });
    this.#rows.set(name, row);
    this.#dirty.add(name);
    this.#fact(row, 'job.started', { by, detail: { source } });
    this.#advance(name);
    return { row: this.#rows.get(name)!, resumed: false };
  }

  /** Goes on with a run that has not ended, if the same source began it. */
  #goOn(row: JobRow, { name, source, rules = {}, rereads, by }: JobSpec) {
    if (row.source !== source || !(isOpen(row) || row.state === 'resting')) {
      throw new Refused(
        'jobTaken',
        `The job name "${name}" is taken by a run that is ${row.state}; wait for its end, or choose another name with --job.`,
      );
    }
    if (
      Object.keys(rules).length > 0 &&
      !sameRules({ ...hooksIn(row.rules), ...rules }, row.rules)
    ) {
      throw new Refused(
        'jobTaken',
        `The job "${name}" goes on by other rules (schedule, limits or hooks): stop it first, or leave them out.`,
      );
    }
    this.#fact(row, 'job.resumed', { by });
    if (rereads && row.state !== 'resting')
      this.#send(name, { type: 'reopen', at: this.#ground.loop.turn.at });
    return { row: this.#rows.get(name)!, resumed: true };
  }

  get #nextBirth(): number {
    return this.#ground.loop.turn.next + this.#ground.births;
  }

  /** No run of it goes on, and none follows. */
  isOver(name: string): boolean {
    return !this.#rows.has(name);
  }

  /** The present run of a name, or the last one. */
  row(name: string): JobRow | undefined {
    return (
      this.#rows.get(name) ??
      (this.#ground.loop.turn.get(key.job(name)) as unknown as JobRow | undefined)
    );
  }

  /** Sub-transactions that a run has, or had. */
  totalOf(name: string, generation: number): number {
    const present = this.row(name);
    const older = () => this.#ground.loop.turn.get(key.run(name, generation));
    const row = present?.generation === generation ? present : (older() as JobRow | undefined);
    return row ? totalOf(row.counts) : 0;
  }

  /** The run that takes work now. @throws {Refused} when there is none of that generation */
  running(name: string, generation: number): JobRow {
    const row = this.#rows.get(name);
    if (row?.generation === generation && isOpen(row)) return row;
    throw new Refused(
      'notRunning',
      `The job "${name}" takes no more work: run ${generation} of it has ended or is being stopped.`,
    );
  }

  /** Nothing of the job is given out any more, since its present run is being stopped. */
  isStopping(name: string): boolean {
    return this.#rows.get(name)?.state === 'stopping';
  }

  /** Nothing of the job is given out now: its run is being stopped, or its first hook is not done. */
  holdsBack(name: string): boolean {
    return this.isStopping(name) || this.#rows.get(name)?.state === 'starting';
  }

  /** The source has been taken over up to `cursor`; `ended` when nothing more comes from it. */
  took(row: JobRow, cursor: Value, ended: boolean): void {
    this.#set(row.name, { cursor });
    if (!ended) return;
    const remaining = remainingWith(this.#rows.get(row.name)!);
    this.#fact(row, 'job.sourceEnded', {});
    this.#send(row.name, { type: 'sourceEnded', at: this.#ground.loop.turn.at, remaining });
    this.#advance(row.name);
  }

  /**
   * Stops a job; with a generation that run only: a periodic job goes on with its next tick.
   * @throws {Refused} `unknown`, `ended`
   */
  stop(name: string, by: string, generation?: number): JobRow {
    const row = this.#rows.get(name);
    if (!row || (generation !== undefined && row.generation !== generation)) {
      const known = this.row(name);
      if (known)
        throw new Refused('ended', `The job "${name}" has ended already: it is ${known.state}.`);
      throw noJob(name);
    }
    if (generation !== undefined && row.context.periodic) this.#abandon(row, by);
    else {
      this.#fact(row, 'job.stop', { by });
      this.#halt(row, row.stoppedBy ?? by, { type: 'stop', at: this.#ground.loop.turn.at, by });
    }
    return this.row(name)!;
  }

  /** Ends a run that cannot go on; a periodic job rests then. */
  #abandon(row: JobRow, by: string): void {
    this.#fact(row, 'job.abandon', { by });
    this.#halt(row, by, { type: 'abandon', at: this.#ground.loop.turn.at });
  }

  #halt({ name }: JobRow, by: string, event: JobEvent): void {
    this.#set(name, { stoppedBy: by });
    // What this turn has taken on is told at its end otherwise: too late for the stop.
    this.#tellProgress(name);
    this.#send(name, event);
    this.#tellProgress(name);
    this.#ground.loop.deadlines.set(`stop:${name}`, this.#ground.loop.turn.at);
  }

  /** Writes down what was asked of a run, and changes nothing of it. */
  note(row: JobRow, kind: string, by: string, detail: Value): void {
    this.#fact(row, kind, { by, detail });
  }

  /** The counts of a run have changed; a run of an older generation keeps its own. */
  counted(
    name: string,
    generation: number,
    change: Partial<Record<keyof JobCounts, number>>,
  ): void {
    const row = this.#rows.get(name);
    if (row?.generation === generation) {
      let counts = this.#counts.get(name);
      if (!counts) this.#set(name, { counts: (counts = { ...row.counts }) });
      this.#counts.set(name, counts);
      return add(counts, change);
    }
    this.#changeOlder(name, generation, (older) => {
      const counts = { ...older.counts };
      add(counts, change);
      return { counts };
    });
  }

  /** One of a run that has ended is not on record any more. */
  pruned(name: string, generation: number): void {
    const change = ({ pruned = 0 }: JobRow) => ({ pruned: pruned + 1 });
    const row = this.#rows.get(name);
    if (row?.generation === generation) this.#set(name, change(row));
    else this.#changeOlder(name, generation, change);
  }

  /** Changes a run that is over; nothing where it is not known any more. */
  #changeOlder(name: string, generation: number, change: (row: JobRow) => Partial<JobRow>): void {
    const { turn } = this.#ground.loop;
    const at =
      this.row(name)?.generation === generation ? key.job(name) : key.run(name, generation);
    const older = turn.get(at) as unknown as JobRow | undefined;
    if (older) turn.put(at, { ...older, ...change(older) } as unknown as Value);
  }

  /** A hook of a run has moved; what it comes to is seen at the end of the turn. */
  hookMoved(sub: SubRow): void {
    const { generation } = sub;
    const job = sub.job!;
    const row = this.#rows.get(job);
    const change = ({ hooks }: JobRow) => ({ hooks: { ...hooks, [sub.hook!]: hookRunOf(sub) } });
    if (row?.generation === generation) this.#set(job, change(row));
    else this.#changeOlder(job, generation, change);
  }

  due(name: string): void {
    const [what, job] = name.split(':') as [string, string];
    if (what === 'job') this.#tick(job);
    else this.#cancelSome(job);
  }

  /** Takes each run that has changed as far as it goes: before work is given out. */
  advance(): void {
    for (const name of [...this.#dirty]) {
      this.#tellProgress(name);
      this.#advance(name);
    }
  }

  /** Writes the row of each run that has changed, once. */
  finish(): void {
    const { turn } = this.#ground.loop;
    for (const name of this.#dirty) {
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

  #send(name: string, event: JobEvent): void {
    const before = this.#rows.get(name)!.state;
    this.#actors.send(name, event);
    const frozen = this.#actors.read(name)!;
    this.#set(name, { ...frozen, endedAt: frozen.context.endedAt });
    if (frozen.state !== 'resting' || before === 'resting') return;
    const row = this.#rows.get(name)!;
    this.#fact(row, 'job.resting', { detail: { ...row.counts } });
  }

  #tellProgress(name: string): void {
    const remaining = remainingWith(this.#rows.get(name)!);
    this.#send(name, { type: 'progress', at: this.#ground.loop.turn.at, remaining });
  }

  /** Runs the hook whose time it is, or goes on where there is none or it has ended. */
  #advance(name: string): void {
    const { at } = this.#ground.loop.turn;
    const row = this.#rows.get(name)!;
    const { rules, hooks = {} } = row;
    if (row.state === 'starting') {
      if (!rules.preJob || hooks.preJob?.state === 'done') {
        this.#send(name, { type: 'prepared', at, remaining: remainingWith(row) });
        this.#advance(name);
      } else if (!hooks.preJob) this.#begin(row, 'preJob');
      else if (!isLive(hooks.preJob)) this.#abandon(row, 'preJob');
    } else if (row.state === 'finishing') {
      if (rules.postJob && !hooks.postJob) this.#begin(row, 'postJob');
      else if (!isLive(hooks.postJob)) this.#send(name, { type: 'completed', at });
    }
  }

  #begin(row: JobRow, kind: HookKind): void {
    const { turn } = this.#ground.loop;
    const made = `${row.name.slice(0, 36)}-${row.generation}-${kind}`;
    let id = made;
    for (let n = 2; turn.get(key.id(id)) !== undefined; n++) id = `${made}-${n}`;
    this.#subs().accept(hookWork(row, kind, row.rules[kind]!, id));
  }

  /** A tick has come: it runs the job, or is skipped and counted. */
  #tick(name: string): void {
    const { at } = this.#ground.loop.turn;
    const row = this.#rows.get(name)!;
    const { passed, isMissed } = lookAtTick(row, at);
    const next = { type: 'scheduled', at, nextAt: passed.nextAt } as const;
    if (row.state === 'resting' && isMissed) {
      this.#fact(row, 'job.missed', { detail: { ticks: passed.count } });
      return this.#send(name, { ...next, missed: passed.count });
    }
    this.#send(name, { type: 'timeout', at });
    if (row.state === 'resting') this.#runAgain(row);
    this.#send(name, { ...next, missed: passed.count - 1 });
  }

  /** The next run of a periodic job, whose statechart has begun it. */
  #runAgain(row: JobRow): void {
    const { turn } = this.#ground.loop;
    const { name, generation, by, source } = row;
    turn.put(key.run(name, generation), row as unknown as Value);
    this.#counts.delete(name);
    this.#set(name, {
      ...FRESH,
      generation: generation + 1,
      firstBirth: this.#nextBirth,
      startFact: turn.next,
      startedAt: turn.at,
    });
    this.#fact(this.#rows.get(name)!, 'job.started', { by, cause: 'tick', detail: { source } });
  }

  #set(name: string, change: Partial<JobRow>): void {
    this.#rows.set(name, { ...this.#rows.get(name)!, ...change });
    this.#dirty.add(name);
  }

  #cancelSome(name: string): void {
    const row = this.#rows.get(name);
    if (!row) return;
    const { untouched, isMore } = this.#stopping.cancelSome(row);
    this.counted(name, row.generation, { queued: -untouched, cancelled: untouched });
    if (isMore) this.#ground.loop.deadlines.set(`stop:${name}`, this.#ground.loop.turn.at);
  }

  #fact(row: JobRow, kind: string, told: Pick<Entry, 'by' | 'cause' | 'detail'>): void {
    this.#ground.record({
      subject: subject.job(row.name),
      job: row.name,
      generation: row.generation,
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
