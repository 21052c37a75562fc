/**
 * What really ran: the ledger, which the work itself writes, ordered by fence and by sub-transaction.
 *
 *   start ─▶ alive ─▶ end (done, failed, stopped, crash)
 */
import type { FenceToken } from '../../handlers/handler.ts';
import type { LedgerLine } from '../scripted-runner.ts';

export interface Execution {
  readonly fence: FenceToken;
  readonly id: string;
  /** Seat of the process in which it ran. */
  readonly seat: string;
  /** True time, as all instants here. */
  readonly startedAt: number;
  endedAt: number | null;
  exit: LedgerLine['exit'] | null;
}

export const fenceName = ({ birth, attempt }: FenceToken) => `${birth}/${attempt}`;

/** For people: `x#2 (birth 7) at a1`. */
export const nameOf = ({ id, fence, seat }: Execution) =>
  `${id}#${fence.attempt} (birth ${fence.birth}) at ${seat}`;

const NONE: readonly Execution[] = [];

export class Executions {
  readonly #ofFence = new Map<string, Execution[]>();
  readonly #ofBirth = new Map<number, Execution[]>();
  readonly #alive = new Set<Execution>();

  /** Takes a line; the execution that it is about. */
  take(line: LedgerLine, atMs: number): Execution | undefined {
    const { fence, id, agent: seat } = line;
    if (line.what === 'end') {
      const ended = this.of(fence).findLast((each) => each.seat === seat && each.endedAt === null);
      if (!ended) return undefined;
      ended.endedAt = atMs;
      ended.exit = line.exit ?? null;
      this.#alive.delete(ended);
      return ended;
    }
    const begun: Execution = { fence, id, seat, startedAt: atMs, endedAt: null, exit: null };
    push(this.#ofFence, fenceName(fence), begun);
    push(this.#ofBirth, fence.birth, begun);
    this.#alive.add(begun);
    return begun;
  }

  /** All starts of a fence, in order. */
  of(fence: FenceToken): readonly Execution[] {
    return this.#ofFence.get(fenceName(fence)) ?? NONE;
  }

  /** All starts of a sub-transaction, in order. */
  ofBirth(birth: number): readonly Execution[] {
    return this.#ofBirth.get(birth) ?? NONE;
  }

  /** What runs now. */
  get alive(): ReadonlySet<Execution> {
    return this.#alive;
  }

  /** What runs now of a sub-transaction. */
  aliveOf(birth: number): readonly Execution[] {
    return this.ofBirth(birth).filter(({ endedAt }) => endedAt === null);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const there = map.get(key);
  if (there) there.push(value);
  else map.set(key, [value]);
}
