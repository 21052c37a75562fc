/**
 * BullMQ under measurement, as its documentation shows it: a Queue, a Worker, or both. Where something
 * can be done in several ways the one that favours BullMQ is taken:
 *
 *   throughput  completed tasks are counted where they are worked on (the Worker's own event); across
 *               processes the sums go to the producer by IPC, and Redis is not burdened with telling it
 *   latency     in one process the Worker's event; across processes QueueEvents, which is how a
 *               producer learns of an end in BullMQ
 */
import { systemClock } from '../actors/clock.ts';
import { runOpenLoop } from './open-loop.ts';
import {
  payload,
  payloads,
  type BullMqSettings,
  type Burst,
  type Payload,
  type Role,
  type Steady,
} from './role.ts';
import { elapsedMs } from './stopwatch.ts';

const QUEUE = 'bench';

/** What is used of BullMQ. Its own types are there only where bench/ is installed. */
interface BullMq {
  readonly Queue: new (name: string, options: object) => Queue;
  readonly Worker: new (
    name: string,
    work: () => Promise<unknown>,
    options: object,
  ) => Listening & { on(event: 'completed', listener: (job: Job) => void): void };
  readonly QueueEvents: new (
    name: string,
    options: object,
  ) => Listening & {
    on(event: 'completed', listener: (told: { readonly jobId: string }) => void): void;
  };
}

interface Listening {
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface Job {
  readonly id: string;
}

interface Queue extends Listening {
  add(name: string, data: Payload): Promise<Job>;
  addBulk(jobs: readonly { readonly name: string; readonly data: Payload }[]): Promise<unknown>;
}

/** @param report told how many more were completed, of a process that works and does not submit */
export async function openBullMq(
  { port, submits, works }: BullMqSettings,
  report: (count: number) => void,
): Promise<Role> {
  const library: string = 'bullmq';
  const { Queue, Worker, QueueEvents } = (await import(library)) as BullMq;
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const completions = new Completions();
  const opened: Listening[] = [];
  if (works > 0) {
    const worker = new Worker(QUEUE, () => Promise.resolve(null), {
      connection,
      concurrency: works,
    });
    worker.on('completed', ({ id }) => (submits ? completions.add(id) : report(1)));
    opened.push(worker);
  }
  const queue = submits ? new Queue(QUEUE, { connection }) : undefined;
  if (queue) opened.push(queue);
  for (const one of opened) await one.waitUntilReady();
  const submitter = () => {
    if (queue === undefined) throw new Error('This process has no queue.');
    return queue;
  };
  return {
    throughput: (burst) => throughput(submitter(), completions, burst),
    async latency(load) {
      if (works > 0) return latency(submitter(), completions, load);
      // Redis names its events by the time of this host. Without a first one to follow, those that come
      // before it listens would be missed.
      const lastEventId = `${systemClock.now()}-0`;
      const events = new QueueEvents(QUEUE, { connection, lastEventId });
      events.on('completed', ({ jobId }) => completions.add(jobId));
      await events.waitUntilReady();
      const latencies = await latency(submitter(), completions, load);
      await events.close();
      return latencies;
    },
    completedElsewhere: (count) => completions.count(count),
    async close() {
      for (const one of opened.reverse()) await one.close();
    },
  };
}

async function throughput(
  queue: Queue,
  completions: Completions,
  { tasks, payloadBytes, batch: most }: Burst,
): Promise<number> {
  const startedAt = elapsedMs();
  const all = completions.next(tasks);
  let batch: { name: string; data: Payload }[] = [];
  for (const data of payloads(tasks, payloadBytes)) {
    batch.push({ name: 'noop', data });
    if (batch.length < most && data.n < tasks - 1) continue;
    await queue.addBulk(batch);
    batch = [];
  }
  await all;
  return elapsedMs() - startedAt;
}

async function latency(queue: Queue, completions: Completions, load: Steady): Promise<number[]> {
  const ports = { elapsedMs, after: (ms: number, wake: () => void) => systemClock.after(ms, wake) };
  const latencies = await runOpenLoop(ports, load, async (n) => {
    const { id } = await queue.add('noop', payload(n, load.payloadBytes));
    await completions.of(id);
  });
  completions.forget();
  return latencies;
}

/** Which tasks are completed. The news of an end may come before the answer to the handing in. */
class Completions {
  readonly #early = new Set<string>();
  readonly #waiting = new Map<string, () => void>();
  #missing = 0;
  #reached = () => {};

  /** Resolves when so many more are completed. */
  next(count: number): Promise<void> {
    this.forget();
    this.#missing = count;
    return new Promise((resolve) => (this.#reached = resolve));
  }

  of(id: string): Promise<void> | undefined {
    if (this.#early.delete(id)) return undefined;
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  add(id: string): void {
    if (this.#missing > 0) return this.count(1);
    const resolve = this.#waiting.get(id);
    if (resolve === undefined) this.#early.add(id);
    this.#waiting.delete(id);
    resolve?.();
  }

  count(count: number): void {
    if (this.#missing === 0) return;
    this.#missing -= count;
    if (this.#missing <= 0) this.#reached();
    this.#missing = Math.max(0, this.#missing);
  }

  forget(): void {
    this.#early.clear();
  }
}
