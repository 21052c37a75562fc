/**
 * What a world is made of and what happens to it, as data: the swarm draws it from a seed, a scenario file
 * spells it, the shrinker takes pieces away. Played by `World`.
 *
 *   setting (agents, timing, disks) + steps (at so many ms, do this) = plan
 *
 * Instants count in ms from the start of the world, durations end in `Ms`. Where a fault has `forMs`, it
 * is healed after that time; without, by `heal` of its node or of everything.
 */
import type { ControllerSettings } from '../actors/controller-config.ts';
import type { OnUnknown, Value } from '../handlers/handler.ts';

/** `controller`, `rival`, an agent's id, or `twin`: a second process under the id of an agent. */
export type Seat = string;

/** An agent of a world. */
export interface AgentSetting {
  readonly id: string;
  /** Default 2. */
  readonly slots?: number;
  /** Rate of its clock; 1.0005 is 0.05 % fast. Default 1. */
  readonly rate?: number;
  /** How far its wall clock is ahead at the start, in ms. Default 0. */
  readonly offsetMs?: number;
}

/** What a world is made of. */
export interface Setting {
  /** Seed of what is left to chance: lossy networks, and what work does that says nothing of its own. */
  readonly seed: number;
  readonly agents: readonly AgentSetting[];
  /** Timing, margins, sweep: what a controller is started with. */
  readonly settings: ControllerSettings;
  /** Rate and offset of the controller's clock. Defaults 1 and 0. */
  readonly controllerRate?: number;
  readonly controllerOffsetMs?: number;
  /** How long a disk takes to make a batch durable. Default 2. */
  readonly syncMs?: number;
  /** The store admits several controllers at once: a rival can take it (`termLeaseMs` must be set). */
  readonly sharedStore?: boolean;
}

/** What a piece of work does, attempt by attempt, and what is to be done about it. */
export interface Script {
  /** How long it runs by itself; Infinity: it never returns. Default 100. */
  readonly runsMs?: number;
  /** The first so many attempts fail. Default 0. */
  readonly fails?: number;
  /** The first so many attempts take their agent with them (a crash) when their time is over. Default 0. */
  readonly poisons?: number;
  /** Default "ok". */
  readonly result?: Value;
  /** Lines that it writes while it runs, evenly spread. Default 0. */
  readonly lines?: number;
  /** Bytes of each line. Default 20. */
  readonly lineBytes?: number;
  /** How long it takes to end when asked; Infinity: it does not listen. Default 0. */
  readonly abortMs?: number;
  /** How long killing it takes. Default 0. */
  readonly killMs?: number;
  /** It cannot be killed: a function within the agent. */
  readonly unkillable?: true;
  readonly maxRetries?: number;
  readonly delayMs?: number;
  /** Longest run of an attempt. Default an hour. */
  readonly timeoutMs?: number;
  /** Default `retry`. */
  readonly onUnknown?: OnUnknown;
  /** Default 4. */
  readonly maxLosses?: number;
}

/** The script of a piece of work with that id. */
export interface NamedScript extends Script {
  readonly id: string;
}

/** Where a node may be stopped within a turn. */
export type CrashPhase = 'taken' | 'decided' | 'appending' | 'recorded' | 'acted';

/** `to`: from the controller to the agent. */
export type Way = 'to' | 'from' | 'both';

/** Something that is done to a world: by people and programs, or by fate. */
export type Action =
  // What people and programs ask of the controller. A client repeats a command of unknown outcome.
  | ({ readonly do: 'submit' } & NamedScript)
  | {
      readonly do: 'job';
      readonly name: string;
      readonly items: readonly NamedScript[];
      /** Items per batch handed in. Default all at once. */
      readonly batch?: number;
    }
  | { readonly do: 'cancel' | 'retry' | 'accept' | 'giveUp'; readonly id: string }
  | { readonly do: 'stopJob'; readonly job: string }
  | { readonly do: 'drain'; readonly agent: string; readonly drain?: boolean }
  /** A process class of that agent alone, with a timing of its own; `default` has its agents rest for 5 s. */
  | { readonly do: 'classes'; readonly agent: string; readonly settings: ControllerSettings }
  /** The agent takes leave: nothing new, stops what runs, hands over, says goodbye. */
  | { readonly do: 'leave'; readonly agent: string }
  | { readonly do: 'handOver'; readonly timeoutMs: number | null }
  // Processes.
  /** Starts a process in that seat, unless one is there. */
  | { readonly do: 'start'; readonly seat: Seat }
  /**
   * The process dies, at the first such phase from now on (default: at once). Of what its disk had not
   * synced, `keep` batches survive; of the synced ones the last `lose` are gone. Started again after `forMs`.
   */
  | {
      readonly do: 'crash';
      readonly seat: Seat;
      readonly phase?: CrashPhase;
      readonly keep?: number;
      readonly lose?: number;
      readonly forMs?: number;
    }
  /** SIGSTOP: its timers and its socket wait, its tasks run on, its guard is awake. */
  | { readonly do: 'pause'; readonly seat: Seat; readonly forMs?: number }
  | { readonly do: 'resume'; readonly seat: Seat }
  /** A copy of its disk is kept; `restore` starts it anew from that copy. */
  | { readonly do: 'backup'; readonly seat: Seat }
  | { readonly do: 'restore'; readonly seat: Seat }
  /** A second process under the id of an agent, on a store of its own. */
  | { readonly do: 'twin'; readonly agent: string; readonly forMs?: number }
  /** A second controller takes the store of the first, which lives on. */
  | { readonly do: 'rival'; readonly forMs?: number }
  /** The controller is started anew with another timing. */
  | { readonly do: 'retime'; readonly settings: ControllerSettings }
  // The network.
  | {
      readonly do: 'cut';
      readonly agent: string;
      readonly way: Way;
      /** Of two controllers only this one is cut off from the agent. Default: all are. */
      readonly only?: 'controller' | 'rival';
      readonly forMs?: number;
    }
  /** The connection of that seat to the broker is gone, and it knows. */
  | { readonly do: 'offline'; readonly seat: Seat; readonly forMs?: number }
  /** Chances from 0 to 1 for each frame of these links; `agent` `*`: all. */
  | {
      readonly do: 'lossy';
      readonly agent: string;
      readonly way: Way;
      readonly drop?: number;
      readonly duplicate?: number;
      readonly reorder?: number;
      readonly delayMs?: readonly [least: number, most: number];
      readonly forMs?: number;
    }
  /** Copies of the frames from now on are kept and delivered again, late, when it ends; the links go on. */
  | {
      readonly do: 'echo';
      readonly agent: string;
      readonly way: Way;
      /** At most so many frames. Default 50. */
      readonly frames?: number;
      readonly forMs: number;
    }
  /** The frames of that link are held back and delivered when it ends, whoever listens then. */
  | { readonly do: 'hold'; readonly agent: string; readonly way: Way; readonly forMs: number }
  // Disks.
  | {
      readonly do: 'disk';
      readonly seat: Seat;
      /**
       * `stall`: nothing is synced. `slow`: a sync takes `syncMs`. `full`: nothing can be written. `fail`: the
       * next `times` appends fail (`fault`, default `nothing`). `gone`: the controller's own hold on its store
       * is cut while it lives on (appends never settle).
       */
      readonly fault: 'stall' | 'slow' | 'full' | 'fail' | 'gone';
      readonly syncMs?: number;
      readonly times?: number;
      readonly outcome?: 'nothing' | 'lost' | 'applied';
      readonly forMs?: number;
    }
  // Clocks: the wall clock of that seat jumps.
  | { readonly do: 'jump'; readonly seat: Seat; readonly byMs: number }
  /** All faults end, all seats but rival and twin are started, all that is parked is tried again. */
  | { readonly do: 'heal' }
  /** The faults of that seat end: it is started, its disk and its links work. */
  | { readonly do: 'mend'; readonly seat: Seat };

/** An action at an instant. */
export interface PlanStep {
  /** Ms from the start of the world. */
  readonly atMs: number;
  readonly action: Action;
  /** Line of the file it stands in. */
  readonly line?: number;
}

/** A world and what happens to it. */
export interface Plan {
  readonly setting: Setting;
  /** In order of time. */
  readonly steps: readonly PlanStep[];
}
