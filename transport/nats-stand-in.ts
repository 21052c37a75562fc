/**
 * The stand-in of an agent on NATS: a thread with a connection of its own, on which it only publishes.
 *
 *   loop ── counts its frames in shared memory, posts one a period ──▶ thread (stand-in-entry.ts) ──▶ NATS
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { NatsAddressing } from './nats-settings.ts';
import type { NatsLogger } from './nats-trouble.ts';
import { bareFrame, type LastWord, type StandIn } from './stand-in.ts';

/** What the thread is given. */
export interface StandInData {
  readonly options: NatsAddressing;
  /** Int32: frames that the loop has sent. */
  readonly count: SharedArrayBuffer;
}

/** How a stand-in connects: as the transport of its agent does. */
export interface NatsStandInOptions extends NatsAddressing {
  /** Hears when the thread ends by itself: a blocked agent is then silent. Default: nobody. */
  readonly logger?: NatsLogger;
}

/**
 * Starts the thread, which connects by itself and keeps no process alive. Resolves when it is up.
 *
 * @param options as the transport of the agent was given
 */
export async function natsStandIn({
  logger,
  ...options
}: NatsStandInOptions = {}): Promise<StandIn> {
  const shared = new SharedArrayBuffer(4);
  const count = new Int32Array(shared);
  const file = './stand-in-entry.ts'.replace(/\.ts$/, extname(new URL(import.meta.url).pathname));
  const data: StandInData = { options, count: shared };
  const worker = new Worker(new URL(file, import.meta.url), { workerData: data });
  worker.on('error', (error) => {
    logger?.warn({ err: error }, 'Nobody speaks for this agent while its loop is blocked.');
  });
  await new Promise<unknown>((resolve) => worker.once('message', resolve).once('exit', resolve));
  worker.unref();
  let posted: LastWord | undefined;
  const post = (word: LastWord | undefined) => {
    posted = word;
    worker.postMessage(word && { ...word, frame: bareFrame(word.frame) });
  };
  return {
    said(word) {
      Atomics.add(count, 0, 1);
      if (!posted || isOther(posted, word)) post(word);
    },
    silence() {
      if (posted) post(undefined);
    },
    close: async () => void (await worker.terminate()),
  };
}

/** Whether the thread has to know of a new word: once a period, and of each new link. */
function isOther({ frame: a }: LastWord, { frame: b, periodMs }: LastWord): boolean {
  const isSameLink = a.boot === b.boot && a.term === b.term && a.link === b.link;
  return !isSameLink || a.timing !== b.timing || b.stamp - a.stamp >= periodMs;
}
