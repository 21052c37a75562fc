/**
 * The one loop that every node is: take what has arrived, decide, record, and only then act.
 *
 *   inbox ──take──▶ decide ──▶ append (one batch) ──▶ recorded ──▶ act, in the order of the turns
 *     ▲              │  ▲           │
 *   post()     deadlines│           └── the next turn may decide meanwhile (at most `PIPELINED`; when the
 *                                       disk stalls, more of them, now and then)
 *
 * Invariants:
 *   I1  An effect given to `act` runs after its own turn and all before it are durable.
 *   I2  An effect given to `actNow` runs at once. Only two may, since they promise nothing that a restart
 *       does not re-establish: the kill of a process tree, and a beat or its echo (protocol A7, R8).
 *   I3  A failed append, or an exception while deciding, ends this life: nothing later is recorded or
 *       acted on, and `failed` is told once. The node then recovers from its journal.
 *   I4  `at` never goes back within a life, and durations between two of them are elapsed time.
 */
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { freeze, type Memory, type Remembering } from './freezing.ts';
import type { LifeTap, Step } from './tap.ts';
import { RunTurn, type Turn } from './turn.ts';
import { createView, type View } from './view.ts';

/** Turns whose record is under way at once; what arrives meanwhile gathers into the next turn. */
const PIPELINED = 2;

/** While the disk stalls, a turn is decided all the same this often: echoes, beats and leases do not wait. */
const STALLED_TURN_MS = 250;

/** Turns decided on top of a stalled disk; beyond them the node waits for it. */
const STALLED_TURNS = 1_000;

/** Inputs and due deadlines of one turn, so that a flood cannot keep the first of it from being acted on. */
const PER_TURN = 2_000;

const NONE: readonly number[] = [];

/** Places within a turn at which a crash test may stop the node. */
export type Phase = 'taken' | 'decided' | 'appending' | 'recorded' | 'acted';

/** What a node does with its turns. `take`, `due` and `finish` run while the turn is open. */
export interface Logic<Input, Effect> extends Remembering {
  take(input: Input, turn: Turn<Effect>): void;
  /** The deadline of that name is due. */
  due(name: string, turn: Turn<Effect>): void;
  /** Last word before the turn is recorded: gather what is to be sent. */
  finish(turn: Turn<Effect>): void;
  perform(effect: Effect): void;
}

export interface TurnLoopOptions<Input, Effect> {
  readonly clock: Clock;
  readonly store: Store;
  /** Instant at which this life begins; not before the last one of the life before. */
  readonly startAt: number;
  /** When the append that began this life began (R13). Default: `startAt`. */
  readonly provenAt?: number;
  readonly logic: Logic<Input, Effect>;
  /** The controller reads its inbox first (no false loss), the agent its deadlines (no late lease): protocol C11. */
  readonly first: 'inbox' | 'deadlines';
  readonly failed: (error: unknown) => void;
  /** Hears this life; `store` is the one it gave. Default: nobody does. */
  readonly tap?: LifeTap<Input, Effect> | undefined;
  /** For crash tests: called between any two phases; may call `halt`. */
  readonly observe?: ((phase: Phase, turn: number) => void) | undefined;
}

/** What is needed to live a turn again. */
export type Played<Input> = Pick<Step<Input, never>, 'at' | 'lateMs' | 'inputs' | 'readings'>;

/** A decided turn on its way to the disk. */
interface Append<Input, Effect> {
  readonly turn: RunTurn<Input, Effect>;
  readonly expect: number;
}

export class TurnLoop<Input, Effect> implements Remembering {
  readonly deadlines: Deadlines = createDeadlines();
  readonly #options: TurnLoopOptions<Input, Effect>;
  readonly #view: View;
  readonly #startElapsed: number;
  readonly #underWay: RunTurn<Input, Effect>[] = [];
  #inbox: Input[] = [];
  #position: number;
  #turns = 0;
  #open: RunTurn<Input, Effect> | undefined;
  #appending = 0;
  /** Decided while the disk stalled; appended when one of those before is through. */
  readonly #behind: Append<Input, Effect>[] = [];
  #lastTurnAt = -Infinity;
  #halted = false;
  #closed: Promise<void> | undefined;
  #over = () => {};
  #lateMs = 0;
  #lagMs = 0;
  #provenAt: number;
  #wakeAt = Infinity;
  #cancelWake = () => {};
  /** What the clock has said to the turn that is decided or acted on, where it was asked afresh. */
  #readings: number[] = [];
  /** What it is to say next; undefined unless turns are played. */
  #played: number[] | undefined;

  constructor(options: TurnLoopOptions<Input, Effect>) {
    this.#options = options;
    this.#view = createView(options.store);
    this.#startElapsed = options.clock.elapsed();
    this.#position = options.store.position();
    this.#provenAt = options.provenAt ?? options.startAt;
  }

  /** The present instant, on the clock of the turns. */
  at(): number {
    return this.#options.startAt + this.#options.clock.elapsed() - this.#startElapsed;
  }

  /** The present instant, for an effect that must not go by the instant of its turn (R7, R13). */
  fresh(): number {
    const at = this.#played ? this.#played.shift() : this.at();
    if (at === undefined) throw new Error('The clock is asked where it was not asked before.');
    if (this.#options.tap) this.#readings.push(at);
    return at;
  }

  /** How late the loop has woken at most since this was last asked, in ms. */
  takeLag(): number {
    const lagMs = this.#lagMs;
    this.#lagMs = 0;
    return lagMs;
  }

  /** When the last append that succeeded began: until then, at least, the store was ours (R13). */
  provenAt(): number {
    return this.#provenAt;
  }

  /** The open turn. @throws when none is open: a programmer's error. */
  get turn(): Turn<Effect> {
    if (!this.#open) throw new Error('No turn is open.');
    return this.#open;
  }

  post(input: Input): void {
    if (this.#halted || this.#closed || this.#played) return;
    this.#inbox.push(input);
    this.#wake(this.at());
  }

  /**
   * Lives a turn again as it was: at its instant, with its inputs, and with the deadlines that follow. From
   * the first such turn on the loop goes by nothing else: it takes no input, and appends nothing. When
   * `tap.turn` returns, the store must show what the turn has written.
   *
   * @throws what deciding throws, and when the clock is asked more often than then
   */
  play({ at, lateMs, inputs, readings }: Played<Input>): void {
    this.#played = [...readings];
    this.#inbox = [...inputs];
    this.#lateMs = lateMs;
    const turn = this.#begin(at);
    try {
      this.#decide(turn);
    } finally {
      this.#open = undefined;
    }
    this.#view.end(turn.layer);
    this.#position += turn.entries.length;
    this.#underWay.push(turn);
  }

  /**
   * The oldest turn that was played is durable, as it was then: performs its effects.
   *
   * @param readings what the clock says meanwhile
   * @throws what performing throws, and when the clock is asked more often than then
   */
  playDurable(readings: readonly number[]): void {
    const [turn] = this.#underWay;
    if (!turn) throw new Error('No turn is under way.');
    this.#played = [...readings];
    if (!turn.isEmpty) this.#provenAt = turn.at;
    this.#perform(turn);
  }

  /** What has come in belongs to the turn that takes it; nothing else is under way. */
  remember(memory: Memory): void {
    this.#turns = memory.keep('turns', this.#turns);
    this.#position = memory.keep('position', this.#position);
    this.#provenAt = memory.keep('provenAt', this.#provenAt);
    this.#lagMs = memory.keep('lagMs', this.#lagMs);
    memory.part('deadlines', this.deadlines);
  }

  /** Takes no more input; resolves when all that was taken is recorded and acted on. */
  close(): Promise<void> {
    if (this.#halted) return Promise.resolve();
    this.#closed ??= new Promise((resolve) => (this.#over = resolve));
    this.#rearm();
    return this.#closed;
  }

  /** Stops dead: what is not recorded yet is forgotten, as in a crash. */
  halt(): void {
    this.#halted = true;
    this.#inbox = [];
    this.#underWay.length = 0;
    this.#behind.length = 0;
    this.#cancelWake();
    this.#over();
  }

  #fail = (error: unknown, open?: RunTurn<Input, Effect>): void => {
    if (this.#halted) return;
    this.halt();
    this.#options.tap?.over(error, open?.step(this.#takeReadings()));
    this.#options.failed(error);
  };

  #takeReadings(): readonly number[] {
    if (this.#readings.length === 0) return NONE;
    const readings = this.#readings;
    this.#readings = [];
    return readings;
  }

  /** True when the node was stopped at this place. */
  #stoppedAt(phase: Phase, turn: number): boolean {
    this.#options.observe?.(phase, turn);
    return this.#halted;
  }

  #wake(when: number): void {
    if (this.#halted || when >= this.#wakeAt) return;
    this.#cancelWake();
    this.#wakeAt = when;
    this.#cancelWake = this.#options.clock.after(when - this.at(), () => {
      this.#wakeAt = Infinity;
      this.#lateMs = Math.max(this.#lateMs, this.at() - when);
      this.#run();
    });
  }

  #rearm(): void {
    if (this.#halted) return;
    if (this.#inbox.length > 0) this.#wake(this.at());
    else if (!this.#closed) this.#wake(this.deadlines.next() ?? Infinity);
    else if (this.#underWay.length === 0) {
      this.halt();
      this.#options.tap?.over(undefined);
    }
  }

  #run(): void {
    if (this.#halted || this.#open) return;
    const { tap } = this.#options;
    if (this.#appending >= (tap?.waits ? 1 : PIPELINED) && !this.#mayOvertake()) return;
    const turn = this.#begin(this.at());
    try {
      if (this.#stoppedAt('taken', turn.number)) return;
      this.#decide(turn);
      if (this.#stoppedAt('decided', turn.number)) return;
      this.#append(turn);
    } catch (error) {
      this.#fail(error, this.#open);
    } finally {
      this.#open = undefined;
    }
    this.#rearm();
  }

  #begin(at: number): RunTurn<Input, Effect> {
    const { logic } = this.#options;
    const lateMs = this.#lateMs;
    this.#lateMs = 0;
    this.#lagMs = Math.max(this.#lagMs, lateMs);
    this.#lastTurnAt = at;
    this.#open = new RunTurn(
      { number: ++this.#turns, at, lateMs },
      {
        position: this.#position,
        view: this.#view,
        perform: (effect) => logic.perform(effect),
      },
    );
    return this.#open;
  }

  /** Whether a turn may be decided although the disk has enough to do. */
  #mayOvertake(): boolean {
    if (this.#behind.length >= STALLED_TURNS) return false;
    const at = this.#lastTurnAt + STALLED_TURN_MS;
    if (this.at() < at) this.#wake(at);
    return this.at() >= at;
  }

  #decide(turn: RunTurn<Input, Effect>): void {
    const { logic, first, tap } = this.#options;
    const expire = () => {
      turn.due = this.deadlines.take(turn.at, PER_TURN);
      for (const name of turn.due) logic.due(name, turn);
    };
    if (first === 'deadlines') expire();
    turn.inputs = this.#inbox.splice(0, PER_TURN);
    for (const input of turn.inputs) logic.take(input, turn);
    if (first === 'inbox') expire();
    logic.finish(turn);
    this.#open = undefined;
    tap?.turn(turn.step(this.#takeReadings()));
  }

  #append(turn: RunTurn<Input, Effect>): void {
    this.#underWay.push(turn);
    if (turn.isEmpty) {
      this.#view.end(turn.layer);
      turn.recorded = true;
      return this.#act();
    }
    const append = { turn, expect: this.#position };
    this.#position += turn.entries.length;
    if (this.#appending < PIPELINED) this.#write(append);
    else this.#behind.push(append);
  }

  #write({ turn, expect }: Append<Input, Effect>): void {
    this.#appending++;
    this.#options.store.append(turn.batch, { expect }).then(
      () => {
        this.#appending--;
        if (this.#halted) return;
        const next = this.#behind.shift();
        if (next) this.#write(next);
        this.#view.end(turn.layer);
        this.#provenAt = turn.at;
        turn.recorded = true;
        if (!this.#stoppedAt('recorded', turn.number)) this.#act();
        this.#rearm();
      },
      (error: unknown) => this.#fail(error),
    );
    this.#stoppedAt('appending', turn.number);
  }

  #act(): void {
    try {
      while (this.#underWay[0]?.recorded) {
        if (!this.#perform(this.#underWay[0])) return;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Performs what has waited for the record of the oldest turn; false when the node was stopped meanwhile. */
  #perform(turn: RunTurn<Input, Effect>): boolean {
    const { logic, tap } = this.#options;
    for (const effect of turn.effects) {
      logic.perform(effect);
      if (this.#stoppedAt('acted', turn.number)) return false;
    }
    this.#underWay.shift();
    tap?.durable(turn.number, this.at(), this.#takeReadings());
    if (this.#underWay.length === 0) tap?.quiet?.(turn.number, () => freeze(logic));
    return true;
  }
}
