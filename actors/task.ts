/**
 * The tasks of one boot of an agent: an actor for each attempt from its assignment until its ending is
 * recorded, and a row for each fence until the controller says forget.
 *
 *   assign ─▶ waiting for a slot ─▶ intent recorded ─▶ lease read, started ─▶ exit recorded ─▶ forget
 *
 * I1  A fence is started at most once: never when it has a row, and only in the boot that wrote the row (R6).
 * I2  An agent never runs two attempts of one sub-transaction (protocol C10).
 * I3  Without a held lease nothing is started (R7); what was not started says so.
 * I4  What finds no slot here for a while goes back: another agent may have one (pace.ts).
 */
import type { Exit, KnownStep, Runner, StepNews } from '../handlers/handler.ts';
import {
  TASK_ENDS,
  beginning,
  task as taskMachine,
  type TaskContext,
  type TaskEvent,
} from '../machines/task.ts';
import type { Value } from '../store/store.ts';
import type { Assignment, Fence, HeldState } from '../transport/frame.ts';
import type { HeldTask, StepEntry } from '../transport/frame.ts';
import { encodedBytes } from '../transport/msgpack.ts';
import { ActorSet } from './actor.ts';
import type { AgentEffect, AgentGround } from './agent-ground.ts';
import { agentKey, type TaskRow } from './agent-records.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Outbox } from './outbox.ts';
import { endingOf, endState, guardedKill } from './task-ending.ts';

/** Bytes of progress in one frame, and what the fence of one takes at most. */
const PROGRESS_BYTES_PER_FRAME = 400_000;
const BYTES_AROUND_PROGRESS = 64;

/** So long an attempt waits here for a slot. It was given ahead since slots used to fall free at once. */
const SLOT_WITHIN_MS = 2_000;

const nameOf = ({ birth, attempt }: Fence) => `${birth}/${attempt}`;

const isEnd = (state: string) => (TASK_ENDS as readonly string[]).includes(state);

export class Tasks implements Remembering {
  readonly #ground: AgentGround;
  readonly #outbox: Outbox;
  readonly #runner: Runner;
  readonly #actors: ActorSet<string, typeof taskMachine>;
  readonly #rows = new Map<string, TaskRow>();
  /** Assigned and not ended, by name, in order of arrival. */
  readonly #alive = new Map<string, Assignment>();
  /** Births of which an attempt has been let go and has not ended. */
  readonly #busy = new Map<number, string>();
  /** In order of arrival. */
  #waiting: { readonly name: string; readonly since: number }[] = [];
  readonly #progress = new Map<string, { readonly value: Value; readonly bytes: number }>();

  constructor(ground: AgentGround, outbox: Outbox, runner: Runner, rows: Iterable<TaskRow>) {
    this.#ground = ground;
    this.#outbox = outbox;
    this.#runner = runner;
    for (const row of rows) this.#rows.set(nameOf(row), row);
    const machine = taskMachine.provide({
      actions: {
        abort: ({ context }) => ground.loop.turn.act(stop(context, 'abort')),
        // Killing promises nothing, so it does not wait for its record (R8).
        killTree: ({ context }) => ground.loop.turn.actNow(stop(context, 'kill')),
      },
    });
    this.#actors = new ActorSet(machine, 'task', ground.loop.deadlines);
  }

  get running(): number {
    return this.#busy.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Attempts that are alive here, in any state before their end. */
  get alive(): number {
    return this.#alive.size;
  }

  /** Takes an attempt, or says how far it is: the same fence is never started twice. */
  assign(assignment: Assignment): HeldTask {
    const name = nameOf(assignment);
    if (!this.#rows.has(name) && !this.#alive.has(name)) {
      const { at } = this.#ground.loop.turn;
      const context = beginning({ ...assignment, at });
      this.#actors.restore(name, { state: 'received', context });
      this.#alive.set(name, assignment);
      this.#waiting.push({ name, since: at });
    }
    return this.held(assignment);
  }

  /** How far a fence is. */
  held(fence: Fence): HeldTask {
    const { birth, attempt } = fence;
    const ended = this.#rows.get(nameOf(fence))?.ended;
    if (ended) {
      const { place, logLength } = ended;
      return { birth, attempt, state: endState(ended.ending), logLength, place };
    }
    const state = this.#actors.read(nameOf(fence))?.state;
    const alive: HeldState = state === undefined || isEnd(state) ? 'unknown' : (state as HeldState);
    return {
      birth,
      attempt,
      state: alive,
      logLength: this.#runner.logs.length(fence),
      place: null,
    };
  }

  /** Every fence that has not been forgotten. */
  report(): readonly HeldTask[] {
    const fences = new Map<string, Fence>([...this.#rows, ...this.#alive]);
    return [...fences.values()].map((fence) => this.held(fence));
  }

  /** Lets go what has a slot: the intent is recorded, and the start follows when it is durable. */
  letGo(): void {
    const { turn } = this.#ground.loop;
    for (let i = 0; i < this.#waiting.length && this.#busy.size < this.#ground.slots;) {
      const { name } = this.#waiting[i]!;
      const assignment = this.#alive.get(name);
      if (assignment && this.#busy.has(assignment.birth)) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      if (!assignment) continue;
      this.#busy.set(assignment.birth, name);
      const { birth, attempt, id, handler } = assignment;
      this.#save({ birth, attempt, id, handler, intentAt: turn.at, ended: null });
      this.#ground.record({ kind: 'intent', birth, attempt, id });
      turn.act({ kind: 'start', assignment });
    }
    this.#awaitSlot();
  }

  /**
   * Starts an attempt whose intent is durable, unless it was killed meanwhile. It is on the kill list of
   * the runner before the lease is read, and the lease is read now (R7).
   */
  start(assignment: Assignment, leaseLeftMs: number, at: number): void {
    const name = nameOf(assignment);
    if (this.#actors.read(name)?.state !== 'received') return;
    if (leaseLeftMs <= 0) {
      this.#ground.loop.post({ kind: 'refused', fence: assignment, reason: 'the lease was over' });
      return;
    }
    this.#actors.send(name, { type: 'start', at });
    const { birth, attempt, id, job, handler, input, properties = null, known } = assignment;
    this.#ground.started({ birth, attempt });
    const work = { fence: { birth, attempt }, id, job, handler, input };
    const given = { properties: properties as Value, known: (known ?? []) as readonly KnownStep[] };
    this.#runner.start({ ...work, ...given }, this.#ground.runnerEvents);
  }

  /** Tells the controller of a step. One that is to be begun waits until that is recorded there. */
  step(fence: Fence, news: StepNews): void {
    if (!this.#alive.has(nameOf(fence))) return;
    const { turn } = this.#ground.loop;
    const { birth, attempt } = fence;
    this.#outbox.add({ birth, attempt, at: turn.at, step: news }, turn);
  }

  /** A step that is to be begun is on record: it is, as soon as that is known here for good. */
  readonly recorded = ({ birth, attempt, step }: StepEntry): void => {
    this.#ground.loop.turn.act({ kind: 'beginStep', fence: { birth, attempt }, key: step.key });
  };

  /** Begins a step, unless its work was asked to stop or the lease is over meanwhile. */
  beginStep(fence: Fence, key: string, leaseLeftMs: number): void {
    const isRunning = this.#actors.read(nameOf(fence))?.state === 'inProgress';
    if (isRunning && leaseLeftMs > 0) this.#runner.beginStep(fence, key);
  }

  refuse(fence: Fence, reason: string): void {
    this.#send(fence, { type: 'refuse', at: this.#ground.loop.turn.at, reason });
  }

  exit(fence: Fence, exit: Exit): void {
    const { at } = this.#ground.loop.turn;
    if (exit.kind === 'failed')
      this.#send(fence, { type: 'exit', at, kind: 'failed', cause: exit.cause }, exit);
    else this.#send(fence, { type: 'exit', at, kind: exit.kind }, exit);
  }

  kill(fence: Fence, reason: string, hard: boolean): void {
    if (!this.#alive.has(nameOf(fence))) return;
    const { birth, attempt } = fence;
    if (!hard) this.#ground.record({ kind: 'kill', birth, attempt, detail: reason });
    this.#send(fence, { type: 'kill', at: this.#ground.loop.turn.at, reason, hard });
  }

  /** Has everything end: it is asked to, and killed after its grace. */
  stopAll(reason: string): void {
    for (const fence of [...this.#alive.values()]) this.kill(fence, reason, false);
  }

  /** Kills everything at once and without a record: the lease is over (R8). */
  killAll(reason: string): void {
    for (const fence of [...this.#alive.values()]) this.kill(fence, reason, true);
  }

  /** Handlers that are running now and cannot be killed from here. */
  unkillable(): readonly string[] {
    return [...this.#busy.values()]
      .filter((name) => this.#actors.read(name)?.state !== 'received')
      .map((name) => this.#alive.get(name)!)
      .map(({ handler }) => handler)
      .filter((name) => !this.#runner.killable(name));
  }

  due(name: string): void {
    if (name === 'slot') return this.#giveBack();
    const task = name.slice('task:'.length);
    const [birth, attempt] = task.split('/').map(Number) as [number, number];
    const isKilling = () => this.#actors.read(task)?.state === 'killing';
    const wasKilling = isKilling();
    this.#send({ birth, attempt }, { type: 'timeout', at: this.#ground.loop.turn.at });
    if (isKilling() && !wasKilling)
      this.#ground.record({ kind: 'kill', birth, attempt, detail: 'timedOut' });
  }

  /** Drops intent, ending and log of a fence. */
  forget(fence: Fence): void {
    const name = nameOf(fence);
    if (!this.#rows.get(name)?.ended) return;
    this.#rows.delete(name);
    this.#ground.loop.turn.delete(agentKey.task(fence));
    this.#ground.loop.turn.act({ kind: 'forgetLog', fence });
  }

  /** Drops all fences, when nothing is alive. Returns how many there were. */
  drop(): number {
    const rows = [...this.#rows.values()];
    for (const row of rows) this.forget({ birth: row.birth, attempt: row.attempt });
    return rows.length;
  }

  noteProgress(fence: Fence, value: Value): void {
    if (!this.#alive.has(nameOf(fence))) return;
    this.#progress.set(nameOf(fence), { value, bytes: encodedBytes(value) });
  }

  /** When what has been let go first of all that runs was; null: nothing runs. */
  get oldestIntentAt(): number | null {
    const [name] = this.#busy.values();
    return name === undefined ? null : this.#rows.get(name)!.intentAt;
  }

  /** What was let go at least `forMs` ago and runs, and what it last said of itself, in parts that each fit into a frame. */
  *progress(forMs: number): Iterable<readonly (Fence & { readonly progress: Value })[]> {
    const { at } = this.#ground.loop.turn;
    let part: (Fence & { readonly progress: Value })[] = [];
    let bytes = 0;
    for (const name of this.#busy.values()) {
      const { intentAt } = this.#rows.get(name)!;
      if (at - intentAt < forMs || this.#actors.read(name)?.state === 'received') continue;
      const { birth, attempt } = this.#alive.get(name)!;
      const said = this.#progress.get(name);
      bytes += BYTES_AROUND_PROGRESS + (said?.bytes ?? 0);
      if (part.length > 0 && bytes > PROGRESS_BYTES_PER_FRAME) {
        yield part;
        part = [];
        bytes = BYTES_AROUND_PROGRESS + (said?.bytes ?? 0);
      }
      part.push({ birth, attempt, progress: said?.value ?? null });
    }
    if (part.length > 0) yield part;
  }

  remember(memory: Memory): void {
    memory.part('tasks', this.#actors);
    memory.fill('rows', this.#rows);
    memory.fill('alive', this.#alive);
    memory.fill('busy', this.#busy);
    this.#waiting = memory.keep('waiting', this.#waiting);
    memory.fill('progress', this.#progress);
  }

  #send(fence: Fence, event: TaskEvent, exit?: Exit): void {
    const name = nameOf(fence);
    const assignment = this.#alive.get(name);
    if (!assignment) return;
    this.#actors.send(name, event);
    const { state, context } = this.#actors.read(name)!;
    if (isEnd(state)) this.#end(assignment, state, context, exit);
  }

  #end(assignment: Assignment, state: string, context: TaskContext, exit: Exit | undefined): void {
    const { turn } = this.#ground.loop;
    const { birth, attempt, id, handler } = assignment;
    const name = nameOf(assignment);
    const logLength = this.#runner.logs.length({ birth, attempt });
    const guardedAt = guardedKill(context, exit, turn.at);
    const ending = endingOf(state, context, exit, guardedAt);
    const place = this.#outbox.add(
      {
        ...{ birth, attempt, at: guardedAt ?? turn.at },
        ...{ startedAt: context.startedAt, ending, logLength },
      },
      turn,
    );
    const intentAt = this.#rows.get(name)?.intentAt ?? turn.at;
    this.#save({
      birth,
      attempt,
      id,
      handler,
      intentAt,
      ended: { ending: ending.kind, place, logLength },
    });
    this.#ground.record({ kind: 'exit', birth, attempt, id, detail: ending.kind });
    this.#actors.drop(name);
    this.#alive.delete(name);
    this.#progress.delete(name);
    if (this.#busy.get(birth) === name) this.#busy.delete(birth);
    const waits = this.#waiting.findIndex((each) => each.name === name);
    if (waits >= 0) this.#waiting.splice(waits, 1);
  }

  /** What waits for a slot; the rest waits for the end of the attempt before it (I2). */
  *#awaitingSlot(): Iterable<{ readonly fence: Fence; readonly since: number }> {
    for (const { name, since } of this.#waiting) {
      const fence = this.#alive.get(name);
      if (fence && !this.#busy.has(fence.birth)) yield { fence, since };
    }
  }

  #awaitSlot(): void {
    const [first] = this.#awaitingSlot();
    this.#ground.loop.deadlines.set('slot', first ? first.since + SLOT_WITHIN_MS : null);
  }

  #giveBack(): void {
    const { at } = this.#ground.loop.turn;
    for (const { fence, since } of [...this.#awaitingSlot()])
      if (since + SLOT_WITHIN_MS <= at) this.refuse(fence, 'no slot fell free');
    this.#awaitSlot();
  }

  #save(row: TaskRow): void {
    this.#rows.set(nameOf(row), row);
    this.#ground.loop.turn.put(agentKey.task(row), row as unknown as Value);
  }
}

const stop = ({ birth, attempt }: TaskContext, how: 'abort' | 'kill'): AgentEffect => ({
  kind: 'stop',
  fence: { birth, attempt },
  how,
});
