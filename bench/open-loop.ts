/**
 * Load at a steady rate that does not wait for answers. Each sending has an instant at which it was
 * meant to happen, and latency counts from there: when the system under load (or this process) stalls,
 * what should have been sent meanwhile is late, and shows it. Counting from the real sending would leave
 * out just the worst waits (coordinated omission).
 *
 *   meant  │  │  │  │  │  │          a tick sends all that is due
 *   sent   │  │  ······│││ │        stalled: three are sent late, two of them counted as late
 */

export interface OpenLoopPorts {
  /** Milliseconds since some fixed moment. */
  readonly elapsedMs: () => number;
  /** Calls `wake` once, in about so many ms. */
  readonly after: (ms: number, wake: () => void) => void;
}

export interface SteadyLoad {
  readonly perSecond: number;
  /** How many are sent altogether. */
  readonly total: number;
}

const TICK_MS = 1;

/** How many are to be sent by the time that so many ms have gone by since the first one. */
export function dueBy(ms: number, { perSecond, total }: SteadyLoad): number {
  return ms < 0 ? 0 : Math.min(total, Math.floor((ms * perSecond) / 1000) + 1);
}

/** When the n-th (from 0) is meant to be sent, in ms since the first one. */
export const meantAtMs = (n: number, { perSecond }: SteadyLoad) => (n * 1000) / perSecond;

/**
 * Sends the load and resolves with the latency of each in ms: from the instant it was meant to be sent
 * until what `send` returned has resolved. Rejects when a sending fails.
 */
export async function runOpenLoop(
  { elapsedMs, after }: OpenLoopPorts,
  load: SteadyLoad,
  send: (n: number) => Promise<unknown>,
): Promise<number[]> {
  const startedAt = elapsedMs();
  const latencies: Promise<number>[] = [];
  const timed = async (n: number) => {
    await send(n);
    return elapsedMs() - startedAt - meantAtMs(n, load);
  };
  await new Promise<void>((resolve) => {
    const tick = () => {
      const due = dueBy(elapsedMs() - startedAt, load);
      while (latencies.length < due) {
        const latency = timed(latencies.length);
        // `all` below tells of it; until then nobody looks.
        latency.catch(() => {});
        latencies.push(latency);
      }
      if (due < load.total) after(TICK_MS, tick);
      else resolve();
    };
    tick();
  });
  return Promise.all(latencies);
}
