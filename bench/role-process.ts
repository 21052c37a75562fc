/**
 * The first file of a process under measurement: opens what it is told to be, answers calls one by one,
 * and ends when whoever started it is gone.
 */
import { Session } from 'node:inspector/promises';
import { systemClock } from '../actors/clock.ts';
import { openBullMq } from './bullmq.ts';
import { openLifeline } from './lifeline.ts';
import { summarize } from './profile.ts';
import type { Answer, Call, Calls, News, Role } from './role.ts';

/** News of completed tasks are gathered for so long: one message each would be a load of its own. */
const GATHER_MS = 5;
/** Fine enough for turns of a millisecond. */
const SAMPLE_EVERY_US = 250;

const session = new Session();
let role: Role | undefined;
let unreported = 0;

function report(count: number): void {
  unreported += count;
  if (unreported > count) return;
  systemClock.after(GATHER_MS, () => {
    send({ completed: unreported });
    unreported = 0;
  });
}

async function answer(call: Call): Promise<Calls[keyof Calls][1]> {
  if (call.call === 'open') {
    role = await (call.given.product === 'lifeline'
      ? openLifeline(call.given)
      : openBullMq(call.given, report));
    return null;
  }
  if (role === undefined) throw new Error('Open it first.');
  switch (call.call) {
    case 'throughput':
      return role.throughput(call.given);
    case 'latency':
      return role.latency(call.given);
    case 'startProfile':
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
      await session.post('Profiler.start');
      return null;
    case 'stopProfile': {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return summarize(profile, call.given.top);
    }
    case 'close':
      await role.close();
      return null;
  }
}

function send(message: Answer | News): void {
  process.send?.(message);
}

process.on('message', (message: Call | News) => {
  if ('completed' in message) {
    role?.completedElsewhere(message.completed);
    return;
  }
  const { n } = message;
  answer(message).then(
    (value) => send({ n, value }),
    (error: unknown) => send({ n, error: error instanceof Error ? error.stack! : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
