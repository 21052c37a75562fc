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
import type { KeyRange, Store, Value, Write } from '../store/store.ts';
import type { Clock } from './clock.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { createView, type Layer, type View } from './view.ts';

/** Turns whose record is under way at once; what arrives meanwhile gathers into the next turn. */
const PIPELINED = 2;

/** While the disk stalls, a turn is decided all the same this often: echoes, beats and leases do not wait. */
const STALLED_TURN_MS = 250;

/** Turns decided on top of a stalled disk; beyond them the node waits for it. */
const STALLED_TURNS = 1_000;

/** Inputs and due deadlines of one turn, so that a flood cannot keep the first of it from being acted on. */
const PER_TURN = 2_000;

/** Places within a turn at which a crash test may stop the node. */
export type Phase = 'taken' | 'decided' | 'appending' | 'recorded' | 'acted';

export interface Turn<Effect> {
  readonly number: number;
  /** Instant of the turn, in ms: wall clock at the start of the life plus elapsed time since. */
  readonly at: number;
  get(key: string): Value | undefined;
  range(range: KeyRange): Iterable<readonly [string, Value]>;
  put(key: string, value: Value): void;
  delete(key: string): void;
  /** Number that the next fact will get. */
  readonly next: number;
  /** Adds a fact to the journal and returns its number. */
  record(entry: Value): number;
  /** Runs the effect once this turn is durable. */
  act(effect: Effect): void;
  /** Runs the effect at once, whatever the disk does. See I2. */
  actNow(effect: Effect): void;
}

/** What a node does with its turns. All but `perform` run while the turn is open. */
export interface Logic<Input, Effect> {
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
  /** For crash tests: called between any two phases; may call `halt`. */
  readonly observe?: ((phase: Phase, turn: number) => void) | undefined;
}

/** A decided turn on its way to the disk. */
interface Append<Effect> {
  readonly turn: RunTurn<Effect>;
  readonly expect: number;
}

interface RunTurn<Effect> extends Turn<Effect> {
  readonly entries: Value[];
  readonly layer: Layer;
  readonly effects: Effect[];
  recorded: boolean;
}

export class TurnLoop<Input, Effect> {
  readonly deadlines: Deadlines = createDeadlines();
  readonly #options: TurnLoopOptions<Input, Effect>;
  readonly #view: View;
  readonly #startElapsed: number;
  readonly #underWay: RunTurn<Effect>[] = [];
  #inbox: Input[] = [];
  #position: number;
  #turns = 0;
  #open: RunTurn<Effect> | undefined;
  #appending = 0;
  /** Decided while the disk stalled; appended when one of those before is through. */
  readonly #behind: Append<Effect>[] = [];
  #lastTurnAt = -Infinity;
  #halted = false;
  #closed: Promise<void> | undefined;
  #over = () => {};
  #lateMs = 0;
  #lagMs = 0;
  #provenAt: number;
  #wakeAt = Infinity;
  #cancelWake = () => {};

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

  /** How late the present turn is, in ms: for so long at least this loop has read nothing. */
  get lateMs(): number {
    return this.#lateMs;
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
    if (this.#halted || this.#closed) return;
    this.#inbox.push(input);
    this.#wake(this.at());
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

  #fail = (error: unknown): void => {
    if (this.#halted) return;
    this.halt();
    this.#options.failed(error);
  };

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
      this.#lateMs = Math.max(0, this.at() - when);
      this.#lagMs = Math.max(this.#lagMs, this.#lateMs);
      this.#run();
    });
  }

  #rearm(): void {
    if (this.#inbox.length > 0) this.#wake(this.at());
    else if (!this.#closed) this.#wake(this.deadlines.next() ?? Infinity);
    else if (this.#underWay.length === 0) this.halt();
  }

  #run(): void {
    if (this.#halted || this.#open) return;
    if (this.#appending >= PIPELINED && !this.#mayOvertake()) return;
    this.#lastTurnAt = this.at();
    const turn = openTurn<Effect>(++this.#turns, this.at(), this.#position, this.#view, (effect) =>
      this.#options.logic.perform(effect),
    );
    this.#open = turn;
    try {
      if (this.#stoppedAt('taken', turn.number)) return;
      this.#decide(turn);
      this.#open = undefined;
      if (this.#stoppedAt('decided', turn.number)) return;
      this.#append(turn);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#open = undefined;
    }
    this.#rearm();
  }

  /** Whether a turn may be decided although the disk has enough to do. */
  #mayOvertake(): boolean {
    if (this.#behind.length >= STALLED_TURNS) return false;
    const at = this.#lastTurnAt + STALLED_TURN_MS;
    if (this.at() < at) this.#wake(at);
    return this.at() >= at;
  }

  #decide(turn: RunTurn<Effect>): void {
    const { logic, first } = this.#options;
    const expire = () => {
      for (const name of this.deadlines.take(turn.at, PER_TURN)) logic.due(name, turn);
    };
    if (first === 'deadlines') expire();
    for (const input of this.#inbox.splice(0, PER_TURN)) logic.take(input, turn);
    if (first === 'inbox') expire();
    logic.finish(turn);
  }

  #append(turn: RunTurn<Effect>): void {
    this.#underWay.push(turn);
    if (turn.entries.length === 0 && turn.layer.writes.size === 0) {
      this.#view.end(turn.layer);
      turn.recorded = true;
      return this.#act();
    }
    const append = { turn, expect: this.#position };
    this.#position += turn.entries.length;
    if (this.#appending < PIPELINED) this.#begin(append);
    else this.#behind.push(append);
  }

  #begin({ turn, expect }: Append<Effect>): void {
    this.#appending++;
    const writes: Write[] = [];
    turn.layer.writes.forEach((value, key) =>
      writes.push(value === undefined ? { delete: key } : { put: key, value }),
    );
    this.#options.store.append({ entries: turn.entries, writes }, { expect }).then(() => {
      this.#appending--;
      if (this.#halted) return;
      const next = this.#behind.shift();
      if (next) this.#begin(next);
      this.#view.end(turn.layer);
      this.#provenAt = turn.at;
      turn.recorded = true;
      if (!this.#stoppedAt('recorded', turn.number)) this.#act();
      this.#rearm();
    }, this.#fail);
    this.#stoppedAt('appending', turn.number);
  }

  #act(): void {
    try {
      while (this.#underWay[0]?.recorded) {
        const turn = this.#underWay[0];
        for (const effect of turn.effects) {
          this.#options.logic.perform(effect);
          if (this.#stoppedAt('acted', turn.number)) return;
        }
        this.#underWay.shift();
      }
    } catch (error) {
      this.#fail(error);
    }
  }
}

function openTurn<Effect>(
  number: number,
  at: number,
  position: number,
  view: View,
  perform: (effect: Effect) => void,
): RunTurn<Effect> {
  const entries: Value[] = [];
  const layer = view.begin();
  const effects: Effect[] = [];
  return {
    number,
    at,
    entries,
    layer,
    effects,
    recorded: false,
    get: (key) => view.get(key),
    range: (range) => view.range(range),
    put: (key, value) => layer.write(key, value),
    delete: (key) => layer.write(key, undefined),
    get next() {
      return position + entries.length + 1;
    },
    record: (entry) => position + entries.push(entry),
    act: (effect) => void effects.push(effect),
    actNow: perform,
  };
}
