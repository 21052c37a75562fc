/**
 * Gives queued work to agents with free slots, at the end of each turn: the jobs take turns, and within a
 * job the oldest comes first that some agent can do.
 *
 *   queue of a job and handler ─▶ its process class ─▶ selectAgent (first, next) ─▶ one `assign` per agent and turn
 *
 * Who has a free slot comes first; when nobody has, short work is given ahead (pace.ts).
 *
 * Each job has a queue for each handler (queue.ts), so that work which no agent can do (no such handler, no slot
 * where there is one, its class or its job at the limit) stays where it is, is never read and stands in nobody's way.
 */
import type { ClassSettings } from '../machines/class-settings.ts';
import { selectAgent } from '../machines/process-class.ts';
import type { Assignment } from '../transport/frame.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Given } from './assignment.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import type { Jobs } from './job.ts';
import type { Pace } from './pace.ts';
import type { Peer } from './peer.ts';
import type { ProcessClasses } from './process-classes.ts';
import { jobOf, type Queue, type QueueName, type Queues } from './queue.ts';
import type { SubTransactions } from './sub-transaction.ts';
import { Takers, type Places } from './takers.ts';
import { Unplaced } from './unplaced.ts';

/** Attempts given out in one turn, so that no turn grows without bound. */
const PER_TURN = 1_000;

/** Inputs of one `assign` request, in bytes, so that it fits into a frame with room to spare. */
const BYTES_PER_REQUEST = 600_000;

/** Assignments of one request. */
const TASKS_PER_REQUEST = 500;

/** A queue, and where its work may go. */
interface Waiting {
  readonly queue: Queue;
  readonly of: ClassSettings;
  readonly places: Places;
}

interface JobQueues {
  readonly job: string;
  readonly waiting: Waiting[];
}

export class HandOut implements Remembering {
  readonly #ground: Ground;
  readonly #subs: SubTransactions;
  readonly #queues: Queues;
  readonly #connections: AgentConnections;
  readonly #jobs: Pick<Jobs, 'holdsBack' | 'row'>;
  readonly #classes: ProcessClasses;
  readonly #pace: Pace;
  readonly #unplaced: Unplaced;
  /** The job that had the last turn. */
  #lastJob = '';
  /** When what waits is to be looked at again, whatever happens meanwhile. */
  #lookAt: number | null = null;

  /** @param pace which work is short */
  constructor(
    ground: Ground,
    subs: SubTransactions,
    queues: Queues,
    connections: AgentConnections,
    jobs: Pick<Jobs, 'holdsBack' | 'row'>,
    classes: ProcessClasses,
    pace: Pace,
  ) {
    this.#ground = ground;
    this.#subs = subs;
    this.#queues = queues;
    this.#connections = connections;
    this.#jobs = jobs;
    this.#classes = classes;
    this.#pace = pace;
    this.#unplaced = new Unplaced(ground, subs, queues);
  }

  /** Gives out what can be given out now. True: something has failed, which its job has to be told. */
  run(): boolean {
    this.#lookAt = null;
    const hasFailed = !this.#queues.isEmpty && this.#look();
    this.#ground.loop.deadlines.set('look', this.#lookAt);
    return hasFailed;
  }

  #look(): boolean {
    const takers = new Takers(this.#ground, this.#connections, this.#subs, this.#classes);
    const mayFail = this.#classes.all().some((one) => this.#unplaced.mayGiveUp(one));
    const hasFailed = mayFail && this.#giveUp(takers);
    const limit = Math.min(takers.free, PER_TURN);
    if (limit <= 0) return hasFailed;
    for (const [agent, tasks] of this.#giveUpTo(limit, takers))
      addAssigns(this.#connections.peer(agent)!, tasks);
    return hasFailed;
  }

  remember(memory: Memory): void {
    this.#lookAt = memory.keep('lookAt', this.#lookAt);
    this.#lastJob = memory.keep('lastJob', this.#lastJob);
    memory.part('unplaced', this.#unplaced);
  }

  /** Gives out at most `limit` attempts; what each agent got. */
  #giveUpTo(limit: number, takers: Takers): Map<string, Given[]> {
    const given = new Map<string, Given[]>();
    const jobs = this.#jobsInTurn(takers);
    for (let left = limit; left > 0 && jobs.length > 0;) {
      const { job, waiting } = jobs[0]!;
      const oldest = oldestOf(waiting);
      const { queue } = oldest;
      const agent = this.#select(oldest);
      if (agent === undefined) {
        // No slot is left where this work can be done; other work of the job may have one.
        queue.close();
        waiting.splice(waiting.indexOf(oldest), 1);
        if (waiting.length === 0) jobs.shift();
        continue;
      }
      left--;
      this.#lastJob = job;
      takers.give(agent);
      const { boot } = this.#connections.peer(agent)!.row;
      const tasks = given.get(agent) ?? [];
      tasks.push(this.#subs.give(queue.birth, agent, boot));
      given.set(agent, tasks);
      if (!queue.next()) waiting.splice(waiting.indexOf(oldest), 1);
      jobs.shift();
      if (waiting.length > 0) jobs.push({ job, waiting });
    }
    for (const { waiting } of jobs) for (const { queue } of waiting) queue.close();
    return given;
  }

  /** The agent whose turn it is among those with room; undefined when there is none. */
  #select({ queue, of, places }: Waiting): string | undefined {
    const { now, ahead, agents } = places;
    if (this.#isAtLimit(queue.job)) return undefined;
    const { select, maxProcesses, name } = of;
    const running = this.#subs.countInClass(name);
    const { at } = this.#ground.loop.turn;
    for (const candidates of this.#mayBeAhead(queue, places) ? [now, ahead] : [now]) {
      const view = { candidates, running, pointer: this.#classes.pointer(name), at };
      const chosen = selectAgent({ select, agents, maxProcesses }, view);
      if ('agent' in chosen) {
        this.#classes.point(name, chosen.pointer);
        return chosen.agent;
      }
      if (chosen.obstacle === 'resting') this.#wakeAt(chosen.until);
    }
    return undefined;
  }

  /** Whether as much of a run is out as may be at once. */
  #isAtLimit(name: string): boolean {
    const job = jobOf(name);
    const row = job === null ? undefined : this.#jobs.row(job);
    return row !== undefined && row.counts.active >= (row.rules.maxActive ?? Infinity);
  }

  /** Whether work may wait at an agent: short, and more of it is queued than could run now. */
  #mayBeAhead({ job, handler }: QueueName, { slots }: Pick<Places, 'slots'>): boolean {
    return this.#pace.isShort(handler) && (this.#jobs.row(job)?.counts.queued ?? 0) > slots;
  }

  /** The jobs that have work somebody can do, with their queues; first the one whose turn it is. */
  #jobsInTurn(takers: Takers): JobQueues[] {
    const jobs: JobQueues[] = [];
    for (const name of this.#queues.kinds((job) => !this.#jobs.holdsBack(job))) {
      const { job, handler } = name;
      const of = this.#classes.get(this.#classes.nameFor(jobOf(job), handler));
      if (!of || this.#isAtLimit(job)) continue;
      const places = takers.places(of, handler);
      const isAhead = this.#mayBeAhead(name, places);
      if (!(isAhead ? places.hadRoom.ahead : places.hadRoom.now)) continue;
      const queue = this.#queues.read(name);
      if (!queue) continue;
      const waiting = { queue, of, places };
      if (jobs.at(-1)?.job === job) jobs.at(-1)!.waiting.push(waiting);
      else jobs.push({ job, waiting: [waiting] });
    }
    // Compared as keys are, which is not how the bare names would be: `j-1/` comes before `j/`.
    const next = jobs.findIndex(({ job }) => `${job}/` > `${this.#lastJob}/`);
    return next > 0 ? [...jobs.slice(next), ...jobs.slice(0, next)] : jobs;
  }

  /** What may wait no longer for an agent fails. */
  #giveUp(takers: Takers): boolean {
    const { at } = this.#ground.loop.turn;
    const names = [...this.#queues.kinds((job) => !this.#jobs.holdsBack(job))];
    const wakeAt = this.#unplaced.giveUp(names, at, ({ job, handler }) => {
      const of = this.#classes.get(this.#classes.nameFor(jobOf(job), handler));
      return of && { of, isThere: hasAgent(takers.places(of, handler), at) };
    });
    if (wakeAt !== null) this.#wakeAt(wakeAt);
    return wakeAt === at;
  }

  /** A turn is taken at that instant at the latest, and with it another look at what waits. */
  #wakeAt(at: number): void {
    if (this.#lookAt === null || at < this.#lookAt) this.#lookAt = at;
  }
}

/** Whether there is an agent that takes such work, be it full. */
function hasAgent({ now }: Places, at: number): boolean {
  for (const { restingUntil } of now.values())
    if (restingUntil === null || at >= restingUntil) return true;
  return false;
}

const oldestOf = (waiting: readonly Waiting[]): Waiting =>
  waiting.reduce((oldest, one) => (one.queue.birth < oldest.queue.birth ? one : oldest));

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
