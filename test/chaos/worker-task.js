/**
 * One task of a chaos run in a worker thread, or in the agent's own loop: task.sh without a process tree.
 *
 * Node has no flock; a socket of the abstract namespace is bound by one process at a time, and freed by the
 * kernel when that process, or by Node when that thread, is gone.
 */
import { appendFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemClock as clock } from '../../dist/actors/clock.js';

/** @param {{ directory: string, id: string, lines: number, ms: number, spins: boolean }} input */
export default async function work({ directory, id, lines, ms, spins }, task) {
  const fence = `${task.fence.birth}-${task.fence.attempt}`;
  const say = (word) => {
    const line = `${word} ${id} ${fence} ${(clock.now() / 1000).toFixed(6)} ${process.pid}\n`;
    appendFileSync(`${directory}/ledger`, line);
  };
  const print = (from, to) => {
    for (let n = from; n <= to; n++) task.log(`${fence} ${n} ${'.'.repeat(40)}`);
  };
  const lock = createServer();
  lock.listen(`\0${directory}/${id}`);
  await once(lock, 'listening').catch(() => say('overlap'));
  say('begin');
  print(1, Math.floor(lines / 2));
  if (spins) for (const until = clock.elapsed() + ms; clock.elapsed() < until;);
  else await new Promise((resolve) => clock.after(ms, resolve));
  print(Math.floor(lines / 2) + 1, lines);
  // One that was asked to stop while it waited has lost the right to go on.
  if (!task.signal.aborted) say('end');
  lock.close();
  return null;
}
