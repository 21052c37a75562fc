/**
 * Work that is really done while time is virtual: time stands as long as some task computes or waits for the real
 * world, and moves on when each of them sleeps here, waits for its controller, or has ended.
 *
 *   runner.start ─▶ busy ── sleep(ms) ──▶ waiting ── time has moved ──▶ busy ─▶ … ─▶ ended
 *                     └──── once(key) ──▶ waiting ── it is on record ──▶ busy
 *
 * Which task it is that sleeps is told by the asynchronous context in which it was started.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { systemClock, type Clock } from '../actors/clock.ts';
import type { Runner, Work } from '../handlers/handler.ts';

/** Sleeps on the clock of the world; rejects with the signal's reason when that is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Real ms that a task may take between two waits. */
const STUCK_AFTER_MS = 10_000;

/** A task that runs, and how many things it waits for now. */
interface Labourer {
  readonly handler: string;
  readonly steps: Set<string>;
  sleeps: number;
}

export class Labour {
  readonly #running = new Set<Labourer>();
  readonly #present = new AsyncLocalStorage<Labourer>();
  readonly #real: Pick<Clock, 'after'>;
  #changed: () => void = () => {};

  /** @param real what tells that a task is stuck */
  constructor(real: Pick<Clock, 'after'> = systemClock) {
    this.#real = real;
  }

  /**
   * A runner whose tasks are known here.
   *
   * @param heard is told of each start; returns what is told of its end
   */
  watch(runner: Runner, heard: (work: Work) => (kind: string) => void): Runner {
    const labourers = new Map<string, Labourer>();
    return {
      ...runner,
      start: (work, events) => {
        const { handler, fence } = work;
        const key = `${fence.birth}-${fence.attempt}`;
        // It answers for itself: a second start of what runs is ignored.
        if (labourers.has(key)) return runner.start(work, events);
        const labourer: Labourer = { handler, steps: new Set(), sleeps: 0 };
        labourers.set(key, labourer);
        this.#running.add(labourer);
        const tellEnd = heard(work);
        this.#present.run(labourer, () =>
          runner.start(work, {
            ...events,
            step: (of, news) => {
              if (!news.isDone) labourer.steps.add(news.key);
              this.#changed();
              events.step(of, news);
            },
            ended: (of, exit) => {
              labourers.delete(key);
              this.#running.delete(labourer);
              tellEnd(exit.kind);
              this.#changed();
              events.ended(of, exit);
            },
          }),
        );
      },
      stop: (fence, how) => {
        labourers.get(`${fence.birth}-${fence.attempt}`)?.steps.clear();
        runner.stop(fence, how);
      },
      beginStep: (fence, step) => {
        labourers.get(`${fence.birth}-${fence.attempt}`)?.steps.delete(step);
        runner.beginStep(fence, step);
      },
      close: async () => {
        for (const labourer of labourers.values()) this.#running.delete(labourer);
        this.#changed();
        await runner.close();
      },
    };
  }

  sleepOn(clock: Pick<Clock, 'after'>): Sleep {
    return (ms, signal) => {
      const labourer = this.#present.getStore();
      const count = (by: 1 | -1) => {
        if (labourer) labourer.sleeps += by;
        this.#changed();
      };
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const wake = (end: () => void) => {
          cancel();
          signal?.removeEventListener('abort', abort);
          count(-1);
          end();
        };
        const abort = () => wake(() => reject(signal!.reason as Error));
        signal?.addEventListener('abort', abort);
        count(1);
        const cancel = ms === Infinity ? () => {} : clock.after(ms, () => wake(resolve));
      });
    };
  }

  /**
   * Resolves when nothing goes on by itself: each task that runs waits for time to move, or for its controller.
   *
   * @throws Error when a task has not come so far within 10 s of real time
   */
  readonly rest = async (): Promise<void> => {
    await aTurn();
    while (this.#busy() !== undefined) {
      await this.#change();
      await aTurn();
    }
  };

  #busy(): Labourer | undefined {
    for (const labourer of this.#running)
      if (labourer.sleeps === 0 && labourer.steps.size === 0) return labourer;
    return undefined;
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = this.#real.after(STUCK_AFTER_MS, () =>
        reject(
          new Error(
            `Time stands still: the handler "${this.#busy()?.handler}" has not ended for ${STUCK_AFTER_MS / 1_000} s, and waits for nothing of this world; where it has to wait, give it the world's sleep.`,
          ),
        ),
      );
      this.#changed = () => {
        giveUp();
        resolve();
      };
    });
  }
}

/** Comes back when no promise can go on by itself. */
const aTurn = () => new Promise<void>((resolve) => void systemClock.after(0, resolve));
