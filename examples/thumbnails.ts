/**
 * A handler that waits for somebody else: it orders a thumbnail once, and asks every ten seconds whether it is
 * ready. How it waits is given to it, so that a test can let an hour pass in a moment (thumbnails.test.ts).
 *
 *   once('order') ─▶ ticket ─▶ ready? ──no, 10 s──┐
 *                                ▲ └──yes─▶ done  │
 *                                └────────────────┘
 *
 *   import { setTimeout } from 'node:timers/promises';
 *   createThumbnail(renderer, (ms, signal) => setTimeout(ms, undefined, { signal }));
 */
import { defineHandler } from 'lifeline';

export interface Renderer {
  /** Begins a thumbnail; costs money each time. */
  order(path: string): Promise<string>;
  isReady(ticket: string): Promise<boolean>;
}

export const createThumbnail = (
  renderer: Renderer,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
) =>
  defineHandler({
    name: 'thumbnail',
    maxRetries: 1,
    timeoutMs: 900_000,
    onUnknown: 'retry',
    async run({ path }: { path: string }, task) {
      const ticket = (await task.once('order', () => renderer.order(path)))!;
      while (!(await renderer.isReady(ticket))) await sleep(10_000, task.signal);
      return `${path}.thumb`;
    },
  });
