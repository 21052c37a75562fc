/**
 * How fast work is taken over when a great deal of it is queued, and what that costs: items per second until all
 * are on disk, anonymous memory of the process, and how long `list` and `show` take meanwhile.
 *
 *   node bench/dist/bench/enqueue.js [items] [directory]        default: 10,000,000, below $TMPDIR
 *
 * One process: a controller on LMDB (each batch flushed), no agent, and a generator that gives items without keys.
 * A question is put every 100 ms; its answer is late by what the event loop does first, as it is for a client.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../actors/clock.ts';
import { createController, defineHandler, memoryTransport, openStore } from '../index.ts';
import { elapsedMs } from './stopwatch.ts';

const ASK_MS = 100;

const copy = defineHandler({ name: 'copy', run: ({ n }: { n: number; path: string }) => n });

const [items = 10_000_000, below = tmpdir()] = [Number(process.argv[2] ?? 1e7), process.argv[3]];

function* inputs(): Generator<{ readonly n: number; readonly path: string }> {
  for (let n = 0; n < items; n++) yield { n, path: `/data/incoming/file-${n}` };
}

/** Bytes that are nobody's but this process's: what LMDB maps of its file does not count. */
async function anonymousMb(): Promise<number> {
  const rollup = await readFile('/proc/self/smaps_rollup', 'utf8');
  return Number(/^Anonymous:\s+(\d+) kB/m.exec(rollup)?.[1] ?? NaN) / 1024;
}

const directory = await mkdtemp(join(below, 'lifeline-enqueue-'));
const transport = memoryTransport();
const store = await openStore(directory);
const controller = await createController({ transport, store });
try {
  const cpu = process.cpuUsage();
  const startedAt = elapsedMs();
  const job = await controller.startJob({ name: 'load', handler: copy, items: inputs() });
  let [asked, slowestMs, mostMb] = [0, 0, 0];
  let isOpen = true;
  const ask = (dueAt: number) => {
    controller.list();
    controller.show('load');
    slowestMs = Math.max(slowestMs, elapsedMs() - dueAt);
    asked++;
    if (asked % 10 === 0) void anonymousMb().then((mb) => (mostMb = Math.max(mostMb, mb)));
    const next = elapsedMs() + ASK_MS;
    if (isOpen) systemClock.after(ASK_MS, () => ask(next));
  };
  ask(startedAt);
  for await (const { sourceEnded } of job.progress()) if (sourceEnded) break;
  const tookMs = elapsedMs() - startedAt;
  isOpen = false;
  const { user, system } = process.cpuUsage(cpu);
  mostMb = Math.max(mostMb, await anonymousMb());
  const shown = controller.list().singlepass[0];
  process.stdout.write(
    `${shown?.total} items in ${(tookMs / 1000).toFixed(1)} s: ${Math.round((items / tookMs) * 1000)} a second, ` +
      `${((user + system) / items).toFixed(2)} µs of CPU each; anonymous memory at most ${Math.round(mostMb)} MB; ` +
      `list and show ${asked} times, at most ${Math.round(slowestMs)} ms\n`,
  );
  const stopAt = elapsedMs();
  await job.stop();
  await job.ended;
  process.stdout.write(
    `stopped, all of them cancelled, in ${((elapsedMs() - stopAt) / 1000).toFixed(1)} s\n`,
  );
} finally {
  await controller.close();
  await store.close();
  await transport.close();
  await rm(directory, { recursive: true });
}
