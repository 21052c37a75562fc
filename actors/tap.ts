/**
 * The tap: a port through which others see what a node takes in and what it decides, turn by turn. The
 * simulator's trace, its checkers and the recorder hang on it; without one it costs nothing.
 *
 *   life ──▶ turn 1 ──▶ turn 2 ──▶ durable 1 ──▶ turn 3 ──▶ … ──▶ over
 *
 * A life is a term of a controller or a boot of an agent. What is told here is enough to live it again:
 * the same inputs at the same instants over the same store give the same decisions.
 */
import type { Runner } from '../handlers/handler.ts';
import type { Batch, Store, Value } from '../store/store.ts';
import type { AgentEffect, AgentInput } from './agent-ground.ts';
import type { BootRecords } from './agent-records.ts';
import type { ControllerConfig, ControllerEffect, ControllerInput } from './ground.ts';

/** What one turn took in and what it decided. */
export interface Step<Input, Effect> {
  readonly turn: number;
  /** Instant of the turn, in ms since 1970, on the clock of its life. */
  readonly at: number;
  /** How late the loop woke for it, in ms. */
  readonly lateMs: number;
  /** What arrived, in order. */
  readonly inputs: readonly Input[];
  /** Deadlines that were due, in order; they follow from what was decided before. */
  readonly due: readonly string[];
  readonly entries: readonly Value[];
  /** `undefined`: the key is removed. */
  readonly writes: ReadonlyMap<string, Value | undefined>;
  /** Effects that did not wait for the record. */
  readonly now: readonly Effect[];
  /** Effects that wait for it, in order. */
  readonly later: readonly Effect[];
  /** What the clock said meanwhile where an effect asked it afresh (R13), in order. */
  readonly readings: readonly number[];
}

/** Hears one life. Must not throw, and must not change what it is given. A life that crashes tells no end. */
export interface LifeTap<Input, Effect> {
  /** The decisions of this life read through it: the store that was given, or one around it. */
  readonly store: Store;
  /** A turn is decided, and its record not yet begun. */
  turn(step: Step<Input, Effect>): void;
  /**
   * The record of a turn is durable and its effects have run.
   *
   * @param readings what the clock said where an effect asked it afresh (R7, R13), in order
   */
  durable(turn: number, at: number, readings: readonly number[]): void;
  /**
   * It wants a quiet moment: the loop then has one record under way at a time, so that there is one soon, also
   * in a node that is never idle. Default: it does not.
   */
  readonly waits?: boolean;
  /**
   * Nothing is under way: all that was decided, up to this turn, is durable and has been performed.
   *
   * @param freeze what the life remembers now (freezing.ts); call it before this returns, or not at all
   */
  quiet?(turn: number, freeze: () => Value): void;
  /**
   * The life has ended; `why` is undefined when it was closed.
   *
   * @param open the turn that could not be decided, as far as it came; undefined: it did not end so
   */
  over(why: unknown, open?: Step<Input, Effect>): void;
}

interface Life {
  /** The clock at its beginning, in ms since 1970. */
  readonly at: number;
  /** What the life has written to begin with, behind `position`; it is durable. */
  readonly batch: Batch;
  readonly position: number;
  readonly store: Store;
}

/** How the life of a controller begins. */
export interface TermLife extends Life {
  readonly controllerId: string;
  readonly term: number;
  /** What is added to a journal position to make a birth of it. */
  readonly births: number;
  readonly config: ControllerConfig;
  /** Highest term that agents had named when it began. */
  readonly known: number;
}

/** How the life of an agent begins. */
export interface BootLife extends Life {
  readonly agent: string;
  readonly slots: number;
  readonly boot: number;
  readonly atLeast: number;
  /** The process has begun no boot before. */
  readonly isFirst: boolean;
  /** What it takes up, `batch` included. */
  readonly records: BootRecords;
  readonly runner: Runner;
}

/** Hears one term of a controller. */
export type TermTap = LifeTap<ControllerInput, ControllerEffect>;

/** Hears one boot of an agent. */
export interface BootTap extends LifeTap<AgentInput, AgentEffect> {
  /** The decisions of this life ask it: the runner that was given, or one around it. */
  readonly runner: Runner;
}

/** Hears each life of a node from its beginning. */
export interface Tap {
  term(life: TermLife): TermTap;
  boot(life: BootLife): BootTap;
}
