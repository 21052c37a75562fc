/**
 * Bugs of the lease: from when it runs, what ends with it, and how long it is waited for.
 */
import type { Edit } from './copy.ts';
import { cutOut, type Planted } from './planted.ts';

const BOOT = 'actors/boot.ts';
const CONNECTION = 'actors/agent-connection.ts';
const TIMING = 'machines/timing.ts';

/** The agent's own second line: what lives is killed by a timer, whatever its turns do. */
const noTimer: Edit = {
  file: BOOT,
  find: `this.#disarm = this.#clock.after(leftMs, () => void this.stopAll());`,
  put: `this.#disarm = () => {};`,
};

/** The third one, outside of the agent: the guard of its runner. */
const noGuard = cutOut(BOOT, `    this.#runner.leaseFor(leftMs);\n`);

export const leases: readonly Planted[] = [
  {
    name: 'lease-read-when-deciding',
    rules: ['R7', 'A6'],
    says: 'an attempt is started whatever has become of the lease since it was decided',
    isScripted: true,
    edits: [
      {
        file: BOOT,
        find: `this.#tasks.start(effect.assignment, this.#lease.leftMs(at), at);`,
        put: `this.#tasks.start(effect.assignment, 1, at);`,
      },
    ],
  },
  {
    name: 'kill-waits-for-its-record',
    rules: ['R8', 'A7'],
    says: 'the kill at the end of a lease waits for the disk',
    edits: [
      {
        file: 'actors/task.ts',
        find: `killTree: ({ context }) => ground.loop.turn.actNow(stop(context, 'kill')),`,
        put: `killTree: ({ context }) => ground.loop.turn.act(stop(context, 'kill')),`,
      },
      noTimer,
      noGuard,
    ],
  },
  {
    name: 'runner-knows-no-lease',
    rules: ['R10', 'A10'],
    says: 'nobody but the agent itself ends its tasks, and it may be stopped',
    isScripted: true,
    edits: [noGuard],
  },
  {
    name: 'lease-from-the-echo',
    rules: ['R11', 'B2'],
    says: 'a lease runs from the arrival of the echo, not from the sending of the beat',
    edits: [
      {
        file: BOOT,
        find: `this.#lease.echo(turn.at, frame.echo!, frame.timing);`,
        put: `this.#lease.echo(turn.at, turn.at, frame.timing);`,
      },
    ],
  },
  {
    name: 'no-guard-time',
    rules: ['A8'],
    says: 'the work of a lost agent is given out again at the timeout itself',
    isScripted: true,
    edits: [
      {
        file: TIMING,
        find: `return Math.ceil(Math.max(timing.delayMs, neededMs));`,
        put: `return 0 * neededMs;`,
      },
    ],
  },
  {
    name: 'clocks-run-alike',
    rules: ['A8'],
    says: 'the guard allows for no difference between the clocks',
    isScripted: true,
    edits: [
      {
        file: TIMING,
        find: `const neededMs = killTimeMs * (1 + drift) + (2 * drift * timing.timeoutMs) / (1 - drift);`,
        put: `const neededMs = killTimeMs * (1 + 0 * drift);`,
      },
    ],
  },
  {
    name: 'grace-at-the-end-of-a-lease',
    rules: ['A8'],
    says: 'tasks are asked to stop when the lease is over, and have their grace',
    edits: [
      {
        file: 'actors/task.ts',
        find: `for (const fence of [...this.#alive.values()]) this.kill(fence, reason, true);`,
        put: `for (const fence of [...this.#alive.values()]) this.kill(fence, reason, false);`,
      },
      noTimer,
      noGuard,
    ],
  },
  {
    name: 'timing-of-the-controller',
    rules: ['R16', 'A13'],
    says: 'an agent that holds a longer lease is waited for by the present timing',
    edits: [
      {
        file: 'actors/agent-timing.ts',
        find: `return { ...this.of(row), timeoutMs: row.timeoutMs };`,
        put: `return this.of(row);`,
      },
      {
        file: 'actors/agent-timing.ts',
        find: `if (row) return row.timeoutMs + this.guardMs(row);`,
        put: `if (row) return this.of(row).timeoutMs + this.guardMs(row);`,
      },
    ],
  },
  {
    name: 'longer-lease-unrecorded',
    rules: ['R16', 'A13'],
    says: 'a longer lease is granted by the echo, and not written down before',
    edits: [cutOut('actors/next-term.ts', `    ...grants(store, meta.timing),\n`)],
  },
  {
    name: 'handover-told-too-early',
    rules: ['R16', 'A13'],
    says: 'an echo tells of a longer lease before that is durable',
    isScripted: true,
    edits: [
      {
        file: 'actors/sending.ts',
        find: `const timing = this.#ground.toldTimings.of(peer.row);`,
        put: `const timing = this.#ground.timings.of(peer.row);`,
      },
    ],
  },
  {
    name: 'released-when-lost',
    rules: ['A8'],
    says: 'the guard counts from the last word, whatever the last echo renewed',
    isScripted: true,
    edits: [
      {
        file: CONNECTION,
        find: `const releaseAt = Math.max(turn.at, peer.stampAt + this.heldForMs(agent));`,
        put: `const releaseAt = turn.at;`,
      },
    ],
  },
  {
    name: 'hold-lapses-with-the-term',
    rules: ['A11'],
    says: 'after a restart the guard of given-up work goes on by the wall clock',
    isScripted: true,
    edits: [
      {
        file: 'actors/sub-transaction.ts',
        find: `this.send(birth, { type: 'hold', at: turn.at, until });`,
        put: `void until;`,
      },
    ],
  },
  {
    name: 'late-lease-beats-on-slowly',
    rules: ['B4'],
    says: 'an agent whose lease is late beats as seldom as ever',
    edits: [
      {
        file: 'actors/speech.ts',
        find: `return isLate || lagMs > periodMs ? Math.min(defaultLateBeatMs, periodMs) : periodMs;`,
        put: `return (isLate || lagMs > periodMs) && lagMs < 0 ? defaultLateBeatMs : periodMs;`,
      },
    ],
  },
];
