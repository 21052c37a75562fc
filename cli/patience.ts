/**
 * Asks a controller until it answers, however long that takes, since it or the broker may be started again
 * meanwhile. That nobody answers is told once, and that somebody does again.
 *
 *   ask ─▶ answer
 *    └─ nobody ─▶ told once ─▶ a second later ─▶ ask …        an interrupt ends it: undefined
 */
import { aborted } from './aborted.ts';
import { isNoAnswer, type Api } from './api-client.ts';
import type { Call } from './verb.ts';

const ASK_AGAIN_MS = 1_000;

export interface Patience {
  /**
   * The answer, or undefined when somebody interrupted.
   *
   * @param meanwhile called each time that nobody has answered; what it resolves with counts as the answer
   * @throws what is no matter of waiting
   */
  ask<T>(
    question: () => Promise<T>,
    meanwhile?: () => Promise<T | undefined>,
  ): Promise<T | undefined>;
  /** Resolves after so long, or when somebody interrupts. */
  pause(ms: number): Promise<void>;
  /** Nothing more is wanted, as if somebody had interrupted. */
  giveUp(): void;
}

export function createPatience(
  { screen, clock, interruption }: Pick<Call, 'screen' | 'clock' | 'interruption'>,
  { where }: Pick<Api, 'where'>,
): Patience {
  const over = new AbortController();
  const signal = AbortSignal.any([interruption(), over.signal]);
  const interrupted = aborted(signal);
  let isSilent = false;
  const pause = async (ms: number) => {
    let stop = () => {};
    const passed = new Promise<void>((resolve) => (stop = clock.after(ms, resolve)));
    await Promise.race([passed, interrupted]);
    stop();
  };
  return {
    async ask(question, meanwhile = () => Promise.resolve(undefined)) {
      while (!signal.aborted) {
        try {
          const answer = await Promise.race([question(), interrupted]);
          if (isSilent && answer !== undefined)
            screen.line(`The controller ${where} answers again.`);
          isSilent = false;
          return answer;
        } catch (error) {
          if (!isNoAnswer(error)) throw error;
        }
        if (!isSilent) screen.line(`No controller answers ${where}: it is asked until one does.`);
        isSilent = true;
        const answer = await meanwhile();
        if (answer !== undefined) return answer;
        await pause(ASK_AGAIN_MS);
      }
      return undefined;
    },
    pause,
    giveUp: () => over.abort(),
  };
}
