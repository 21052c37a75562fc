/** The settings of a controller, their defaults, and the one place that checks them. */
import {
  checkDuration,
  checkTiming,
  defaultGraceMs,
  defaultIdleMs,
  defaultMargins,
  defaultSweepMs,
  defaultTiming,
  InvalidSetting,
} from '../machines/timing.ts';
import { parseId } from '../transport/ids.ts';
import type { ControllerConfig } from './ground.ts';

/** Everything may be left out. Durations in ms. */
export interface ControllerSettings {
  /** Begins every subject; one controller per namespace. Default `lifeline`. */
  readonly namespace?: string;
  /** An agent that has sent nothing for that long sends a beat. Default 10,000. */
  readonly periodMs?: number;
  /** How long the controller waits beyond the period. Default 2,000. */
  readonly delayMs?: number;
  /** Silence after which a connection is lost; a multiple of the period. Default 60,000. */
  readonly timeoutMs?: number;
  /** Bound on how far the rate of a clock is off, as a fraction. Default 0.0005. */
  readonly drift?: number;
  /** Longest time that killing a process tree takes. Default 1,000. */
  readonly killTimeMs?: number;
  /** How often the watchdog looks for what is overdue. Default 120,000. */
  readonly sweepMs?: number;
  /** Without a pulse for that long a sub-transaction is idle. Default 120,000. */
  readonly idleMs?: number;
  /** From the abort of a task to its kill, on cancel and time-out. Default 5,000. */
  readonly graceMs?: number;
  /** `first`: fixed priority of the agents; `next`: round robin. Default `next`. */
  readonly select?: 'first' | 'next';
  /** Attempts in progress at once over all agents. Default: as many as they have slots. */
  readonly maxProcesses?: number;
  /** What has ended is kept for that long; 0: not at all. Default 30 days. */
  readonly keepMs?: number;
  /** Of the sub-transactions that have ended the newest so many are kept. Default 1,000,000. */
  readonly keepCount?: number;
  /**
   * For a store that several processes can open at once: how long a successful append proves that no other
   * controller has taken over. Default 0: the store admits one process only, as LMDB here does.
   */
  readonly termLeaseMs?: number;
}

/** @throws {InvalidSetting} @throws {InvalidId} one sentence that says what to do */
export function checkConfig(settings: ControllerSettings): ControllerConfig {
  const { drift = defaultMargins.drift, maxProcesses = Number.MAX_SAFE_INTEGER } = settings;
  if (!(drift >= 0 && drift < 0.5)) {
    throw new InvalidSetting(`The clock drift must be a fraction from 0 up to 0.5, not ${drift}.`);
  }
  if (!Number.isSafeInteger(maxProcesses) || maxProcesses < 1) {
    throw new InvalidSetting(
      `The number of processes must be a whole number from 1 on, not ${maxProcesses}.`,
    );
  }
  return {
    namespace: parseId(settings.namespace ?? 'lifeline', 'namespace'),
    timing: checkTiming({
      version: 0,
      periodMs: settings.periodMs ?? defaultTiming.periodMs,
      delayMs: settings.delayMs ?? defaultTiming.delayMs,
      timeoutMs: settings.timeoutMs ?? defaultTiming.timeoutMs,
    }),
    drift,
    killTimeMs: checkDuration(settings.killTimeMs ?? defaultMargins.killTimeMs, 'kill time'),
    sweepMs: checkDuration(settings.sweepMs ?? defaultSweepMs, 'sweep interval'),
    idleMs: checkDuration(settings.idleMs ?? defaultIdleMs, 'idle limit'),
    graceMs: checkDuration(settings.graceMs ?? defaultGraceMs, 'grace'),
    select: settings.select ?? 'next',
    maxProcesses,
    termLeaseMs:
      settings.termLeaseMs === undefined ? 0 : checkDuration(settings.termLeaseMs, 'term lease'),
  };
}
