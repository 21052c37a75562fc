/**
 * Gives queued work to agents with free slots, at the end of each turn: the jobs take turns, and within a
 * job the oldest comes first that some agent can do.
 *
 *   queues (queue.ts) ──▶ selectAgent (first, next) ──▶ one `assign` request per agent and turn
 *
 * Who has a free slot comes first; when nobody has, short work is given ahead (pace.ts).
 *
 * Each job has a queue for each handler, so that work which no agent can do (no such handler, or no slot
 * where there is one) stays where it is, is never read and stands in nobody's way.
 */
import { selectAgent, type Candidate } from '../machines/process-class.ts';
import type { Assignment } from '../transport/frame.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import type { Jobs } from './job.ts';
import type { Pace } from './pace.ts';
import type { Peer } from './peer.ts';
import type { Queue, Queues } from './queue.ts';
import type { Given, SubTransactions } from './sub-transaction.ts';

/** Attempts given out in one turn, so that no turn grows without bound. */
const PER_TURN = 1_000;

/** Short tasks that may wait at an agent for each of its slots. */
const AHEAD = 3;

/** Inputs of one `assign` request, in bytes, so that it fits into a frame with room to spare. */
const BYTES_PER_REQUEST = 600_000;

/** Assignments of one request. */
const TASKS_PER_REQUEST = 500;

/** An agent that may be given work. */
interface Taker extends Candidate {
  /** Slots that are free, or places to wait for one. Counts down as the turn gives work out. */
  free: number;
  /** Empty: it has not said, and takes all. */
  readonly handlers: readonly string[];
}

/** Who may be given work for a handler, and had room for it when the turn began. */
type TakersOf = (handler: string) => ReadonlyMap<string, Taker>;

/** Who may be given work now, and who may be given short work ahead. */
interface Room {
  readonly now: TakersOf;
  readonly ahead: TakersOf;
  /** Of all agents. */
  readonly slots: number;
}

interface JobQueues {
  readonly job: string;
  readonly queues: Queue[];
}

export class HandOut implements Remembering {
  readonly #ground: Ground;
  readonly #subs: SubTransactions;
  readonly #queues: Queues;
  readonly #connections: AgentConnections;
  readonly #jobs: Pick<Jobs, 'holdsBack' | 'row'>;
  readonly #pace: Pace;
  #pointer = 0;
  /** The job that had the last turn. */
  #lastJob = '';

  /** @param pace which work is short */
  constructor(
    ground: Ground,
    subs: SubTransactions,
    queues: Queues,
    connections: AgentConnections,
    jobs: Pick<Jobs, 'holdsBack' | 'row'>,
    pace: Pace,
  ) {
    this.#ground = ground;
    this.#subs = subs;
    this.#queues = queues;
    this.#connections = connections;
    this.#jobs = jobs;
    this.#pace = pace;
  }

  /** Gives out what can be given out now. */
  run(): void {
    if (this.#queues.isEmpty) return;
    const now = this.#takers(1);
    const ahead = this.#takers(1 + AHEAD);
    let free = 0;
    for (const taker of ahead.values()) free += taker.free;
    const left = this.#ground.config.maxProcesses - this.#subs.countInFlight;
    const limit = Math.min(free, left, PER_TURN);
    if (limit <= 0) return;
    const room = { now: byHandler(now), ahead: byHandler(ahead), slots: this.#slots() };
    for (const [agent, tasks] of this.#giveUpTo(limit, [...now.keys()], room))
      addAssigns(this.#connections.peer(agent)!, tasks);
  }

  remember(memory: Memory): void {
    this.#pointer = memory.keep('pointer', this.#pointer);
    this.#lastJob = memory.keep('lastJob', this.#lastJob);
  }

  /** Gives out at most `limit` attempts; what each agent got. */
  #giveUpTo(limit: number, agents: readonly string[], room: Room): Map<string, Given[]> {
    const given = new Map<string, Given[]>();
    const jobs = this.#jobsInTurn(room);
    for (let left = limit; left > 0 && jobs.length > 0;) {
      const { job, queues } = jobs[0]!;
      const queue = oldestOf(queues);
      const agent = this.#select(agents, job, queue.handler, room);
      if (agent === undefined) {
        // No slot is left where this work can be done; other work of the job may have one.
        queue.close();
        queues.splice(queues.indexOf(queue), 1);
        if (queues.length === 0) jobs.shift();
        continue;
      }
      left--;
      this.#lastJob = job;
      const { boot } = this.#connections.peer(agent)!.row;
      const tasks = given.get(agent) ?? [];
      tasks.push(this.#subs.give(queue.birth, agent, boot));
      given.set(agent, tasks);
      if (!queue.next()) queues.splice(queues.indexOf(queue), 1);
      jobs.shift();
      if (queues.length > 0) jobs.push({ job, queues });
    }
    for (const { queues } of jobs) for (const queue of queues) queue.close();
    return given;
  }

  /** The agent whose turn it is among those with room; undefined when there is none. Its room is taken. */
  #select(agents: readonly string[], job: string, handler: string, room: Room): string | undefined {
    const { now, ahead } = room;
    const { config, loop } = this.#ground;
    const { select, maxProcesses } = config;
    const running = this.#subs.countInFlight;
    const at = loop.turn.at;
    for (const takersOf of this.#mayBeAhead(job, handler, room) ? [now, ahead] : [now]) {
      const candidates = takersOf(handler);
      const view = { candidates, running, pointer: this.#pointer, at };
      const chosen = selectAgent({ select, agents, maxProcesses }, view);
      if ('obstacle' in chosen) continue;
      this.#pointer = chosen.pointer;
      for (const each of [now, ahead]) {
        const taker = each(handler).get(chosen.agent);
        if (taker) taker.free--;
      }
      return chosen.agent;
    }
    return undefined;
  }

  /** Whether work may wait at an agent: short, and more of it is queued than could run now. */
  #mayBeAhead(job: string, handler: string, { slots }: Room): boolean {
    return this.#pace.isShort(handler) && (this.#jobs.row(job)?.counts.queued ?? 0) > slots;
  }

  #slots(): number {
    let slots = 0;
    for (const { row } of this.#connections.peers()) slots += row.slots;
    return slots;
  }

  /**
   * Agents that may be given work: connected, link established, not blocked, leaving or being drained.
   * @param times tasks that they may hold, as a multiple of their slots
   */
  #takers(times: number): Map<string, Taker> {
    const takers = new Map<string, Taker>();
    for (const { row, beat } of this.#connections.peers()) {
      const state = this.#connections.stateOf(row.id);
      if ((state !== 'connected' && state !== 'reconciled') || beat.leaving || row.draining)
        continue;
      if (beat.lagMs > this.#ground.config.timing.periodMs) continue;
      const free = Math.max(0, times * row.slots - this.#subs.countOnAgent(row.id));
      takers.set(row.id, { free, restingUntil: null, handlers: row.handlers });
    }
    return takers;
  }

  /** The jobs that have work somebody can do, with their queues; first the one whose turn it is. */
  #jobsInTurn(room: Room): JobQueues[] {
    const jobs: JobQueues[] = [];
    for (const name of this.#queues.kinds((job) => !this.#jobs.holdsBack(job))) {
      const { job, handler } = name;
      const takersOf = this.#mayBeAhead(job, handler, room) ? room.ahead : room.now;
      if (takersOf(handler).size === 0) continue;
      const queue = this.#queues.read(name);
      if (!queue) continue;
      if (jobs.at(-1)?.job === job) jobs.at(-1)!.queues.push(queue);
      else jobs.push({ job, queues: [queue] });
    }
    // Compared as keys are, which is not how the bare names would be: `j-1/` comes before `j/`.
    const next = jobs.findIndex(({ job }) => `${job}/` > `${this.#lastJob}/`);
    return next > 0 ? [...jobs.slice(next), ...jobs.slice(0, next)] : jobs;
  }
}

/** Looks up who can do work for a handler; each handler is looked for once. */
function byHandler(takers: ReadonlyMap<string, Taker>): TakersOf {
  const found = new Map<string, ReadonlyMap<string, Taker>>();
  return (handler) => {
    const known = found.get(handler);
    if (known) return known;
    const able = [...takers].filter(
      ([, { free, handlers }]) => free > 0 && (handlers.length === 0 || handlers.includes(handler)),
    );
    found.set(handler, new Map(able));
    return found.get(handler)!;
  };
}

const oldestOf = (queues: readonly Queue[]): Queue =>
  queues.reduce((oldest, queue) => (queue.birth < oldest.birth ? queue : oldest));

/** Puts assignments into requests that each fit into a frame. */
export function addAssigns(peer: Peer, given: readonly Given[]): void {
  if (given.length === 0) return;
  let part: Assignment[] = [];
  let bytes = 0;
  for (const { task, bytes: size } of given) {
    if (
      part.length > 0 &&
      (bytes + size > BYTES_PER_REQUEST || part.length === TASKS_PER_REQUEST)
    ) {
      peer.requests.add({ kind: 'assign', tasks: part });
      part = [];
      bytes = 0;
    }
    part.push(task);
    bytes += size;
  }
  peer.requests.add({ kind: 'assign', tasks: part });
  peer.owes = true;
}
