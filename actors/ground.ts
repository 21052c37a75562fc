/**
 * What the parts of one term of a controller stand on: its turns, its settings, and the way a fact gets
 * into the journal. Also what a controller takes in and what it does.
 */
import { withDefault, type ClassSettings } from '../machines/class-settings.ts';
import type { Value } from '../store/store.ts';
import { idleAfterMs, type Timing } from '../machines/timing.ts';
import type { AgentFrame, ControllerFrame, OutboxPlace } from '../transport/frame.ts';
import type { Command } from './commands.ts';
import { entryList } from './entry-row.ts';
import type { Memory, Remembering } from './freezing.ts';
import { Timings, type TimingPlan } from './timings.ts';
import { key, type Entry, type MetaRow, type OutcomeRow } from './records.ts';
import type { TurnLoop } from './turn-loop.ts';

/** Settings of a controller; durations in ms. */
export interface ControllerConfig {
  readonly namespace: string;
  readonly timing: Timing;
  /** Bound on the difference of two clocks' rates; part of the guard. */
  readonly drift: number;
  /** Longest time that killing a process tree takes; part of the guard. */
  readonly killTimeMs: number;
  readonly sweepMs: number;
  /** Without a pulse for that long a sub-transaction is idle. */
  readonly idleMs: number;
  /** From the abort of a task to its kill, on cancel and time-out. */
  readonly graceMs: number;
  /** `first`: fixed priority. `next`: round robin. */
  readonly select: 'first' | 'next';
  /** Attempts in progress at once over all agents. */
  readonly maxProcesses: number;
  /** How long an append proves that the store is ours; 0: the store itself admits one process only. */
  readonly termLeaseMs: number;
}

export type ControllerInput =
  | { readonly kind: 'recover' }
  | { readonly kind: 'frame'; readonly frame: AgentFrame }
  /** The probe that the controller sends to itself has come back (protocol B3). */
  | { readonly kind: 'probe'; readonly sentAt: number }
  /** What became of the connection of the transport. */
  | { readonly kind: 'connected' | 'disconnected' }
  | { readonly kind: 'command'; readonly command: Command; readonly ticket: number };

export type ControllerEffect =
  | { readonly kind: 'frame'; readonly frame: ControllerFrame }
  | { readonly kind: 'probe'; readonly sentAt: number }
  /** What was taken over from an agent is durable: it may be told so. */
  | {
      readonly kind: 'durable';
      readonly agent: string;
      readonly storeId: string;
      readonly recorded: OutboxPlace | null;
      readonly logs: readonly (readonly [string, number])[];
    }
  | { readonly kind: 'reply'; readonly ticket: number; readonly value: unknown }
  | { readonly kind: 'refuse'; readonly ticket: number; readonly error: Error }
  | { readonly kind: 'settled'; readonly birth: number; readonly outcome: OutcomeRow }
  /** Another timing, and the longer timeouts it grants, are on disk: frames may name it. */
  | { readonly kind: 'granted'; readonly plan: TimingPlan }
  | { readonly kind: 'feed'; readonly entries: readonly (readonly [number, Entry])[] }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    };

export class Ground implements Remembering {
  readonly controllerId: string;
  readonly term: number;
  #births: number;
  readonly config: ControllerConfig;
  #timings: Timings;
  #told: Timings;
  readonly loop: TurnLoop<ControllerInput, ControllerEffect>;
  #feed: (readonly [number, Entry])[] = [];

  constructor(
    identity: { readonly controllerId: string; readonly term: number; readonly births: number },
    config: ControllerConfig,
    loop: TurnLoop<ControllerInput, ControllerEffect>,
  ) {
    this.controllerId = identity.controllerId;
    this.term = identity.term;
    this.#births = identity.births;
    this.config = config;
    this.#timings = new Timings({
      timing: config.timing,
      classes: withDefault([], config),
      atLeastMs: 0,
    });
    this.#told = this.#timings;
    this.loop = loop;
  }

  /** What is added to a journal position to make a birth or a version of it; links begin above. */
  get births(): number {
    return this.#births;
  }

  /** Births up to that one are taken: the next fact makes a later one. */
  raiseBirths(last: number): void {
    const { turn } = this.loop;
    this.#births = Math.max(this.#births, last + 1 - turn.next);
    turn.put(key.births, this.#births);
  }

  /** The timing of each agent, as it is decided. */
  get timings(): Timings {
    return this.#timings;
  }

  /** Silence about a sub-transaction after which it is idle, whichever agent has it. */
  get idleAfterMs(): number {
    return idleAfterMs({ idleMs: this.config.idleMs, timing: this.#timings.slowest });
  }

  /** What of the timings a frame may say that does not wait for the disk. */
  get toldTimings(): Timings {
    return this.#told;
  }

  /** The classes of this term, as it found them: what they grant is on disk (`nextTerm`). */
  beginWith(classes: readonly ClassSettings[]): void {
    const all = withDefault(classes, this.config);
    this.#timings = new Timings({ ...this.#timings.plan, classes: all });
    this.#told = this.#timings;
  }

  /**
   * Other timings hold from this turn on, by the fact of that number; they are told when that is durable (R16).
   * Returns their version. The rows of the agents are the caller's: `AgentConnections.retimed`.
   */
  retime(fact: number, change: Partial<Omit<TimingPlan, 'timing'>>): number {
    const { controllerId, term, births } = this;
    const timing = { ...this.config.timing, version: fact + births };
    const { classes, atLeastMs } = { ...this.#timings.plan, ...change };
    const plan = { timing, classes: withDefault(classes, this.config), atLeastMs };
    this.#timings = new Timings(plan);
    const { usual } = this.#timings;
    const meta: MetaRow = { controllerId, term, timing: usual, births };
    this.loop.turn.put(key.meta, meta as unknown as Value);
    this.loop.turn.act({ kind: 'granted', plan });
    return timing.version;
  }

  /** Those timings, and what they grant, are on disk. */
  granted(plan: TimingPlan): void {
    this.#told = new Timings(plan);
  }

  /** Writes a fact and, unless it is one of a chain, its place in the history of its subject. */
  record(fact: Omit<Entry, 'at'>): number {
    const { turn } = this.loop;
    const entry: Entry = { at: turn.at, ...fact };
    const number = turn.record(entryList(entry));
    if (fact.before === undefined) turn.put(key.of(fact.subject, number), null);
    this.#feed.push([number, entry]);
    return number;
  }

  log(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
    this.loop.turn.act({ kind: 'log', level, fields, message });
  }

  /** Hands the facts of the turn to whoever follows them, once they are durable. */
  finish(): void {
    if (this.#feed.length === 0) return;
    this.loop.turn.act({ kind: 'feed', entries: this.#feed });
    this.#feed = [];
  }

  remember(memory: Memory): void {
    this.#timings = new Timings(memory.keep('timings', this.#timings.plan));
    this.#told = new Timings(memory.keep('told', this.#told.plan));
    this.#births = memory.keep('births', this.#births);
  }
}
