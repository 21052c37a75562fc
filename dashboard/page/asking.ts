/**
 * When something that is shown is asked for again: at once when it may have changed, but never two questions at
 * a time, and never two within a second.
 *
 *   want ──▶ asked ──▶ answered          want, want, want ──▶ one more question, a second after the last
 */

export interface AskingPorts {
  /** Asks, and shows what comes; never rejects. */
  readonly ask: (signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  /** Returns what calls it off. */
  readonly after: (ms: number, wake: () => void) => () => void;
}

export interface Asking {
  /** It may have changed. */
  readonly want: () => void;
  /** Nothing is asked any more; an answer that is on its way is not waited for. */
  readonly stop: () => void;
}

/** Between the beginnings of two questions. */
export const APART_MS = 1_000;

export function createAsking({ ask, now, after }: AskingPorts): Asking {
  const ended = new AbortController();
  let askedAt = -Infinity;
  let isOut = false;
  let isWanted = false;
  let disarm: (() => void) | undefined;

  const go = (): void => {
    disarm = undefined;
    if (ended.signal.aborted) return;
    isWanted = false;
    isOut = true;
    askedAt = now();
    void ask(ended.signal).finally(() => {
      isOut = false;
      if (isWanted) plan();
    });
  };
  const plan = (): void => {
    if (disarm || isOut || ended.signal.aborted) return;
    const waitMs = askedAt + APART_MS - now();
    if (waitMs <= 0) return go();
    disarm = after(waitMs, go);
  };
  return {
    want() {
      isWanted = true;
      plan();
    },
    stop() {
      ended.abort();
      disarm?.();
    },
  };
}
