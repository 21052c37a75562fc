/** Lifeline under measurement: a controller, an agent, or both, as its README shows them, on LMDB. */
import { mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../actors/clock.ts';
import {
  createController,
  memoryTransport,
  natsTransport,
  openStore,
  threadTransport,
} from '../index.ts';
import { noop, openBenchAgent } from './lifeline-agent.ts';
import { runOpenLoop } from './open-loop.ts';
import { payload, payloads, type LifelineSettings, type Role } from './role.ts';
import { elapsedMs } from './stopwatch.ts';

export async function openLifeline(settings: LifelineSettings): Promise<Role> {
  const { directory, nats, thread, submits, works } = settings;
  mkdirSync(directory, { recursive: true });
  const opened: { close(): Promise<void> }[] = [];
  const opens = <T extends { close(): Promise<void> }>(thing: T): T => {
    opened.push(thing);
    return thing;
  };
  const inProcess = thread ? () => threadTransport(directory) : () => memoryTransport();
  const transport = opens(nats === null ? inProcess() : await natsTransport({ servers: nats }));
  if (works > 0) {
    opens(thread ? await openThread(settings) : await openBenchAgent(settings, transport));
  }
  const controller = submits
    ? opens(
        await createController({
          transport,
          store: opens(await openStore(join(directory, 'controller'))),
        }),
      )
    : undefined;
  const submitter = () => {
    if (controller === undefined) throw new Error('This process has no controller.');
    return controller;
  };
  let runs = 0;
  return {
    async throughput({ tasks, payloadBytes }) {
      const startedAt = elapsedMs();
      const items = payloads(tasks, payloadBytes);
      const job = await submitter().startJob({ name: `burst-${++runs}`, handler: noop, items });
      const { done } = await job.ended;
      if (done !== tasks) throw new Error(`Of ${tasks} tasks ${done} are done.`);
      return elapsedMs() - startedAt;
    },
    latency: (load) =>
      runOpenLoop({ elapsedMs, after: (ms, wake) => systemClock.after(ms, wake) }, load, (n) =>
        submitter().submit(noop, payload(n, load.payloadBytes)),
      ),
    completedElsewhere: () => {},
    async close() {
      for (const thing of opened.reverse()) await thing.close();
    },
  };
}

/** The agent on a loop of its own. */
async function openThread(settings: LifelineSettings): Promise<{ close(): Promise<void> }> {
  const thread = new Worker(new URL('./lifeline-thread.js', import.meta.url), {
    workerData: settings,
  });
  const [ready] = (await once(thread, 'message')) as [unknown];
  if (ready !== 'ready') throw new Error('The thread of the agent has not begun.');
  return {
    async close() {
      thread.postMessage('close');
      await once(thread, 'exit');
    },
  };
}
