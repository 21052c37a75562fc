/**
 * The agent: a node that runs tasks. It outlives its boots: when a lease is over, or a turn cannot be
 * recorded, everything of the boot is killed, and the next boot begins under a higher number.
 *
 *   open ─▶ boot 1 ── lease over, gone, append failed ─▶ all gone? ─▶ boot 2 ─▶ … ── close ─▶ over
 *
 * Before a boot says hello, no task of an older one lives, and what an older one had begun and not ended
 * is recorded as `lost` (R6).
 */
import type { Runner } from '../handlers/handler.ts';
import { checkAddress } from '../machines/agent-address.ts';
import { InvalidSetting } from '../machines/timing.ts';
import type { Store } from '../store/store.ts';
import { StoreConflict, StoreFailed } from '../store/store.ts';
import { agentFrames, controllerFrames } from '../transport/codec.ts';
import { parseId } from '../transport/ids.ts';
import { fromAgent, toAgent } from '../transport/subjects.ts';
import type { AgentFrame } from '../transport/frame.ts';
import type { StandIn } from '../transport/stand-in.ts';
import type { Transport } from '../transport/transport.ts';
import type { AgentEffect } from './agent-ground.ts';
import type { AgentEntry, BootRecords } from './agent-records.ts';
import { Boot } from './boot.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import { nextBoot } from './next-boot.ts';
import type { BootTap, Tap } from './tap.ts';
import type { Phase } from './turn-loop.ts';
import { removeForgotten } from './unended.ts';

/** What an agent is called, and how much it does at once. */
export interface AgentSettings {
  /** 1 to 64 of A-Z a-z 0-9 _ and -; one agent per id and namespace. */
  readonly id: string;
  /** Default `lifeline`. */
  readonly namespace?: string;
  /** Tasks that run at once. Default 4. */
  readonly slots?: number;
  /** A URI that process classes may call it by beside its id. Default: none. */
  readonly address?: string;
}

/** What an agent needs of the world. */
export interface AgentPorts {
  readonly transport: Transport;
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly runner: Runner;
  /** Speaks for the agent while its loop is blocked. Default: nobody does. Closed by whoever opened it. */
  readonly standIn?: StandIn;
  /**
   * Called when a lease is over and these handlers cannot be killed from here: nothing new is begun until
   * they have returned. A process of its own would end itself now.
   */
  readonly unkillable?: (handlers: readonly string[]) => void;
  /**
   * Called with each hello that is refused because another agent speaks under this id, or did until a
   * moment ago, or fell silent and may hold its lease yet (`isHeld`): this one is let in when that lease is
   * over. Default: it is only logged.
   *
   * @param silentMs for how long the controller has not heard the other; null: it has not in this term
   */
  readonly idTaken?: (silentMs: number | null) => void;
  /** Hears each boot from its beginning. Default: nobody does. */
  readonly tap?: Tap | undefined;
  /** For crash tests: called between any two phases of a turn. */
  readonly observe?: ((phase: Phase, turn: number) => void) | undefined;
}

/** Boots that may fail to be recorded one after the other before the agent gives up, 1 s apart. */
const FAILURES_IN_A_ROW = 10;
const BETWEEN_BOOTS_MS = 1_000;

/** So long a closing agent waits for what it cannot kill. */
const CLOSE_WITHIN_MS = 10_000;

/** A boot that has lived this long was no failure. */
const STEADY_MS = 60_000;

/** An agent on ports of its own; `createAgent` brings them. */
export class AgentNode {
  readonly id: string;
  readonly #namespace: string;
  readonly #slots: number;
  readonly #address: string | undefined;
  readonly #ports: AgentPorts;
  #boot: Boot | undefined;
  #number = 0;
  #letGo: (() => void)[] = [];
  #failures = 0;
  #bootBeganAt = 0;
  #closed = false;
  #closing: Promise<void> | undefined;
  #leaving = false;
  /** Called when nothing of the last boot lives any more; set while the node is being closed. */
  #over: (() => void) | undefined;
  #tellEnd: (why: Error) => void = () => {};
  /** Resolves when the agent has ended by itself: its store is held by another, or every boot fails. */
  readonly ended = new Promise<Error>((resolve) => (this.#tellEnd = resolve));
  /** This process has begun a boot before: an open intent then tells of no crash of the process. */
  #hasBooted = false;

  private constructor(settings: AgentSettings, ports: AgentPorts) {
    this.id = parseId(settings.id, 'agent id');
    this.#namespace = parseId(settings.namespace ?? 'lifeline', 'namespace');
    this.#slots = settings.slots ?? 4;
    if (!Number.isSafeInteger(this.#slots) || this.#slots < 1 || this.#slots > 10_000) {
      throw new InvalidSetting(
        `The number of slots must be a whole number from 1 to 10000, not ${this.#slots}.`,
      );
    }
    this.#address = settings.address === undefined ? undefined : checkAddress(settings.address);
    this.#ports = ports;
  }

  /** Takes the next boot number and says hello. Rejects when the settings cannot be used or the store refuses. */
  static async open(settings: AgentSettings, ports: AgentPorts): Promise<AgentNode> {
    const node = new AgentNode(settings, ports);
    await node.#beginBoot(0);
    return node;
  }

  get store(): Store {
    return this.#ports.store;
  }

  /** Number of the present boot. */
  get boot(): number {
    return this.#number;
  }

  /** True when nothing runs here and the controller has recorded all that was to be reported. */
  get isSettled(): boolean {
    return this.#boot?.isSettled ?? true;
  }

  /** Takes no more work; what runs goes on. */
  leave(): void {
    this.#leaving = true;
    this.#boot?.loop.post({ kind: 'leave' });
  }

  /** Asks what runs to end, and has it killed after its grace; the controller is told. For one that leaves. */
  stopTasks(): void {
    this.#boot?.loop.post({ kind: 'stopTasks' });
  }

  /**
   * Kills what still runs, records that, hands it over to the controller (for at most 2 s), says goodbye, and
   * ends. What cannot be killed is waited for, for at most 10 s; then it is told (`unkillable`), and counts
   * as lost when the agent is opened again. Asked again, it resolves when the first one does.
   */
  close({
    handsOver = true,
  }: {
    /** False: without a word to the controller, which ends as well and finds it all when both are opened again. Default true. */
    readonly handsOver?: boolean;
  } = {}): Promise<void> {
    this.#closing ??= this.#close(handsOver);
    return this.#closing;
  }

  async #close(handsOver: boolean): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const boot = this.#boot;
    if (boot) {
      const over = new Promise<void>((resolve) => (this.#over = resolve));
      boot.loop.post({ kind: 'close', handsOver });
      const forget = this.#ports.clock.after(CLOSE_WITHIN_MS, () => {
        if (!boot.isIdle) this.#perform({ kind: 'unkillable', handlers: boot.unkillable() });
        this.#over?.();
      });
      await over;
      forget();
      await boot.loop.close();
    }
    this.#disconnect();
    await this.#ports.runner.close();
  }

  /** Ends as in a crash: what is not recorded is forgotten, what runs is the next one's finding. */
  halt(): void {
    this.#closed = true;
    this.#boot?.loop.halt();
    this.#disconnect();
  }

  async #beginBoot(atLeast: number): Promise<void> {
    const { store, clock, newId, runner, logger, tap } = this.#ports;
    const isFirst = !this.#hasBooted;
    const last = [...store.read(Math.max(1, store.position()))][0]?.[1] as AgentEntry | undefined;
    const at = Math.max(clock.now(), last?.at ?? 0);
    const address = this.#address;
    const next = nextBoot(store, runner, { at, atLeast, isFirst, newId, address });
    if (isFirst && runner.endedByLease)
      logger.warn({ agent: this.id }, 'its lease was over in the life before: what ran was ended');
    await store.append(next.batch, { expect: next.position });
    if (this.#closed) return;
    const { records } = next;
    removeForgotten(records.tasks, runner);
    this.#hasBooted = true;
    this.#bootBeganAt = clock.elapsed();
    const { boot } = records.meta;
    this.#number = boot;
    const [agent, slots] = [this.id, this.#slots];
    const life = { at, ...next, store, agent, slots, boot, atLeast, isFirst, runner };
    this.#join(records, at, tap?.boot(life));
  }

  #join(records: BootRecords, startAt: number, tap: BootTap | undefined): void {
    const { transport, clock, observe } = this.#ports;
    const { store, runner } = tap ?? this.#ports;
    const boot = new Boot(
      this.id,
      this.#slots,
      records,
      runner,
      { clock, store, startAt, failed: (error) => this.#failed(boot, error), tap, observe },
      (effect) => this.#perform(effect),
    );
    this.#boot = boot;
    if (this.#leaving) boot.loop.post({ kind: 'leave' });
    this.#letGo = [
      () => boot.disarm(),
      transport.subscribe(toAgent(this.#namespace, this.id), (bytes) => {
        const decoded = controllerFrames.decode(bytes);
        if (decoded.ok) boot.loop.post({ kind: 'frame', frame: decoded.frame });
        else this.#ports.logger.warn({ agent: this.id, why: decoded.why }, 'frame dropped');
      }),
      transport.onStatus((status) => {
        if (status === 'connected') boot.loop.post({ kind: 'connected' });
      }),
    ];
  }

  #perform(effect: AgentEffect): void {
    const { logger, unkillable, idTaken } = this.#ports;
    if (effect.kind === 'frame') this.#say(effect.frame);
    else if (effect.kind === 'log')
      logger[effect.level]({ agent: this.id, ...effect.fields }, effect.message);
    else if (effect.kind === 'unkillable') {
      logger.error(
        { agent: this.id, handlers: effect.handlers },
        'handlers that cannot be killed outlive their lease',
      );
      unkillable?.(effect.handlers);
    } else if (effect.kind === 'idTaken') {
      const { isHeld, silentMs } = effect;
      logger.error(
        { agent: this.id, isHeld, silentMs },
        'this agent id is in use by another agent',
      );
      idTaken?.(silentMs);
    } else if (effect.kind === 'endBoot') {
      if (this.#over) return this.#over();
      const { atLeast } = effect;
      void this.#boot?.loop.close().then(() => {
        this.#disconnect();
        if (!this.#closed) this.#next(atLeast);
      });
    }
  }

  #say(frame: AgentFrame): void {
    const { transport, standIn } = this.#ports;
    const subject = fromAgent(this.#namespace, this.id);
    transport.publish(subject, agentFrames.encode(frame));
    const lease = standIn && this.#boot?.lease;
    if (lease) standIn.said({ subject, frame, ...lease });
    else standIn?.silence();
  }

  #next(atLeast: number): void {
    this.#beginBoot(atLeast).catch((error: unknown) => this.#retry(error));
  }

  /** A turn could not be recorded: nothing of the boot may live on, and what it had begun is lost. */
  #failed(boot: Boot, error: unknown): void {
    if (this.#boot !== boot) return;
    this.#over?.();
    this.#disconnect();
    const handlers = boot.unkillable();
    if (handlers.length > 0) this.#perform({ kind: 'unkillable', handlers });
    void boot.stopAll().then(() => this.#retry(error));
  }

  #retry(error: unknown): void {
    const { logger, clock } = this.#ports;
    if (this.#closed) return;
    if (clock.elapsed() - this.#bootBeganAt > STEADY_MS) this.#failures = 0;
    // A disk that is full or failing may be mended: that is waited for, without end.
    if (!(error instanceof StoreFailed)) this.#failures++;
    if (error instanceof StoreConflict || this.#failures > FAILURES_IN_A_ROW) {
      this.#closed = true;
      const why = 'agent ended: its store is held by another, or every boot fails';
      logger.error({ agent: this.id, err: error }, why);
      return this.#tellEnd(new Error(why, { cause: error }));
    }
    logger.error({ agent: this.id, err: error }, 'boot ended; the next one begins');
    clock.after(BETWEEN_BOOTS_MS, () => {
      if (!this.#closed) this.#next(0);
    });
  }

  #disconnect(): void {
    for (const letGo of this.#letGo) letGo();
    this.#letGo = [];
    this.#boot = undefined;
    this.#ports.standIn?.silence();
  }
}
