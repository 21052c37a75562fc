/**
 * One boot of an agent: its life under one unbroken lease, joined into the turn loop.
 *
 *   hello ─▶ linked (report) ─▶ assigns, questions, kills, forgets ◀─▶ pulses, log bytes, beats
 *     │                               │
 *     │         the lease is over, `gone`, closed: kill what is alive, record its ends
 *     └───────────────────────────────┴──▶ (closed: hand over what is owed, bye) ─▶ endBoot: the next boot has
 *                                          a higher number (R1)
 *
 * What names another store, boot, controller or an older term is dropped before anything else is read.
 */
import type { Runner } from '../handlers/handler.ts';
import { defaultTiming } from '../machines/timing.ts';
import type { Answer, ControllerFrame, Fence, Notice, Request } from '../transport/frame.ts';
import type { LastWord } from '../transport/stand-in.ts';
import { AgentGround, type AgentEffect, type AgentInput } from './agent-ground.ts';
import type { BootRecords } from './agent-records.ts';
import type { Clock } from './clock.ts';
import type { Memory } from './freezing.ts';
import { Intake } from './intake.ts';
import { Lease } from './lease.ts';
import { LogShipping } from './log-shipping.ts';
import { Outbox, isSamePlace } from './outbox.ts';
import { reportParts } from './report-parts.ts';
import { Speech } from './speech.ts';
import { LEASE_OVER } from './task-ending.ts';
import { Tasks } from './task.ts';
import type { Turn } from './turn.ts';
import { TurnLoop, type Logic, type TurnLoopOptions } from './turn-loop.ts';

/** Why a boot ends that nobody need worry about. */
const CLOSED = 'the agent was closed';

/** Why tasks are stopped that an agent which leaves cannot wait for. */
const LEAVES = 'the agent leaves';

/** So long a boot that was closed waits for the controller to take over what it owes. */
const GOODBYE_WITHIN_MS = 2_000;

export class Boot implements Logic<AgentInput, AgentEffect> {
  readonly loop: TurnLoop<AgentInput, AgentEffect>;
  readonly #ground: AgentGround;
  readonly #intake = new Intake();
  readonly #lease: Lease;
  readonly #tasks: Tasks;
  readonly #outbox: Outbox;
  readonly #shipping: LogShipping;
  readonly #speech: Speech;
  readonly #runner: Runner;
  readonly #outside: (effect: AgentEffect) => void;
  /** The controller of this boot; '' until it has linked. */
  #controllerId = '';
  #linked = false;
  #heardAt: number;
  /** When the loop turned again after it was blocked: what came meanwhile was not read yet. */
  #wokeAt = -Infinity;
  #ending: { readonly reason: string; readonly atLeast: number } | undefined;
  #leaving = false;
  /** It was closed, and the controller is to have what it owes. */
  #handsOver = false;
  /** When the last word is said, whatever is still owed; set when nothing lives any more. */
  #goodbyeAt: number | undefined;
  #over = false;
  #isSettled = false;
  readonly #clock: Clock;
  #disarm = () => {};

  /** @param outside performs what leaves the node: frames, log lines, the end of the boot */
  constructor(
    id: string,
    slots: number,
    records: BootRecords,
    runner: Runner,
    options: Omit<TurnLoopOptions<AgentInput, AgentEffect>, 'logic' | 'first'>,
    outside: (effect: AgentEffect) => void,
  ) {
    this.#outside = outside;
    this.#runner = runner;
    this.#clock = options.clock;
    this.loop = new TurnLoop({ ...options, logic: this, first: 'deadlines' });
    this.#heardAt = options.startAt;
    this.#ground = new AgentGround(id, slots, records.meta, this.loop);
    this.#outbox = new Outbox(records.meta.boot, records.outbox, records.meta.lastOut);
    this.#shipping = new LogShipping(runner.logs, records.tasks);
    this.#lease = new Lease(this.loop.deadlines, () => this.#end(LEASE_OVER, 0));
    this.#tasks = new Tasks(this.#ground, this.#outbox, runner, records.tasks);
    this.#speech = new Speech(this.#ground, this.#tasks, this.#outbox, this.#shipping, runner);
    this.loop.deadlines.set('beat', options.startAt);
    this.loop.post({ kind: 'connected' });
  }

  /** True when, as of its last turn, nothing was alive here and the controller had recorded all that was owed. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** What is left of the lease; undefined without one, or without a link, and when the boot ends. */
  get lease(): Omit<LastWord, 'subject' | 'frame'> | undefined {
    const { timing } = this.#lease;
    if (!timing || this.#ending || this.#intake.link === 0) return undefined;
    const { periodMs, delayMs } = timing;
    return { periodMs, delayMs, leaseMs: this.#lease.leftMs(this.loop.at()) };
  }

  /** True when nothing of it lives. */
  get isIdle(): boolean {
    return this.#tasks.alive === 0;
  }

  /** Kills all that this boot has started, without a record; resolves when nothing of it lives. */
  stopAll(): Promise<void> {
    for (const fence of this.#ground.alive) this.#runner.stop(fence, 'kill');
    return this.#ground.whenGone();
  }

  /** Handlers that run now and cannot be killed from here. */
  unkillable(): readonly string[] {
    return this.#tasks.unkillable();
  }

  /** Lets go of the clock: this boot is over, or its process ends. */
  disarm(): void {
    this.#disarm();
  }

  take(input: AgentInput, turn: Turn<AgentEffect>): void {
    switch (input.kind) {
      case 'frame':
        if (!this.#isForUs(input.frame)) return;
        // A boot that ends takes no more work: it would wait for its end for ever.
        if (this.#ending) return this.#heeded(input.frame, turn);
        return this.#frame(input.frame, turn);
      case 'exit':
        this.#tasks.exit(input.fence, input.exit);
        return this.#shipping.grown(input.fence);
      case 'refused':
        return this.#tasks.refuse(input.fence, input.reason);
      case 'progress':
        return this.#tasks.noteProgress(input.fence, input.value);
      case 'step':
        return this.#tasks.step(input.fence, input.news);
      case 'logged':
        return this.#shipping.grown(input.fence);
      case 'connected':
        return this.#speech.again();
      case 'close':
        this.#handsOver = input.handsOver;
        return this.#end(CLOSED, 0);
      case 'leave':
        this.#leaving = true;
        return this.#speech.beat();
      case 'stopTasks':
        return this.#tasks.stopAll(LEAVES);
    }
  }

  due(name: string, turn: Turn<AgentEffect>): void {
    if (name === 'beat') this.#speech.beat();
    else if (name === 'lease:lease') {
      this.#lease.due(turn.at);
      // Two beats unanswered: the next ones follow at once (B4).
      this.#speech.beat();
    } else if (name === 'repeat') this.#speech.rewind();
    else if (name === 'unkillable')
      turn.act({ kind: 'unkillable', handlers: this.#tasks.unkillable() });
    else if (name === 'progress') this.#speech.progress();
    else this.#tasks.due(name);
  }

  finish(turn: Turn<AgentEffect>): void {
    this.#conclude(turn);
    this.#isSettled = this.#tasks.alive === 0 && !this.#outbox.isOwed && !this.#shipping.isOwed;
  }

  #conclude(turn: Turn<AgentEffect>): void {
    if (!isSamePlace(this.#outbox.last, this.#ground.meta.lastOut))
      this.#ground.saveMeta({ lastOut: this.#outbox.last });
    if (this.#over) return;
    if (this.#ending) {
      if (this.#tasks.alive > 0 || !this.#takesLeave(turn)) return;
      this.#over = true;
      turn.act({ kind: 'endBoot', ...this.#ending });
      return;
    }
    this.#tasks.letGo();
    this.#speak(turn, false);
  }

  perform(effect: AgentEffect): void {
    if (effect.kind === 'start') {
      const at = this.loop.fresh();
      this.#tasks.start(effect.assignment, this.#lease.leftMs(at), at);
    } else if (effect.kind === 'stop') this.#runner.stop(effect.fence, effect.how);
    else if (effect.kind === 'beginStep')
      this.#tasks.beginStep(effect.fence, effect.key, this.#lease.leftMs(this.loop.fresh()));
    else if (effect.kind === 'lease') this.#fence(effect.leftMs);
    else if (effect.kind === 'forgetLog') {
      this.#shipping.forget(effect.fence);
      this.#removeLog(effect.fence);
    } else {
      this.#outside(effect);
      if (effect.kind === 'frame' && effect.frame.link === this.#intake.link)
        this.#outbox.hasLeft(effect.frame.out);
    }
  }

  remember(memory: Memory): void {
    memory.part('ground', this.#ground);
    memory.part('intake', this.#intake);
    memory.part('lease', this.#lease);
    memory.part('tasks', this.#tasks);
    memory.part('outbox', this.#outbox);
    memory.part('shipping', this.#shipping);
    memory.part('speech', this.#speech);
    this.#controllerId = memory.keep('controllerId', this.#controllerId);
    this.#linked = memory.keep('linked', this.#linked);
    this.#heardAt = memory.keep('heardAt', this.#heardAt);
    this.#wokeAt = memory.keep('wokeAt', this.#wokeAt);
    this.#ending = memory.keep('ending', this.#ending);
    this.#leaving = memory.keep('leaving', this.#leaving);
    this.#handsOver = memory.keep('handsOver', this.#handsOver);
    this.#goodbyeAt = memory.keep('goodbyeAt', this.#goodbyeAt);
    this.#over = memory.keep('over', this.#over);
    this.#isSettled = memory.keep('isSettled', this.#isSettled);
    memory.part('loop', this.loop);
  }

  #speak(turn: Turn<AgentEffect>, isLast: boolean): void {
    const { delayMs } = this.#lease.timing ?? defaultTiming;
    if (turn.lateMs > delayMs) this.#wokeAt = turn.at;
    this.#speech.speak(turn, {
      link: this.#intake.link,
      seen: this.#intake.seen,
      isLinked: this.#linked,
      isLate: this.#lease.state === 'late',
      timing: this.#lease.timing,
      heardAt: Math.max(this.#heardAt, this.#wokeAt),
      isLeaving: this.#leaving || this.#ending !== undefined,
      isLast,
    });
  }

  /**
   * Nothing of this boot lives. Hands over what is owed while the controller answers, and then has its last
   * word; nobody listens to a boot that ends for another reason. Returns true when all is said.
   */
  #takesLeave(turn: Turn<AgentEffect>): boolean {
    if (!this.#handsOver || this.#intake.link === 0) return true;
    this.#goodbyeAt ??= turn.at + GOODBYE_WITHIN_MS;
    this.loop.deadlines.set('goodbye', this.#goodbyeAt);
    const isOwed = this.#outbox.isOwed || this.#shipping.isOwed;
    const isLast = !isOwed || this.#lease.state !== 'held' || turn.at >= this.#goodbyeAt;
    this.#speak(turn, isLast);
    return isLast;
  }

  /** A log that cannot be removed now is removed when the next boot begins. */
  #removeLog(fence: Fence): void {
    try {
      this.#runner.logs.remove(fence);
    } catch (error) {
      this.#outside({
        kind: 'log',
        level: 'warn',
        fields: { err: error },
        message: 'log not removed',
      });
    }
  }

  #isForUs({ agent, storeId, boot, controllerId, term }: ControllerFrame): boolean {
    const { meta, id } = this.#ground;
    if (agent !== id || storeId !== meta.storeId || boot !== meta.boot) return false;
    if (this.#controllerId !== '' && controllerId !== this.#controllerId) return false;
    return controllerId !== meta.controllerId || term >= meta.term;
  }

  #frame(frame: ControllerFrame, turn: Turn<AgentEffect>): void {
    const { meta } = this.#ground;
    if (frame.notice) return this.#notice(frame.notice, turn);
    // What does not name it may be meant for another boot of its number (R2).
    if (this.#intake.link === 0 && frame.bootId !== meta.bootId) return;
    if (frame.controllerId !== meta.controllerId && frame.requests[0]?.n === 1)
      this.#dropForeign(turn);
    const { term, link } = this.#intake;
    const apply = (request: Request) => this.#apply(request);
    const answers = this.#intake.take(frame, apply, turn.at);
    if (answers === undefined) return;
    if (this.#intake.link === 0) return;
    if (this.#controllerId === '' || frame.term > meta.term) {
      this.#controllerId = frame.controllerId;
      this.#ground.saveMeta({ controllerId: frame.controllerId, term: frame.term });
    }
    if (this.#intake.term !== term || this.#intake.link !== link) this.#relink();
    this.#speech.answer(answers);
    this.#heardAt = turn.at;
    if (frame.settled >= 1) this.#linked = true;
    if (frame.echo !== null) this.#echoed(frame, turn);
    this.#heeded(frame, turn);
  }

  /** What the controller has taken over, and what it misses. */
  #heeded(frame: ControllerFrame, turn: Turn<AgentEffect>): void {
    if (frame.term !== this.#intake.term || frame.link !== this.#intake.link) return;
    if (frame.recorded && this.#outbox.trim(frame.recorded, turn, this.#tasks.recorded))
      this.#speech.heeded();
    for (const { birth, attempt, length } of frame.logs)
      if (this.#shipping.acked({ birth, attempt }, length)) this.#speech.heeded();
    if (frame.missing) this.#speech.rewind();
  }

  #echoed(frame: ControllerFrame, turn: Turn<AgentEffect>): void {
    const before = this.#lease.timing?.periodMs;
    this.#lease.echo(turn.at, frame.echo!, frame.timing);
    // By another period the next beat may be due already.
    if (before !== undefined && this.#lease.timing!.periodMs !== before) this.#speech.beat();
    turn.actNow({ kind: 'lease', leftMs: this.#lease.leftMs(turn.at) });
  }

  /** Kills what is alive when the lease is over, also when no turn can be taken since the disk stalls (R8). */
  #fence(leftMs: number): void {
    this.#runner.leaseFor(leftMs);
    this.#disarm();
    this.#disarm = this.#clock.after(leftMs, () => void this.stopAll());
  }

  #notice(notice: Notice, turn: Turn<AgentEffect>): void {
    if (notice.kind === 'gone') this.#end('the controller had given this boot up', 0);
    else if (notice.kind === 'stale') {
      // The answer to a hello of long ago: since then this boot has got a link.
      if (notice.known === this.#ground.meta.boot && this.#intake.link > 0) return;
      this.#ground.log(
        'error',
        { known: notice.known },
        'this store went back in time: the controller knows this boot of it, or a later one',
      );
      this.#end('the boot number was used before', notice.known);
    } else {
      const { kind, silentMs = null } = notice;
      turn.act({ kind: 'idTaken', isHeld: kind === 'held', silentMs });
    }
  }

  /** Ends the boot: everything alive is killed now, before any record; the next boot begins when it is gone. */
  #end(reason: string, atLeast: number): void {
    if (this.#ending) return;
    this.#ending = { reason, atLeast };
    this.#tasks.killAll(reason);
    this.#ground.saveMeta({ isOver: true });
    this.#ground.record({ kind: 'lease', detail: reason });
    const level = reason === CLOSED ? 'info' : 'warn';
    this.#ground.log(level, { reason, alive: this.#tasks.alive }, 'boot ends');
    if (this.#tasks.unkillable().length > 0)
      this.loop.deadlines.set('unkillable', this.loop.turn.at);
  }

  #apply(request: Request): readonly Answer[] {
    const { n } = request;
    switch (request.kind) {
      case 'report':
        return reportParts(n, this.#tasks.report());
      case 'assign':
        return [{ n, kind: 'tasks', tasks: request.tasks.map((task) => this.#tasks.assign(task)) }];
      case 'ask':
        return [
          { n, kind: 'tasks', tasks: request.fences.map((fence) => this.#tasks.held(fence)) },
        ];
      case 'kill':
        for (const fence of request.fences) this.#tasks.kill(fence, request.reason, false);
        return [{ n, kind: 'ok' }];
      case 'forget':
        for (const fence of request.fences) this.#tasks.forget(fence);
        return [{ n, kind: 'ok' }];
      case 'probe':
        return [{ n, kind: 'ok' }];
    }
  }

  /** Another controller is followed from here on: nobody will ask for what was done for the one before. */
  #dropForeign(turn: Turn<AgentEffect>): void {
    const endings = this.#outbox.drop(turn);
    const fences = this.#tasks.drop();
    if (fences === 0) return;
    const { controllerId } = this.#ground.meta;
    this.#ground.log(
      'warn',
      { controllerId, endings, fences },
      'work of another controller is forgotten',
    );
  }

  #relink(): void {
    this.#ground.record({
      kind: 'link',
      detail: `term ${this.#intake.term}, link ${this.#intake.link}`,
    });
    this.#linked = false;
    this.#speech.relink();
  }
}
