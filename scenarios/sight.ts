/**
 * What can be seen of a world from outside, one event at a time: the checkers hold the system to it, the
 * marks count what was reached, the trace writes it down.
 *
 *   World ──sight──▶ checkers (throw a Violation) │ marks │ trace
 */
import type { Command } from '../actors/commands.ts';
import type { AgentEffect, AgentInput } from '../actors/agent-ground.ts';
import type { ControllerEffect, ControllerInput } from '../actors/ground.ts';
import type { BootLife, Step, TermLife } from '../actors/tap.ts';
import type { Store } from '../store/store.ts';
import type { Action, Script, Seat, Setting } from './plan.ts';
import type { LedgerLine } from './scripted-runner.ts';

/** `atMs`: true time since the start of the world, whatever the clocks of the nodes say. */
export type Sight =
  | { readonly what: 'term'; readonly atMs: number; readonly seat: Seat; readonly life: TermLife }
  | { readonly what: 'boot'; readonly atMs: number; readonly seat: Seat; readonly life: BootLife }
  /** A turn of a controller. */
  | {
      readonly what: 'decided';
      readonly atMs: number;
      readonly seat: Seat;
      readonly step: Step<ControllerInput, ControllerEffect>;
    }
  /** A turn of an agent. */
  | {
      readonly what: 'turned';
      readonly atMs: number;
      readonly seat: Seat;
      readonly step: Step<AgentInput, AgentEffect>;
    }
  /** That turn of that seat's present life is on disk and acted on. */
  | { readonly what: 'durable'; readonly atMs: number; readonly seat: Seat; readonly turn: number }
  /** The life of that seat is over; `crashed`: with its process, which may also die between two lives. */
  | {
      readonly what: 'over';
      readonly atMs: number;
      readonly seat: Seat;
      readonly crashed: boolean;
      readonly why: unknown;
    }
  /** Work was started or has ended, as the world outside knows it. */
  | { readonly what: 'ledger'; readonly atMs: number; readonly line: LedgerLine }
  /** Something was done to the world, and took effect (a fault that found nothing to break does not show). */
  | { readonly what: 'action'; readonly atMs: number; readonly action: Action }
  /** What `forMs`, `mend` or `heal` has ended. */
  | { readonly what: 'healed'; readonly atMs: number; readonly action: Action }
  /** A frame met a fault on its way. */
  | {
      readonly what: 'frame';
      readonly atMs: number;
      readonly agent: string;
      readonly fate: 'cut' | 'dropped' | 'duplicated' | 'delayed' | 'reordered' | 'held' | 'echoed';
    }
  /** A command was answered, or refused. */
  | {
      readonly what: 'answered';
      readonly atMs: number;
      readonly command: Command;
      readonly reply?: unknown;
      readonly refusal?: Error;
    }
  /** A disk lost what it had acknowledged (`lose`, `restore`): what it had, what it has. */
  | {
      readonly what: 'lie';
      readonly atMs: number;
      readonly seat: Seat;
      readonly before: Store;
      readonly after: Store;
    };

/** What checkers and marks may look at beside the events. Reading it changes nothing. */
export interface WorldView {
  readonly setting: Setting;
  readonly nowMs: number;
  /** All starts and ends so far, in order. */
  readonly ledger: readonly LedgerLine[];
  /** Seats in which a process lives now. */
  readonly alive: ReadonlySet<Seat>;
  /** The durable store of a seat; undefined before it was first started. Readable while its process is down. */
  storeOf(seat: Seat): Store | undefined;
  /** The script of a piece of work that was handed in. */
  scriptOf(id: string): Script | undefined;
  /** True from the end of all faults (`heal`) on. */
  readonly healed: boolean;
}

/** A property does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly checker: string;
  readonly atMs: number;

  constructor(checker: string, atMs: number, says: string) {
    super(says);
    this.checker = checker;
    this.atMs = atMs;
  }
}

/** Holds what is seen against one property. */
export interface Checker {
  readonly name: string;
  /** @throws {Violation} at the first event that breaks the property */
  see(sight: Sight, world: WorldView): void;
  /** Called when everything is at rest. @throws {Violation} */
  end?(world: WorldView): void;
}
