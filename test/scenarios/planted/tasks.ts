/**
 * Bugs of an agent's tasks: intents, starts, kills, what is forgotten and when.
 */
import { addTo, type Planted } from './planted.ts';

const TASK = 'actors/task.ts';
const BOOT = 'actors/boot.ts';
const UNENDED = 'actors/unended.ts';
const BEFORE_DROP = `  /** Drops all fences, when nothing is alive. Returns how many there were. */\n`;

export const tasks: readonly Planted[] = [
  {
    name: 'forgotten-on-acknowledgement',
    rules: ['R5', 'A4', 'A17'],
    says: 'an agent forgets an attempt as soon as its ending is acknowledged',
    edits: [
      {
        file: TASK,
        find: BEFORE_DROP,
        put: `  forgetUpTo(place: { readonly boot: number; readonly n: number }): void {
    for (const row of [...this.#rows.values()]) {
      const held = row.ended?.place;
      if (!held || held.boot > place.boot || (held.boot === place.boot && held.n > place.n)) continue;
      this.forget({ birth: row.birth, attempt: row.attempt });
    }
  }

${BEFORE_DROP}`,
      },
      {
        file: BOOT,
        find: `if (frame.recorded && this.#outbox.trim(frame.recorded, turn, this.#tasks.recorded))
      this.#speech.heeded();`,
        put: `if (frame.recorded && this.#outbox.trim(frame.recorded, turn, this.#tasks.recorded)) {
      this.#speech.heeded();
      this.#tasks.forgetUpTo(frame.recorded);
    }`,
      },
    ],
  },
  {
    name: 'never-forgotten',
    rules: ['R5', 'B5'],
    says: 'an attempt that was superseded is never forgotten',
    edits: [
      {
        file: 'actors/takeover.ts',
        find: `peer.mayForget(fence, row ? entry.logLength : 0);`,
        put: `if (row?.context.attempt === entry.attempt) peer.mayForget(fence, entry.logLength);`,
      },
      {
        file: 'actors/reconciliation.ts',
        find: `peer.mayForget(fence, row ? task.logLength : 0);`,
        put: `if (row?.context.attempt === task.attempt) peer.mayForget(fence, task.logLength);`,
      },
    ],
  },
  {
    name: 'open-intents-dropped',
    rules: ['R6', 'A5'],
    says: 'after a crash an intent without an exit counts as never begun',
    edits: [
      {
        file: UNENDED,
        find: `for (const row of tasks.filter(({ ended }) => ended === null)) {`,
        put: `for (const row of tasks.filter(() => false)) {`,
      },
      {
        file: UNENDED,
        find: `tasks: tasks.map((row) => byFence.get(agentKey.task(row)) ?? row),`,
        put: `tasks: tasks.filter(({ ended }) => ended !== null),`,
      },
    ],
  },
  {
    name: 'starts-redone',
    rules: ['R6', 'A5'],
    says: 'after a crash an intent without an exit is acted on again',
    edits: [
      {
        file: UNENDED,
        find: `for (const row of tasks.filter(({ ended }) => ended === null)) {`,
        put: `for (const row of tasks.filter(() => false)) {`,
      },
      {
        file: TASK,
        find: BEFORE_DROP,
        put: `  redo(): void {
    for (const [name, row] of this.#rows) {
      if (row.ended || this.#alive.has(name)) continue;
      const at = this.#ground.loop.turn.at;
      const again = { ...row, job: null, input: null, timeoutMs: 3_600_000, graceMs: 5_000 };
      this.#actors.restore(name, { state: 'received', context: beginning({ ...again, at }) });
      this.#alive.set(name, again);
      this.#waiting.push({ name, since: at });
    }
  }

${BEFORE_DROP}`,
      },
      {
        file: BOOT,
        find: `if (frame.settled >= 1) this.#linked = true;`,
        put: `if (frame.settled >= 1) this.#linked = true;
    if (this.#linked) this.#tasks.redo();`,
      },
    ],
  },
  {
    name: 'no-intent',
    rules: ['R6', 'A5'],
    says: 'an attempt is started without a record of its intent',
    edits: [
      {
        file: TASK,
        find: `      this.#save({ birth, attempt, id, handler, intentAt: turn.at, ended: null });
      this.#ground.record({ kind: 'intent', birth, attempt, id });
      turn.act({ kind: 'start', assignment });`,
        put: `      this.#rows.set(name, { birth, attempt, id, handler, intentAt: turn.at, ended: null });
      turn.act({ kind: 'start', assignment });`,
      },
    ],
  },
  {
    name: 'started-before-the-intent',
    rules: ['R6', 'A5'],
    says: 'an attempt is started before the record of its intent is durable',
    edits: [
      {
        file: TASK,
        find: `turn.act({ kind: 'start', assignment });`,
        put: `turn.actNow({ kind: 'start', assignment });`,
      },
    ],
  },
  {
    name: 'two-attempts-at-one-agent',
    rules: ['C10'],
    says: 'an agent begins an attempt while it still runs the one before',
    isScripted: true,
    edits: [
      {
        file: TASK,
        find: `if (assignment && this.#busy.has(assignment.birth)) {`,
        put: `if (assignment && this.#busy.has(-1)) {`,
      },
      {
        file: TASK,
        find: `if (fence && !this.#busy.has(fence.birth)) yield { fence, since };`,
        put: `if (fence) yield { fence, since };`,
      },
      {
        file: 'machines/sub-transaction-record.ts',
        find: `return { held: heldUntil !== null, heldUntil };`,
        put: `return { held: heldUntil !== null && event.at < 0, heldUntil };`,
      },
      {
        file: 'machines/sub-transaction-record.ts',
        find: `deadlineAt: Math.max(event.at, releaseAt ?? event.at),`,
        put: `deadlineAt: event.at,`,
      },
    ],
  },
  {
    name: 'killed-when-the-signal-goes-out',
    rules: ['R9', 'A9'],
    says: 'an attempt counts as killed when it is asked to stop',
    edits: [
      addTo(
        TASK,
        `    this.#send(fence, { type: 'kill', at: this.#ground.loop.turn.at, reason, hard });\n`,
        `    this.exit({ birth: fence.birth, attempt: fence.attempt }, { kind: 'stopped' });\n`,
      ),
    ],
  },
  {
    name: 'time-out-not-kept',
    rules: [],
    says: 'an attempt that does not listen is asked to stop and never killed',
    edits: [
      {
        file: 'machines/task.ts',
        find: `grantGrace: assign(({ context, event }) => ({ deadlineAt: event.at + context.graceMs })),`,
        put: `grantGrace: assign(() => ({ deadlineAt: null })),`,
      },
    ],
  },
  {
    name: 'exit-before-its-record',
    rules: ['C8'],
    says: 'an ending leaves the agent before it is on its disk',
    edits: [
      {
        file: 'actors/speech.ts',
        find: `if (isPromise(frame)) turn.act({ kind: 'frame', frame });`,
        put: `if (isPromise(frame) && turn.at < 0) turn.act({ kind: 'frame', frame });`,
      },
    ],
  },
];
