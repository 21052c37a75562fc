/**
 * Rounds side by side: A B C, A B C, …; the first is a warm-up and is dropped. Before a contender's turn
 * ends its processes must have come to rest, so that what it leaves for later burdens nobody else, and
 * counts as its own CPU time.
 */
import { systemClock } from '../actors/clock.ts';
import type { Contender } from './contenders.ts';
import { cpuMsOf } from './cpu.ts';

const LOOK_EVERY_MS = 100;
/** Of one processor, all processes of the contender together. */
const AT_REST = 0.1;
const REST_WITHIN_MS = 10_000;

export interface Round<T> {
  readonly value: T;
  /** CPU of all its processes, the server included; null where it cannot be read. */
  readonly cpuMs: number | null;
}

/** Measured rounds of each contender, in the order of the contenders. */
export async function alternate<T>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<T>,
  told: (round: number, contender: Contender, value: T) => void,
): Promise<Round<T>[][]> {
  const measured: Round<T>[][] = contenders.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const before = cpuMsOf(contender.pids);
      const value = await measure(contender);
      await atRest(contender);
      const after = cpuMsOf(contender.pids);
      const cpuMs = before === null || after === null ? null : after - before;
      if (round > 0) measured[index]!.push({ value, cpuMs });
      told(round, contender, value);
    }
  }
  return measured;
}

async function atRest({ pids }: Contender): Promise<void> {
  let before = cpuMsOf(pids);
  for (let ms = 0; ms < REST_WITHIN_MS; ms += LOOK_EVERY_MS) {
    await new Promise<void>((resolve) => void systemClock.after(LOOK_EVERY_MS, resolve));
    const now = cpuMsOf(pids);
    if (now === null || before === null || now - before < LOOK_EVERY_MS * AT_REST) return;
    before = now;
  }
}
