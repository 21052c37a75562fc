/**
 * An agent reduced to its runner, as a process that tests may kill or stop. It runs one shell task with a
 * child and a child that has called setsid, and renews its lease all the time. LIST: where its kill list is.
 */
import { systemClock } from '../../../actors/clock.ts';
import { findContainment, groupContainment } from '../../../handlers/containment.ts';
import type { Handler } from '../../../handlers/handler.ts';
import { openKillList } from '../../../handlers/kill-list.ts';
import { createRunner } from '../../../handlers/runner.ts';
import { createShell } from '../../../handlers/shell.ts';
import { createMemorySpool } from '../../../handlers/spool.ts';
import { logOf } from '../observe.ts';

const { MARK = '', LEASE_MS = '', KIND, LIST } = process.env;
const contained = KIND === 'namespace';
const containment = contained ? await findContainment() : groupContainment('for a test');
const runner = createRunner({
  handlers: [createShell({ containment, timer: systemClock }) as Handler],
  logs: createMemorySpool(),
  killList: LIST === undefined ? undefined : await openKillList(LIST, systemClock),
  clock: systemClock,
  idleThreads: 1,
});

const renew = () => {
  runner.leaseFor(Number(LEASE_MS));
  systemClock.after(50, renew);
};
renew();

const fence = { birth: 1, attempt: 1 };
const child = 'trap "" TERM; echo up; sleep 1000; :';
const script = `bash -c '${child}' $0 & setsid bash -c '${child}' $0 & wait`;
const input = { command: 'bash', args: ['-c', script, MARK] };
runner.start(
  { fence, id: 'x', job: null, handler: 'shell', input },
  {
    ended: () => undefined,
    progress: () => undefined,
    step: () => undefined,
    logged() {
      if (logOf(runner, fence, 'out') === 'up\nup\n') process.stdout.write('ready\n');
    },
  },
);
