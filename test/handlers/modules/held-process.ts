/**
 * An agent reduced to its runner, as a process that its guard may end: it runs one attempt of the handler
 * WHAT and, once that runs, or has run (`short`), is given its only lease, of LEASE_MS, and says `ready`. With
 * HEED it stops what runs when the lease is over, as an agent does that is well.
 */
import { systemClock } from '../../../actors/clock.ts';
import { groupContainment } from '../../../handlers/containment.ts';
import { defineHandler } from '../../../handlers/define-handler.ts';
import type { Handler } from '../../../handlers/handler.ts';
import { createRunner } from '../../../handlers/runner.ts';
import { createShell } from '../../../handlers/shell.ts';
import { createMemorySpool } from '../../../handlers/spool.ts';

const { WHAT = '', LEASE_MS = '', KILL_MS = '', MARK_FILE = '', HEED } = process.env;
const worker = new URL('./obliging.ts', import.meta.url);
const timer = systemClock;
const shell = createShell({ containment: groupContainment('for a test'), timer }) as Handler;
const handlers = [
  { ...shell, name: 'group' },
  defineHandler({ name: 'worker', module: worker }),
  defineHandler({ name: 'short', run: () => null }),
  defineHandler({ name: 'function', run: () => new Promise(() => undefined) }),
  defineHandler({
    name: 'spinning',
    run() {
      ready();
      for (;;);
    },
  }),
];
const input = WHAT === 'group' ? { command: 'sleep', args: ['1000'] } : { wish: 'wait' };
const runner = createRunner({
  handlers,
  logs: createMemorySpool(),
  clock: systemClock,
  idleThreads: 1,
  endsAgent: { killTimeMs: Number(KILL_MS), mark: MARK_FILE },
});
const fence = { birth: 1, attempt: 1 };

function ready(): void {
  runner.leaseFor(Number(LEASE_MS));
  if (HEED) systemClock.after(Number(LEASE_MS), () => runner.stop(fence, 'kill'));
  process.stdout.write('ready\n');
}

runner.start(
  { fence, id: 'x', job: null, handler: WHAT, input },
  {
    ended: () => void (WHAT === 'short' && ready()),
    progress: () => ready(),
    step: () => undefined,
    logged: () => undefined,
  },
);
if (WHAT === 'group' || WHAT === 'function') ready();
// What it runs does not keep it alive in every case.
systemClock.after(1_000_000, () => undefined);
