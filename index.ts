/**
 * Lifeline as a library: everything that is public, and where the real world is wired in.
 *
 * ```ts
 * const transport = memoryTransport();
 * const agent = await createAgent({ id: 'a1', transport, handlers: [resize], store: await openStore('./a1') });
 * const controller = await createController({ transport, store: await openStore('./c') });
 * const thumb = await controller.submit(resize, { path: 'cat.jpg' });
 * ```
 *
 * Every opened thing has `close()` and `Symbol.asyncDispose`. The library takes no signals and never ends
 * the process. What is passed in (transport, store) is closed by whoever opened it, after what uses it.
 *
 * @module lifeline
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AgentNode, type AgentSettings } from './actors/agent.ts';
import { systemClock, type Clock } from './actors/clock.ts';
import type { Controller } from './actors/controller-api.ts';
import { openController } from './actors/open-controller.ts';
import type { ControllerSettings } from './actors/controller-config.ts';
import { settleAgents } from './actors/settling.ts';
import { silent, type Logger } from './actors/logger.ts';
import type { Handler } from './handlers/handler.ts';
import { openKillList } from './handlers/kill-list.ts';
import { createRunner } from './handlers/runner.ts';
import { checkOf } from './handlers/schema.ts';
import { createMemorySpool, openSpool } from './handlers/spool.ts';
import type { DirectoryStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import type { StandIn } from './transport/stand-in.ts';
import type { Transport } from './transport/transport.ts';

export type { Controller } from './actors/controller-api.ts';
export {
  SubTransactionFailed,
  type Accepted,
  type Batch,
  type BegunJob,
  type JobOptions,
  type StartJob,
  type StartJobOf,
  type SubmitOptions,
} from './actors/controller-api.ts';
export type { AgentFilter, AgentSummary } from './actors/agent-queries.ts';
export type { ControllerStatus } from './actors/controller-status.ts';
export type { ControllerSettings } from './actors/controller-config.ts';
export type { AgentSettings } from './actors/agent.ts';
export type { Clock } from './actors/clock.ts';
export { NamespaceInUse } from './actors/claim.ts';
export { OutcomeUnknown } from './actors/controller.ts';
export type { HandlerConfig } from './actors/handler-config.ts';
export type { HandlerSummary, HandlerVersionView, HandlerView } from './actors/handler-queries.ts';
export type { Keeper } from './actors/handover.ts';
export type { AttemptView, StepView } from './actors/attempt-view.ts';
export type { AttemptEnding } from './actors/attempts.ts';
export { CAUSES } from './actors/cause-codes.ts';
export type { Answer, Decision } from './actors/decisions.ts';
export type { DecidedBy, Evidence, Rule } from './actors/evidence.ts';
export type { Sentence } from './actors/explain.ts';
export type { AuditBounds, AuditLine, AuditPage } from './actors/audit.ts';
export type { HistoryFilter, HistoryPage } from './actors/history.ts';
export type { AttemptCounts, ReportFilter, ReportView, SlowTask } from './actors/report.ts';
export type { Pass, RetentionSettings } from './actors/retention.ts';
export type { Items, JobHandle, JobProgress, RunSoFar } from './actors/job-handle.ts';
export type { Logger } from './actors/logger.ts';
export type { MemberView, ObstacleView, ProcessClassView } from './actors/obstacles.ts';
export type { Configured } from './actors/process-classes.ts';
export type { JobHook, JobRules, Misfire, Tick } from './actors/job-rules.ts';
export type { JobDetail, JobList, JobPage, Kind, Shown } from './actors/queries.ts';
export type { LogView } from './actors/read-log.ts';
export { Refused, type RefusalCode } from './actors/refused.ts';
export type {
  AgentView,
  FactView,
  Failure,
  HookView,
  JobView,
  Liveness,
  OnceView,
  Outcome,
  RunningView,
  SubTransactionSummary,
  SubTransactionView,
  UnconfirmedView,
} from './actors/views.ts';
export { InvalidInput, type HandlerInfo, type WorkItem } from './actors/work-item.ts';
export { defineHandler, InvalidHandler } from './handlers/define-handler.ts';
export type {
  FenceToken,
  Handler,
  HandlerOptions,
  LogStream,
  OnUnknown,
  Policy,
  ProcessStart,
  RunOfJob,
  TaskContext,
} from './handlers/handler.ts';
export { ProcessesLeft } from './handlers/kill-list.ts';
export {
  createRecordReader,
  type LogRecord,
  type RecordReader,
  type RecordStream,
} from './handlers/log-records.ts';
export type { ClassOptions, ClassSettings } from './machines/class-settings.ts';
export { InvalidSetting } from './machines/timing.ts';
export { MaxRetriesError } from './store/retry.ts';
export { createKeys } from './store/typed-keys.ts';
export { createMemoryDisk, openMemoryStore, type MemoryDisk } from './store/memory.ts';
export { openStore, type DirectoryStore } from './store/open-store.ts';
export { StoreConflict, StoreFailed, StoreInUse, type Store, type Value } from './store/store.ts';
export { InvalidId } from './transport/ids.ts';
export {
  memoryTransport,
  type MemoryTransport,
  type MemoryTransportOptions,
} from './transport/memory.ts';
export { natsStandIn, type NatsStandInOptions } from './transport/nats-stand-in.ts';
export { natsTransport, type NatsTransport, type NatsTransportOptions } from './transport/nats.ts';
export type { StandIn } from './transport/stand-in.ts';
export { threadTransport, type ThreadTransportOptions } from './transport/threads.ts';
export { TransportError, type Transport } from './transport/transport.ts';
export { ValueRefused } from './transport/value.ts';

/** What a controller and an agent are given alike. */
export interface Surroundings {
  readonly transport: Transport;
  /** Of this node alone. */
  readonly store: Store;
  /** A pino logger, or one like it. Default: silent. */
  readonly logger?: Logger;
  /** Default: the system's clocks and timers. */
  readonly clock?: Clock;
}

/** Settings of a controller, and what it stands on. */
export interface ControllerOptions extends ControllerSettings, Surroundings {}

/**
 * Opens a controller on its store and goes on where the last one left off. Resolves when its term is
 * recorded; agents are then heard, and work is given out to them.
 *
 * @throws {InvalidSetting} @throws {InvalidId} one sentence that says what to change
 * @throws {StoreConflict} when somebody else writes to the store
 */
export function createController(options: ControllerOptions): Promise<Controller> {
  const { transport, store, logger = silent, clock = systemClock, ...settings } = options;
  return openController(settings, { transport, store, logger, clock, newId, checkOf });
}

/** Settings of an agent, its handlers, and what it stands on. */
export interface AgentOptions extends AgentSettings, Surroundings {
  /** What it can do; each name once. */
  readonly handlers: readonly Handler<never, unknown>[];
  /**
   * Directory of this agent alone, for the output of tasks until the controller has it and the list of the
   * processes that run. Default: `spool` in the directory of a store of `openStore`; for other stores in
   * memory, and so gone with the process, with no list.
   */
  readonly spool?: string;
  /**
   * Speaks for the agent while an inline function blocks its loop, as `natsStandIn(…)` does. It stays open
   * when the agent closes. Default: nobody does, and who is blocked for long is taken for cut off.
   */
  readonly standIn?: StandIn;
  /**
   * Called when these handlers (inline functions, which cannot be killed) outlive what they may: the lease,
   * and then nothing new is begun until they have returned, or `close`. A process of its own ends itself
   * here. Default: it is only logged.
   */
  readonly unkillable?: (handlers: readonly string[]) => void;
  /** How long `close` waits for inline functions once it has aborted their signal, in ms. Default 10,000. */
  readonly closeWithinMs?: number;
}

/** An agent that runs tasks in this process, its threads and its child processes. */
export interface Agent extends AsyncDisposable {
  readonly id: string;
  /** True when nothing runs here and the controller has recorded all that was to be reported. */
  readonly isSettled: boolean;
  /**
   * Takes no more work. Resolves when what runs has ended and the controller has all that was to be reported
   * (that is waited for at most half a minute), with whether it could end by itself. To be followed by `close`.
   */
  leave(options?: {
    /** What runs for longer, in ms, is stopped: asked by its signal, killed after its grace. Default: never. */
    readonly withinMs?: number;
  }): Promise<boolean>;
  /**
   * Aborts and kills what still runs, waits until it has ended, and ends. Store and transport stay open.
   *
   * An inline function that does not heed its signal within `closeWithinMs` is told to `unkillable`, and
   * `close` resolves although it still runs: until it returns, an agent opened on the same store may run
   * its work a second time.
   */
  close(): Promise<void>;
  /** Resolves with the reason when it has ended by itself: its store is held by another, or every boot fails. */
  readonly ended: Promise<Error>;
}

/**
 * Opens an agent on its store: what its last life had begun and not ended is killed if it still runs (the
 * processes that the spool's directory lists), and reported as lost. Resolves when its boot is recorded; it
 * then says hello until a controller answers.
 *
 * @throws {InvalidSetting} @throws {InvalidId} @throws {InvalidHandler} one sentence that says what to change
 * @throws {StoreConflict} when somebody else writes to the store
 * @throws {ProcessesLeft} when processes of its last life do not end, or cannot be seen from here
 */
export async function createAgent(options: AgentOptions): Promise<Agent> {
  const { id, namespace, slots, address, transport, store, clock = systemClock } = options;
  const spool = options.spool ?? (isInDirectory(store) ? join(store.directory, 'spool') : null);
  const { logger = silent, unkillable, standIn } = options;
  const runner = createRunner({
    handlers: options.handlers as readonly Handler[],
    logs: spool === null ? createMemorySpool() : openSpool(spool),
    killList: spool === null ? undefined : await openKillList(spool, clock, slots ?? 4),
    clock,
    idleThreads: slots ?? 4,
    closeWithinMs: options.closeWithinMs,
    onLeftRunning(handlers) {
      logger.error({ agent: id, handlers }, 'handlers still run although the agent is closed');
      unkillable?.(handlers);
    },
  });
  const settings = {
    id,
    ...(namespace === undefined ? {} : { namespace }),
    ...(slots === undefined ? {} : { slots }),
    ...(address === undefined ? {} : { address }),
  };
  const ports = {
    transport,
    store,
    clock,
    newId,
    logger,
    runner,
    ...(unkillable ? { unkillable } : {}),
    ...(standIn ? { standIn } : {}),
  };
  const node = await AgentNode.open(settings, ports);
  return {
    id: node.id,
    get isSettled() {
      return node.isSettled;
    },
    leave: ({ withinMs } = {}) => settleAgents([node], { clock, withinMs }),
    close: () => node.close(),
    ended: node.ended,
    [Symbol.asyncDispose]: () => node.close(),
  };
}

/** 128 bits of chance, as letters and digits. */
const newId = () => randomBytes(16).toString('hex');

const isInDirectory = (store: Store): store is DirectoryStore => 'directory' in store;
