/**
 * Who could be given work now: the agents that take something, and of each process class and handler those that
 * may do it, with the room that is left at them.
 *
 *   agents ─ connected, not blocked, leaving or drained ─▶ takers ─ of the class, with the handler ─▶ places
 *
 * Places are made for one turn. Room that is given away is gone for all of them, since they share the takers.
 */
import type { Candidate } from '../machines/process-class.ts';
import type { ClassSettings } from '../machines/class-settings.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Ground } from './ground.ts';
import type { Peer } from './peer.ts';
import type { ProcessClasses } from './process-classes.ts';
import type { SubTransactions } from './sub-transaction.ts';

/** Short tasks that may wait at an agent for each of its slots. */
const AHEAD = 3;

/** Whether an agent takes work: `away` when its connection does not stand. */
export type Fitness = 'takes' | 'away' | 'blocked' | 'drained';

export function fitnessOf(ground: Ground, connections: AgentConnections, peer: Peer): Fitness {
  const { row, beat } = peer;
  const state = connections.stateOf(row.id);
  if (state !== 'connected' && state !== 'reconciled') return 'away';
  if (beat.leaving || row.draining) return 'drained';
  return beat.lagMs > ground.timings.of(row).periodMs ? 'blocked' : 'takes';
}

/** An agent that takes work. */
export interface Taker {
  readonly id: string;
  readonly address: string | null;
  readonly slots: number;
  /** Empty: it has not said, and takes all. */
  readonly handlers: readonly string[];
  /** What is out there; counts up as the turn gives work out. */
  held: number;
}

/** Where the work of one class and one handler may go. */
export interface Places {
  /** Ids of the agents of the class, in its order. */
  readonly agents: readonly string[];
  /** Those that take this work, by the slots that are free at them. */
  readonly now: ReadonlyMap<string, Candidate>;
  /** The same, by the places to wait for a slot. */
  readonly ahead: ReadonlyMap<string, Candidate>;
  /** Of all agents of the class that take this work. */
  readonly slots: number;
  /** Whether there was room when the turn began. */
  readonly hadRoom: { readonly now: boolean; readonly ahead: boolean };
}

export class Takers {
  readonly #classes: ProcessClasses;
  readonly #takers = new Map<string, Taker>();
  readonly #places = new Map<ClassSettings, Map<string, Places>>();
  readonly #agentsOf = new Map<ClassSettings, readonly string[]>();

  constructor(
    ground: Ground,
    connections: AgentConnections,
    subs: Pick<SubTransactions, 'countOnAgent'>,
    classes: ProcessClasses,
  ) {
    this.#classes = classes;
    for (const peer of connections.peers()) {
      if (fitnessOf(ground, connections, peer) !== 'takes') continue;
      const { id, address = null, slots, handlers } = peer.row;
      const held = subs.countOnAgent(id);
      this.#takers.set(id, { id, address, slots, handlers, held });
    }
  }

  /** Attempts that may be given out at all, those included that would wait at their agent. */
  get free(): number {
    let free = 0;
    for (const { slots, held } of this.#takers.values())
      free += Math.max(0, (1 + AHEAD) * slots - held);
    return free;
  }

  /** An attempt goes to that agent. */
  give(agent: string): void {
    this.#takers.get(agent)!.held++;
  }

  places(of: ClassSettings, handler: string): Places {
    const known = this.#places.get(of) ?? new Map<string, Places>();
    this.#places.set(of, known);
    let places = known.get(handler);
    if (!places) known.set(handler, (places = this.#placesOf(of, handler)));
    return places;
  }

  #placesOf(of: ClassSettings, handler: string): Places {
    const agents = this.#agents(of);
    const now = new Map<string, Candidate>();
    const ahead = new Map<string, Candidate>();
    let slots = 0;
    const hadRoom = { now: false, ahead: false };
    for (const id of agents) {
      const taker = this.#takers.get(id);
      if (!taker || (taker.handlers.length > 0 && !taker.handlers.includes(handler))) continue;
      const restingUntil = this.#classes.restingUntil(of, id);
      const here = placeAt(taker, 1, restingUntil);
      const later = placeAt(taker, 1 + AHEAD, restingUntil);
      now.set(id, here);
      ahead.set(id, later);
      slots += taker.slots;
      hadRoom.now ||= here.free > 0;
      hadRoom.ahead ||= later.free > 0;
    }
    return { agents, now, ahead, slots, hadRoom };
  }

  /** What a class calls by an address is whoever says that it is there; nobody keeps the place. */
  #agents(of: ClassSettings): readonly string[] {
    const known = this.#agentsOf.get(of);
    if (known) return known;
    const all = [...this.#takers.values()];
    const agents =
      of.agents === 'all'
        ? all.map(({ id }) => id)
        : of.agents.flatMap((name) => {
            const there = all.filter(({ address }) => address === name).map(({ id }) => id);
            return there.length > 0 ? there : [name];
          });
    const distinct = [...new Set(agents)];
    this.#agentsOf.set(of, distinct);
    return distinct;
  }
}

/** @param times tasks that it may hold, as a multiple of its slots */
function placeAt(taker: Taker, times: number, restingUntil: number | null): Candidate {
  return {
    get free() {
      return times * taker.slots - taker.held;
    },
    restingUntil,
  };
}
