/**
 * A controller and agents for tests of handlers: everything is as in production, and the handlers really run, but
 * time is virtual, disks and network are in memory, and a test can cut, crash and start them again.
 *
 *   openTestWorld ─▶ controller ◀── memory, cut? ──▶ agents with your handlers
 *                       └─ disk          clock          └─ disk each, kept over crashes
 *   until(promise) ─▶ nobody works? ─▶ the next timer of all ─▶ nobody works? ─▶ … ─▶ the result
 *
 * Beside `World`, which plays plans with work that is only scripted and holds them against all checkers.
 */
import { AgentNode } from '../actors/agent.ts';
import type { Clock } from '../actors/clock.ts';
import type { Controller } from '../actors/controller-api.ts';
import type { ControllerSettings } from '../actors/controller-config.ts';
import { silent, type Logger } from '../actors/logger.ts';
import { openController, type Halting } from '../actors/open-controller.ts';
import type { Handler, Runner, Work } from '../handlers/handler.ts';
import { createRunner } from '../handlers/runner.ts';
import { checkOf } from '../handlers/schema.ts';
import { createMemorySpool, type Spool } from '../handlers/spool.ts';
import { createMemoryDisk, openMemoryStore, type MemoryDisk } from '../store/memory.ts';
import { memoryTransport } from '../transport/memory.ts';
import { Labour, type Sleep } from './labour.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

/** The time of a world, for handlers that wait. */
export interface TestTime {
  readonly clock: Clock;
  /**
   * Sleeps so many ms of virtual time; rejects with the signal's reason when that is aborted. A handler that
   * waits in another way makes time stand still meanwhile.
   */
  readonly sleep: Sleep;
}

/** The handlers of each agent, by the agent's id. */
export type TestAgents = Readonly<Record<string, readonly Handler<never, unknown>[]>>;

/** What a world is made of. */
export interface TestWorldOptions {
  /** The agents, or a function that makes their handlers with the time of this world. */
  readonly agents: TestAgents | ((time: TestTime) => TestAgents);
  /** Tasks that each agent runs at once. Default 4. */
  readonly slots?: number;
  /** What the controller is started with, such as `periodMs`. Default: as in production. */
  readonly settings?: ControllerSettings;
  /** Hears what the nodes log. Default: nobody. */
  readonly logger?: Logger;
}

/** A task that was started: an attempt, at an agent. Instants in ms from the beginning of the world. */
export interface TestTask {
  readonly agent: string;
  readonly id: string;
  readonly handler: string;
  readonly attempt: number;
  readonly startedAtMs: number;
  /** Null while it runs, and for ever when its agent has crashed meanwhile. */
  readonly endedAtMs: number | null;
  /** `done`, `failed` or `stopped`. */
  readonly exit: string | null;
}

/** A controller with its agents, under virtual time. */
export interface TestWorld extends TestTime, AsyncDisposable {
  /** The present one: a crash ends it, and `start` gives another. */
  readonly controller: Controller;
  /** Ms since the world began. */
  readonly nowMs: number;
  /** Every task that was started, in order. */
  readonly tasks: readonly TestTask[];
  /** Moves time on by so many ms: every timer on the way fires at its instant. */
  advance(ms: number): Promise<void>;
  /**
   * Moves time on until the promise has settled, and gives its value or throws its reason; or until the condition
   * holds, which is asked after each timer.
   *
   * @throws Error when that takes more than `withinMs` of virtual time; default 600,000 (ten minutes)
   */
  until<T>(awaited: Promise<T>, options?: { readonly withinMs?: number }): Promise<T>;
  until(awaited: () => boolean, options?: { readonly withinMs?: number }): Promise<void>;
  /** Cuts the link to an agent: frames to it, from it, or both (default), are lost. Returns what heals it. */
  cut(agent: string, way?: 'to' | 'from' | 'both'): () => void;
  /**
   * The process of a node dies: `controller`, or an agent by its id. What was not on its disk is gone; what an
   * agent ran is aborted, and no more is heard of it. Nothing happens to one that is down.
   */
  crash(node: string): void;
  /** Starts a node that has crashed, on its disk. Nothing happens to one that is up. */
  start(node: string): Promise<void>;
  /** Ends all nodes. */
  close(): Promise<void>;
}

const CONTROLLER = 'controller';
const UNTIL_MS = 600_000;

/**
 * Opens the world; resolves when the controller has heard all agents.
 *
 * @throws {InvalidSetting} {InvalidHandler} {InvalidId} one sentence that says what to change
 */
export async function openTestWorld(options: TestWorldOptions): Promise<TestWorld> {
  const world = new OpenWorld(options);
  await world.open();
  return world;
}

interface AgentPlace {
  readonly handlers: readonly Handler<never, unknown>[];
  readonly disk: MemoryDisk;
  readonly spool: Spool;
  node: AgentNode | undefined;
  runner: Runner | undefined;
}

class OpenWorld implements TestWorld {
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly tasks: TestTask[] = [];
  readonly #options: TestWorldOptions;
  readonly #labour = new Labour();
  readonly #time = createTime(this.#labour);
  readonly #transport;
  readonly #disk = createMemoryDisk();
  readonly #agents: ReadonlyMap<string, AgentPlace>;
  #controller: (Controller & Halting) | undefined;
  #last: Controller | undefined;
  #ids = 0;

  constructor(options: TestWorldOptions) {
    this.#options = options;
    const clock = (this.clock = this.#time.clock);
    this.sleep = this.#labour.sleepOn(clock);
    this.#transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
    const { agents } = options;
    const handlers = typeof agents === 'function' ? agents(this) : agents;
    this.#agents = new Map(
      Object.entries(handlers).map(([id, each]) => [id, { ...newPlace(), handlers: each }]),
    );
  }

  async open(): Promise<void> {
    await this.start(CONTROLLER);
    for (const id of this.#agents.keys()) await this.start(id);
    const areHeard = () =>
      this.controller.agents().filter(({ connection }) => connection === 'connected').length ===
      this.#agents.size;
    await this.until(areHeard);
  }

  get controller(): Controller {
    return this.#last!;
  }

  get nowMs(): number {
    return this.clock.elapsed();
  }

  advance(ms: number): Promise<void> {
    return this.#time.move((time) => time.advance(ms));
  }

  async until<T>(
    awaited: Promise<T> | (() => boolean),
    { withinMs = UNTIL_MS }: { readonly withinMs?: number } = {},
  ): Promise<T> {
    const isCondition = typeof awaited === 'function';
    let settled = false;
    const end = () => void (settled = true);
    if (!isCondition) awaited.then(end, end);
    const isOver = isCondition ? awaited : () => settled;
    if (!(await this.#time.move((time) => time.advanceUntil(isOver, { withinMs })))) {
      const what = isCondition ? 'The condition does not hold' : 'The promise has not settled';
      throw new Error(`${what} after ${withinMs} ms of virtual time.`);
    }
    return (isCondition ? undefined : await awaited) as T;
  }

  cut(agent: string, way: 'to' | 'from' | 'both' = 'both'): () => void {
    this.#place(agent);
    const namespace = this.#options.settings?.namespace ?? 'lifeline';
    const heals = (way === 'both' ? ['to', 'from'] : [way]).map((each) =>
      this.#transport.faults.add({ subject: `${namespace}.${each}.${agent}`, cut: true }),
    );
    return () => heals.forEach((heal) => heal());
  }

  crash(name: string): void {
    if (name === CONTROLLER) {
      if (!this.#controller) return;
      this.#controller.halt();
      this.#controller = undefined;
      return this.#disk.crash();
    }
    const place = this.#place(name);
    if (!place.node) return;
    place.node.halt();
    void place.runner!.close();
    place.node = undefined;
    place.runner = undefined;
    place.disk.crash();
  }

  async start(name: string): Promise<void> {
    if (name !== CONTROLLER) return this.#startAgent(name, this.#place(name));
    if (this.#controller) return;
    const store = await openMemoryStore(this.#disk);
    const ports = { ...this.#ports(), store, checkOf };
    this.#controller = await openController(this.#options.settings ?? {}, ports);
    this.#last = this.#controller;
  }

  async close(): Promise<void> {
    const nodes = [...this.#agents.values()].map(({ node }) => node);
    const open = [...nodes, this.#controller].filter((node) => node !== undefined);
    // Agents say goodbye, and wait until that is taken in: in virtual time.
    for (const node of open) await this.until(node.close());
    await this.#transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #startAgent(id: string, place: AgentPlace): Promise<void> {
    if (place.node) return;
    const { slots = 4, settings } = this.#options;
    const runner = createRunner({
      handlers: place.handlers as readonly Handler[],
      logs: place.spool,
      clock: this.clock,
      idleThreads: slots,
    });
    place.runner = this.#labour.watch(runner, (work) => this.#heard(id, place, work));
    const store = await openMemoryStore(place.disk);
    const { namespace = 'lifeline' } = settings ?? {};
    const ports = { ...this.#ports(), store, runner: place.runner };
    place.node = await AgentNode.open({ id, slots, namespace }, ports);
  }

  /** Writes a start down, and gives what writes down its end. */
  #heard(agent: string, place: AgentPlace, { id, handler, fence }: Work): (kind: string) => void {
    const { runner } = place;
    const began = { agent, id, handler, attempt: fence.attempt, startedAtMs: this.nowMs };
    const index = this.tasks.push({ ...began, endedAtMs: null, exit: null }) - 1;
    return (exit) => {
      if (place.runner !== runner) return;
      this.tasks[index] = { ...began, endedAtMs: this.nowMs, exit };
    };
  }

  #ports() {
    const { logger = silent } = this.#options;
    const newId = () => `t${++this.#ids}`;
    return { transport: this.#transport, clock: this.clock, newId, logger };
  }

  #place(agent: string): AgentPlace {
    const place = this.#agents.get(agent);
    if (place) return place;
    const names = [CONTROLLER, ...this.#agents.keys()].join(', ');
    throw new RangeError(`There is no node "${agent}" in this world; there are ${names}.`);
  }
}

/**
 * Time that moves when it is told to. What is due at the present instant happens by itself, so that a command to
 * the controller can be awaited as it is.
 */
function createTime(labour: Labour) {
  const time = createVirtualClock(undefined, labour.rest);
  let moves: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  /** One after the other. */
  const move = <T>(how: (time: VirtualClock) => Promise<T>): Promise<T> => {
    waiting++;
    const moved = moves.then(() => how(time)).finally(() => waiting--);
    moves = moved.catch(() => {});
    return moved;
  };
  const after: Clock['after'] = (ms, wake) => {
    if (ms <= 0 && waiting === 0) void move((present) => present.settle());
    return time.after(ms, wake);
  };
  const clock: Clock = { now: () => time.now(), elapsed: () => time.elapsed(), after };
  return { clock, move };
}

const newPlace = () => ({
  disk: createMemoryDisk(),
  spool: createMemorySpool(),
  node: undefined,
  runner: undefined,
});
