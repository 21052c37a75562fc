/**
 * What the parts of one term of a controller stand on: its turns, its settings, and the way a fact gets
 * into the journal. Also what a controller takes in and what it does.
 */
import type { Timing } from '../machines/timing.ts';
import type { AgentFrame, ControllerFrame, OutboxPlace } from '../transport/frame.ts';
import type { Command } from './commands.ts';
import { entryList } from './entry-row.ts';
import type { Memory, Remembering } from './freezing.ts';
import { key, type Entry, type OutcomeRow } from './records.ts';
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
  /** A longer timeout is on disk for all agents: frames may name it. */
  | { readonly kind: 'granted'; readonly timing: Timing }
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
  /** What is added to a journal position to make a birth or a version of it; links begin above. */
  readonly births: number;
  /** What of the timing a frame may say that does not wait for the disk. */
  toldTiming: Timing;
  #config: ControllerConfig;
  readonly loop: TurnLoop<ControllerInput, ControllerEffect>;
  #feed: (readonly [number, Entry])[] = [];

  constructor(
    identity: { readonly controllerId: string; readonly term: number; readonly births: number },
    config: ControllerConfig,
    loop: TurnLoop<ControllerInput, ControllerEffect>,
  ) {
    this.controllerId = identity.controllerId;
    this.term = identity.term;
    this.births = identity.births;
    this.#config = config;
    this.toldTiming = config.timing;
    this.loop = loop;
  }

  get config(): ControllerConfig {
    return this.#config;
  }

  /** Another timing holds from this turn on; it is told when that is durable (R16). */
  retime(timing: Timing): void {
    this.#config = { ...this.#config, timing };
    this.loop.turn.act({ kind: 'granted', timing });
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
    this.toldTiming = memory.keep('toldTiming', this.toldTiming);
    this.#config = memory.keep('config', this.#config);
  }
}
