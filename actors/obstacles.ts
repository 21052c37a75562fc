/**
 * Why work that is queued does not go out now, and how the process classes stand. Worked out when somebody asks,
 * from what a running controller knows at that moment: nothing of it is recorded, and only a turn that is asked pays.
 *
 *   a queue ─▶ may the controller, its run? ─▶ its class: is there one, at its limit? ─▶ its agents: there, able,
 *              fit, rested, with a free slot? ─▶ the first obstacle met; none: its turn comes
 */
import { beatsOf, type ClassSettings } from '../machines/class-settings.ts';
import { isAddress } from '../machines/agent-address.ts';
import { selectAgent } from '../machines/process-class.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Ground } from './ground.ts';
import type { Jobs } from './job.ts';
import type { ProcessClasses } from './process-classes.ts';
import { jobOf, type QueueName, type Queues } from './queue.ts';
import type { SubTransactions } from './sub-transaction.ts';
import { fitnessOf, Takers } from './takers.ts';
import { instant, instantOrNull } from './views.ts';

/** Queued ones of a class are counted up to this many for each queue. */
const COUNTED = 10_000;

/** What stands in the way of queued work. */
export interface ObstacleView {
  readonly obstacle:
    | 'draining' | 'preJob' | 'noClass' | 'maxActive' | 'maxProcesses'
    | 'noAgent' | 'noHandler' | 'drained' | 'resting' | 'noSlot'; // prettier-ignore
  readonly processClass: string;
  readonly handler: string;
  /** Of `resting`: when the first agent is tried again. */
  readonly until: string | null;
  /** The same in words, without a full stop. */
  readonly text: string;
}

/** An agent of a process class. */
export interface MemberView {
  /** Null: nobody says that it has this address. */
  readonly id: string | null;
  readonly address: string | null;
  /** State of its connection; null: it is not known. */
  readonly state: string | null;
  /** Until when it is passed over since it failed to take work. */
  readonly restingUntil: string | null;
}

/** A process class, and how it stands. */
export interface ProcessClassView {
  readonly name: string;
  readonly select: 'first' | 'next';
  /** Null: no limit. */
  readonly maxProcesses: number | null;
  readonly periodMs: number;
  readonly delayMs: number;
  readonly timeoutMs: number;
  /** The timing is its own, and not that of the controller. */
  readonly hasTiming: boolean;
  readonly restMs: number;
  readonly waitMs: number | null;
  /** Attempts in progress; null without a controller, like `waiting`. */
  readonly running: number | null;
  /** Queued ones. */
  readonly waiting: number | null;
  /** Of the first queue that something stands in the way of. */
  readonly obstacle: ObstacleView | null;
  /** It is of all agents, whoever they are. */
  readonly isOfAll: boolean;
  readonly agents: readonly MemberView[];
}

/** What is asked; `of`: this queue alone. */
export type Look =
  | { readonly kind: 'processClasses' }
  | { readonly kind: 'obstacles'; readonly of: QueueName | null };

export class Obstacles {
  readonly #ground: Ground;
  readonly #connections: AgentConnections;
  readonly #subs: SubTransactions;
  readonly #jobs: Jobs;
  readonly #queues: Queues;
  readonly #classes: ProcessClasses;
  readonly #givesOut: () => boolean;

  constructor(
    ground: Ground,
    parts: {
      readonly connections: AgentConnections;
      readonly subs: SubTransactions;
      readonly jobs: Jobs;
      readonly queues: Queues;
      readonly classes: ProcessClasses;
    },
    givesOut: () => boolean,
  ) {
    this.#ground = ground;
    this.#connections = parts.connections;
    this.#subs = parts.subs;
    this.#jobs = parts.jobs;
    this.#queues = parts.queues;
    this.#classes = parts.classes;
    this.#givesOut = givesOut;
  }

  /** Answers what is asked. It promises nothing, so it waits for no disk. */
  answer(look: Look, ticket: number): void {
    const value = look.kind === 'processClasses' ? this.#all() : this.#met(look.of);
    this.#ground.loop.turn.actNow({ kind: 'reply', ticket, value });
  }

  /** By job what stands in the way of all that it has queued: nothing does when some of it goes out. */
  #met(of: QueueName | null): ReadonlyMap<string, ObstacleView> {
    const takers = this.#takers();
    const found = new Map<string, ObstacleView | null>();
    const names = of ? [of] : this.#queues.kinds((job) => jobOf(job) !== null);
    for (const name of names) {
      const job = jobOf(name.job) ?? '';
      const known = found.get(job);
      if (known === null) continue;
      const met = this.#of(name, takers);
      found.set(job, met && (known ?? met));
    }
    return new Map([...found].flatMap(([job, met]) => (met ? [[job, met]] : [])));
  }

  /** All classes, in their order. */
  #all(): readonly ProcessClassView[] {
    const takers = this.#takers();
    const waiting = new Map<string, number>();
    const obstacles = new Map<string, ObstacleView>();
    for (const name of this.#queues.kinds(() => true)) {
      const of = this.#classes.nameFor(jobOf(name.job), name.handler);
      waiting.set(of, (waiting.get(of) ?? 0) + this.#count(name));
      const found = obstacles.has(of) ? null : this.#of(name, takers);
      if (found) obstacles.set(of, found);
    }
    return this.#classes.all().map((one) => ({
      ...classView(one, this.#ground.timings.usual),
      running: this.#subs.countInClass(one.name),
      waiting: waiting.get(one.name) ?? 0,
      obstacle: obstacles.get(one.name) ?? null,
      agents: [...this.#members(one)],
    }));
  }

  #takers(): Takers {
    return new Takers(this.#ground, this.#connections, this.#subs, this.#classes);
  }

  #of({ job, handler }: QueueName, takers: Takers): ObstacleView | null {
    const name = jobOf(job);
    const run = name === null ? undefined : this.#jobs.row(name);
    const processClass = this.#classes.nameFor(name, handler);
    const met = (
      obstacle: ObstacleView['obstacle'],
      text: string,
      until: number | null = null,
    ): ObstacleView => ({
      obstacle,
      processClass,
      handler,
      until: instantOrNull(until),
      text,
    });
    if (!this.#givesOut())
      return met('draining', 'the controller is about to end and gives nothing out');
    if (run && job === name && this.#jobs.holdsBack(name))
      return this.#jobs.isStopping(name)
        ? null
        : met('preJob', 'the hook before its first task is not done');
    const of = this.#classes.get(processClass);
    if (!of) return met('noClass', `there is no process class "${processClass}"`);
    const { maxActive = Infinity } = run?.rules ?? {};
    if (run && run.counts.active >= maxActive)
      return met('maxActive', `${maxActive} of its run are out, as many as may be at once`);
    const { agents, now } = takers.places(of, handler);
    const running = this.#subs.countInClass(of.name);
    const at = this.#ground.loop.turn.at;
    const view = { candidates: now, running, pointer: 0, at };
    const chosen = selectAgent({ select: of.select, agents, maxProcesses: of.maxProcesses }, view);
    if ('agent' in chosen) return null;
    switch (chosen.obstacle) {
      case 'maxProcesses':
        return met(
          'maxProcesses',
          `the process class ${of.name} runs ${running}, as many as it may`,
        );
      case 'noSlot':
        return met('noSlot', 'no slot is free at the agents that may do it');
      case 'resting':
        return met(
          'resting',
          `the agents that may do it failed to take work and rest until ${instant(chosen.until)}`,
          chosen.until,
        );
      case 'noAgent':
        return this.#unserved(of, handler, met);
    }
  }

  /** Nobody of the class takes such work: nobody is there, nobody can, or nobody may now. */
  #unserved(
    of: ClassSettings,
    handler: string,
    met: (obstacle: ObstacleView['obstacle'], text: string) => ObstacleView,
  ): ObstacleView {
    const whose = of.agents === 'all' ? '' : ` of the process class ${of.name}`;
    const there = this.#peersOf(of).flatMap((peer) => {
      const fitness = fitnessOf(this.#ground, this.#connections, peer);
      return fitness === 'away' ? [] : [peer.row];
    });
    if (there.length === 0) return met('noAgent', `no agent${whose} is connected`);
    const isAble = there.some(
      ({ handlers }) => handlers.length === 0 || handlers.includes(handler),
    );
    return isAble
      ? met('drained', `the agents${whose} that can do it are drained, leaving or blocked`)
      : met('noHandler', `no agent${whose} that is connected has the handler "${handler}"`);
  }

  #peersOf(of: ClassSettings) {
    const { agents } = of;
    return [...this.#connections.peers()].filter(
      ({ row: { id, address } }) =>
        agents === 'all' || agents.includes(id) || (address && agents.includes(address)),
    );
  }

  *#members(of: ClassSettings): Iterable<MemberView> {
    const peers = this.#peersOf(of);
    const view = ({ id, address = null }: { id: string; address?: string | null | undefined }) => ({
      id,
      address: address ?? null,
      state: this.#connections.stateOf(id),
      restingUntil: this.#restingUntil(of, id),
    });
    if (of.agents === 'all') return yield* peers.map(({ row }) => view(row));
    for (const name of of.agents) {
      const there = peers.filter(({ row }) => row.id === name || row.address === name);
      if (there.length > 0) yield* there.map(({ row }) => view(row));
      else yield unknown(name);
    }
  }

  #restingUntil(of: ClassSettings, agent: string): string | null {
    const until = this.#classes.restingUntil(of, agent);
    return until !== null && until > this.#ground.loop.turn.at ? instant(until) : null;
  }

  /** How many wait in a queue; of a job that has but one its counts know. */
  #count(name: QueueName): number {
    const queue = this.#queues.read(name);
    if (!queue) return 0;
    let count = 1;
    while (count < COUNTED && queue.next()) count++;
    queue.close();
    const run = this.#jobs.row(name.job);
    const isOnly = [...this.#queues.kinds((job) => job === name.job)].length === 1;
    return count === COUNTED && run && isOnly ? run.counts.queued : count;
  }
}

const unknown = (name: string): MemberView => ({
  id: isAddress(name) ? null : name,
  address: isAddress(name) ? name : null,
  state: null,
  restingUntil: null,
});

/** What a class is, as far as it is on record. */
export function classView(
  one: ClassSettings,
  usual: { readonly periodMs: number; readonly delayMs: number; readonly timeoutMs: number },
): ProcessClassView {
  const { name, select, maxProcesses, restMs, waitMs, agents } = one;
  const own = beatsOf(one);
  const { periodMs, delayMs, timeoutMs } = own ?? usual;
  return {
    name,
    select,
    maxProcesses: maxProcesses === Number.MAX_SAFE_INTEGER ? null : maxProcesses,
    periodMs,
    delayMs,
    timeoutMs,
    hasTiming: own !== undefined,
    restMs,
    waitMs,
    running: null,
    waiting: null,
    obstacle: null,
    isOfAll: agents === 'all',
    agents: agents === 'all' ? [] : agents.map(unknown),
  };
}
