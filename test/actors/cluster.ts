/**
 * A controller and its agents in one process under virtual time: production actors, memory transport,
 * memory disks, scripted work. Nothing here sleeps.
 */
import { AgentNode } from '../../actors/agent.ts';
import { ControllerNode } from '../../actors/controller.ts';
import type { ControllerSettings } from '../../actors/controller-config.ts';
import type { Command, Item, Replies } from '../../actors/commands.ts';
import { entryOf } from '../../actors/entry-row.ts';
import type { Logger } from '../../actors/logger.ts';
import type { Entry, SubRow } from '../../actors/records.ts';
import { subOf } from '../../actors/sheet-rows.ts';
import type { Tap } from '../../actors/tap.ts';
import type { Phase } from '../../actors/turn-loop.ts';
import type { Policy, Work } from '../../handlers/handler.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import {
  createScriptedRunner,
  type Behaviour,
  type Ledger,
} from '../../scenarios/scripted-runner.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { createMemoryDisk, openMemoryStore, type MemoryDisk } from '../../store/memory.ts';
import type { Store } from '../../store/store.ts';
import type { Clock } from '../../actors/clock.ts';
import { memoryTransport } from '../../transport/memory.ts';
import type { Transport } from '../../transport/transport.ts';
import { wire } from './wire.ts';

export const policy: Policy = {
  maxRetries: 0,
  delaysMs: [],
  timeoutMs: 3_600_000,
  onUnknown: 'retry',
  maxLosses: 4,
};

export const done: Behaviour = { afterMs: 100, exit: { kind: 'done', result: 'ok' } };

/** Work that runs until it is stopped. */
export const endless: Behaviour = { ...done, afterMs: Infinity };

/** What a crash leaves on the disk of what was not synced; see `MemoryDisk.crash`. */
export type CrashOptions = Parameters<MemoryDisk['crash']>[0];

interface LogLine {
  readonly level: keyof Logger;
  readonly fields: object;
  readonly message: string;
}

interface Slot {
  disk: MemoryDisk;
  readonly spool: ReturnType<typeof createMemorySpool>;
  node: AgentNode | undefined;
  runner: ReturnType<typeof createScriptedRunner> | undefined;
}

export class Cluster {
  readonly clock = createVirtualClock();
  readonly transport = wire(
    memoryTransport({
      after: (ms, wake) => this.clock.after(ms, wake),
      chance: () => this.#chance(),
    }),
  );
  readonly ledger: Ledger = [];
  controllerDisk: MemoryDisk;
  /** What all nodes have logged. */
  readonly lines: LogLine[] = [];
  readonly agents = new Map<string, Slot>();
  controller!: ControllerNode;
  behave: (id: string, attempt: number, work: Work) => Behaviour = () => done;
  /** Handlers that the agents which are started from then on say they have; none: they take all. */
  offers: readonly string[] = [];
  /** Hears the lives of the nodes that are started from then on. */
  tap: Tap | undefined;
  observeController: (phase: Phase, turn: number) => void = () => {};
  observeAgent: (agent: string, phase: Phase, turn: number) => void = () => {};
  readonly #settings: ControllerSettings;
  readonly #slots: number;
  readonly #syncMs: number | undefined;
  readonly #logger: Logger = {
    info: (fields, message) => void this.lines.push({ level: 'info', fields, message }),
    warn: (fields, message) => void this.lines.push({ level: 'warn', fields, message }),
    error: (fields, message) => void this.lines.push({ level: 'error', fields, message }),
  };
  #ids = 0;
  #random = 1;

  /** @param syncMs how long a disk takes to make a batch durable; left out: no virtual time at all */
  constructor(settings: ControllerSettings = {}, slots = 4, syncMs?: number) {
    this.#settings = settings;
    this.#slots = slots;
    this.#syncMs = syncMs;
    this.controllerDisk = this.#newDisk();
  }

  static async start(
    agents: readonly string[],
    settings: ControllerSettings = {},
    slots = 4,
    syncMs?: number,
  ): Promise<Cluster> {
    const cluster = new Cluster(settings, slots, syncMs);
    await cluster.startController();
    for (const agent of agents) await cluster.startAgent(agent);
    await cluster.until(
      () => agents.every((agent) => cluster.stateOf(agent) === 'connected'),
      5_000,
    );
    return cluster;
  }

  /** @param world `force`: takes the store from a controller that still lives; `through`: stands before it */
  async startController(
    settings: ControllerSettings = this.#settings,
    {
      clock = this.clock,
      force = false,
      through = (store) => store,
      transport = this.transport,
    }: {
      clock?: Clock;
      force?: boolean;
      through?: (store: Store) => Store;
      transport?: Transport;
    } = {},
  ): Promise<void> {
    const opening = ControllerNode.open(settings, {
      transport,
      store: through(await openMemoryStore(this.controllerDisk, { force })),
      clock,
      newId: () => `c${++this.#ids}`,
      logger: this.#logger,
      ...(this.tap ? { tap: this.tap } : {}),
      observe: (phase, turn) => this.observeController(phase, turn),
    });
    this.controller = await opening;
  }

  /** @param world `seat`: where its disk is kept, so that two processes can have one id. Default: the id */
  async startAgent(
    id: string,
    slots = this.#slots,
    {
      clock = this.clock,
      seat = id,
      address,
    }: { clock?: Clock; seat?: string; address?: string } = {},
  ): Promise<void> {
    const slot = this.agents.get(seat) ?? {
      disk: this.#newDisk(),
      spool: createMemorySpool(),
      node: undefined,
      runner: undefined,
    };
    this.agents.set(seat, slot);
    slot.runner = createScriptedRunner({
      agent: seat,
      clock: this.clock,
      ledger: this.ledger,
      logs: slot.spool,
      handlers: this.offers,
      behave: (work) => this.behave(work.id, work.fence.attempt, work),
    });
    slot.node = await AgentNode.open(
      { id, slots, ...(address === undefined ? {} : { address }) },
      {
        transport: this.transport,
        store: await openMemoryStore(slot.disk),
        clock,
        newId: () => `s${++this.#ids}`,
        logger: this.#logger,
        runner: slot.runner,
        ...(this.tap ? { tap: this.tap } : {}),
        observe: (phase, turn) => this.observeAgent(id, phase, turn),
      },
    );
  }

  /** The controller's process dies: what is not on its disk is gone. */
  crashController(options: CrashOptions = {}): void {
    this.controller.halt();
    this.controllerDisk.crash(options);
  }

  /** The agent's process dies, and what it runs with it. */
  crashAgent(seat: string, options: CrashOptions = {}): void {
    const slot = this.agents.get(seat)!;
    slot.node!.halt();
    slot.node = undefined;
    slot.runner!.crash();
    slot.disk.crash(options);
  }

  /** Cuts an agent off, in one direction or both; returns what heals it. */
  cut(agent: string, direction: 'to' | 'from' | 'both' = 'both'): () => void {
    const heals = (['to', 'from'] as const)
      .filter((way) => direction === 'both' || direction === way)
      .map((way) => this.transport.faults.add({ subject: `lifeline.${way}.${agent}`, cut: true }));
    return () => heals.forEach((heal) => heal());
  }

  /** Gives the controller a command and waits, without moving time on, for its answer. */
  async command<C extends Command>(command: C): Promise<Replies[C['kind']]> {
    const answered = this.controller.command(command);
    await this.clock.settle();
    return answered;
  }

  async submit(id: string, change: Partial<Item> & { policy?: Policy } = {}): Promise<number> {
    const item: Item = { id, handler: 'work', input: null, bytes: 1, policy, ...change };
    return (await this.command({ kind: 'submit', item, by: 'test' })).birth;
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  until(condition: () => boolean, withinMs: number): Promise<void> {
    return this.clock.runUntil(condition, { withinMs });
  }

  stateOf(agent: string): string | undefined {
    return this.controller.liveOf(agent)?.connection;
  }

  row(birth: number): SubRow {
    return subOf(this.controller.store, birth)!;
  }

  /** Facts of the controller's journal, those of one kind when it is given. */
  facts(kind?: string): readonly Entry[] {
    const all = [...this.controller.store.read(1)].map(([, entry]) => entryOf(entry));
    return kind === undefined ? all : all.filter((entry) => entry.kind === kind);
  }

  /** Attempts that were started, as `id#attempt`, in order. */
  starts(): readonly string[] {
    return this.ledger
      .filter(({ what }) => what === 'start')
      .map(({ id, fence }) => `${id}#${fence.attempt}`);
  }

  /** When an attempt (`x#1`) was started or had ended, in virtual ms; undefined: it was not. */
  moment(what: 'start' | 'end', attempt: string): number | undefined {
    const line = this.ledger.find(
      (each) => each.what === what && `${each.id}#${each.fence.attempt}` === attempt,
    );
    return line && line.at - (this.clock.now() - this.clock.elapsed());
  }

  #newDisk(): MemoryDisk {
    const syncMs = this.#syncMs;
    return syncMs === undefined
      ? createMemoryDisk()
      : createMemoryDisk({ schedule: (sync) => void this.clock.after(syncMs, sync) });
  }

  /** A small generator, so that faults left to chance are the same in each run. */
  #chance(): number {
    this.#random = (this.#random * 48_271) % 2_147_483_647;
    return this.#random / 2_147_483_647;
  }
}
