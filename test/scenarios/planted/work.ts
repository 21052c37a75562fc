/**
 * Bugs of the sub-transactions: attempts, budgets, results, cancels, counts and indexes.
 */
import { cutOut, type Planted } from './planted.ts';

const CHART = 'machines/sub-transaction.ts';
const GUARDS = 'machines/sub-transaction-guards.ts';
const SUBS = 'actors/sub-transaction.ts';
const COUNTS = 'actors/sub-counts.ts';
const INDEXES = 'actors/sub-indexes.ts';
const TAKEOVER = 'actors/takeover.ts';
const TABLE = 'machines/reconciliation.ts';
const TERM = 'actors/term.ts';
const JOB = 'actors/job.ts';
const JOB_STOP = 'actors/job-stop.ts';

export const work: readonly Planted[] = [
  {
    name: 'no-fence-check',
    rules: ['R2'],
    says: 'what is told of any attempt counts for the present one',
    edits: [
      {
        file: GUARDS,
        find: `return 'attempt' in event && event.attempt === context.attempt && context.attempt > 0;`,
        put: `return 'attempt' in event && context.attempt > 0;`,
      },
      { file: TAKEOVER, find: `    if (isPresent) {\n`, put: `    if (row) {\n` },
    ],
  },
  {
    name: 'terminal-overwritten',
    rules: ['R5'],
    says: 'work that has its result may still be lost or fail',
    isScripted: true,
    edits: [
      {
        file: SUBS,
        find: `if (!row || isTerminal(row)) return false;`,
        put: `if (!row) return false;`,
      },
      {
        file: CHART,
        find: `done: { type: 'final', description: 'Has its result.', entry: ['end', 'settle'] },`,
        put: `done: {
      description: 'Has its result.',
      entry: ['end', 'settle'],
      on: { lost: afterLoss, failed: afterFailure, killed: afterLoss, done: doneLate },
    },`,
      },
      {
        file: CHART,
        find: `cancelled: { type: 'final', description: 'Cancelled.', entry: ['end', 'settle'] },`,
        put: `cancelled: {
      description: 'Cancelled.',
      entry: ['end', 'settle'],
      on: { done: doneLate },
    },`,
      },
    ],
  },
  {
    name: 'cancel-forgotten-with-the-agent',
    rules: ['R15', 'A15'],
    says: 'a cancel is forgotten when the agent is lost',
    edits: [
      { file: CHART, find: `        lost: cancelConfirmed,\n`, put: `        lost: afterLoss,\n` },
    ],
  },
  {
    name: 'cancel-forgotten-with-the-term',
    rules: ['R15', 'A15'],
    says: 'a cancel is not asked for again on a new link',
    isScripted: true,
    edits: [
      {
        file: TABLE,
        find: `cancelling: cell('kill', 'the cancel was recorded'),`,
        put: `cancelling: none,`,
      },
      {
        file: CHART,
        find: `ask: { actions: 'killAttempt', description: 'The kill is asked for again.' },`,
        put: ``,
      },
    ],
  },
  {
    name: 'late-result-dropped',
    rules: ['R17', 'C2'],
    says: 'a result that comes before the next attempt is given out is not taken',
    edits: [
      {
        file: CHART,
        find: `        done: doneLate,
        lost: lossIsConfirmed,
        hold: {`,
        put: `        lost: lossIsConfirmed,
        hold: {`,
      },
      {
        file: CHART,
        find: `        done: doneLate,
        failed: endIsConfirmed,`,
        put: `        failed: endIsConfirmed,`,
      },
      {
        file: CHART,
        find: `        done: doneLate,
        failed: afterFailure,`,
        put: `        failed: afterFailure,`,
      },
    ],
  },
  {
    name: 'birth-used-again',
    rules: ['A16'],
    says: 'work under an id that was known before gets the birth of that',
    edits: [
      {
        file: SUBS,
        find: `    const birth = turn.next + this.#ground.births;`,
        put: `    const again = work.retryOf === undefined ? undefined : turn.get(key.id(work.retryOf));
    const birth = (again as number | undefined) ?? turn.next + this.#ground.births;`,
      },
    ],
  },
  {
    name: 'never-started-costs-a-try',
    rules: ['B10'],
    says: 'an attempt that never ran is counted as a loss',
    edits: [
      {
        file: CHART,
        find: `    waitUnstarted: assign(({ event }) => {
      assertEvent(event, 'neverStarted');
      return waitUnstarted(event);
    }),`,
        put: `    waitUnstarted: assign(({ context, event }) => {
      assertEvent(event, 'neverStarted');
      return { ...waitUnstarted(event), losses: context.losses + 1 };
    }),`,
      },
    ],
  },
  {
    name: 'silence-is-a-death',
    rules: ['C1'],
    says: 'an agent that is lost for its silence counts as killed by its work',
    edits: [
      {
        file: TERM,
        find: `const event = { type: 'lost', at, attempt, death: false, releaseAt } as const;`,
        put: `const event = { type: 'lost', at, attempt, death: true, releaseAt } as const;`,
      },
    ],
  },
  {
    name: 'last-loss-fails',
    rules: ['C3'],
    says: 'work whose losses are spent fails, and nobody is asked',
    edits: [
      {
        file: CHART,
        find: `    target: 'parked',
    actions: 'parkLost',`,
        put: `    target: 'failed',`,
      },
    ],
  },
  {
    name: 'outcome-unknown-retried',
    rules: ['C3'],
    says: 'work that may not be run again unasked is run again',
    edits: [
      {
        file: 'machines/retry.ts',
        find: `return policy.onUnknown === 'retry' && losses < policy.maxLosses;`,
        put: `return losses < policy.maxLosses;`,
      },
    ],
  },
  {
    name: 'one-retry-too-many',
    rules: [],
    says: 'work that fails is tried once more than its policy says',
    edits: [
      {
        file: 'machines/retry.ts',
        find: `return cause !== 'refused' && retries < policy.maxRetries;`,
        put: `return cause !== 'refused' && retries <= policy.maxRetries;`,
      },
    ],
  },
  {
    name: 'result-of-an-older-attempt',
    rules: ['A16'],
    says: 'the result of an older attempt counts as that of the present one',
    edits: [
      { file: TAKEOVER, find: `    if (isPresent) {\n`, put: `    if (row) {\n` },
      {
        file: TAKEOVER,
        find: `if (this.#subs.send(birth, endingEvent(ending, at, attempt, livedOn), told)) return;`,
        put: `const now = row.context.attempt;
      if (this.#subs.send(birth, endingEvent(ending, at, now, livedOn), told)) return;`,
      },
    ],
  },
  {
    name: 'waiting-not-armed-after-restart',
    rules: ['R12'],
    says: 'what waits for its next attempt is forgotten when the controller restarts',
    isScripted: true,
    edits: [
      {
        file: INDEXES,
        find: `    this.#armDue();
    return this.#flights.recover(this.#ground.loop.turn);`,
        put: `    return this.#flights.recover(this.#ground.loop.turn);`,
      },
    ],
  },
  {
    name: 'flights-not-written',
    rules: [],
    says: 'what is in flight is not written down for the next term',
    edits: [cutOut(INDEXES, `    this.#flights.write(this.#ground.loop.turn);\n`)],
  },
  {
    name: 'held-kept',
    rules: [],
    says: 'what is surely over stays in the index of what may still run',
    edits: [
      cutOut(
        INDEXES,
        `    if (before?.context.held && !heldAfter) turn.delete(key.held(before.context.agent!, birth));\n`,
      ),
    ],
  },
  {
    name: 'queued-twice',
    rules: [],
    says: 'work that was given out stays in the queue',
    edits: [
      {
        file: INDEXES,
        find: `    if (before?.state === 'queued' && after.state !== 'queued') this.#queues.leave(after);\n`,
        put: ``,
      },
    ],
  },
  {
    name: 'loss-counted-twice',
    rules: [],
    says: 'a loss that is confirmed is counted a second time',
    edits: [
      {
        file: COUNTS,
        find: `if (event?.type === 'lost' && before && isInFlight(before)) add('lost', 1);`,
        put: `if (event?.type === 'lost' && before) add('lost', 1);`,
      },
    ],
  },
  {
    name: 'moves-uncounted',
    rules: [],
    says: 'a job keeps counting work as waiting that is queued again',
    edits: [
      {
        file: COUNTS,
        find: `if (before) add(countedAs[before.state], -1);`,
        put: `if (before && before.state !== 'waiting') add(countedAs[before.state], -1);`,
      },
    ],
  },
  {
    name: 'job-finished-twice',
    rules: [],
    says: 'the end of a job is told twice',
    edits: [
      {
        file: JOB,
        find: `      this.#actors.drop(name);
      this.#rows.delete(name);
    }
    this.#dirty.clear();`,
        put: `      this.#fact(after, \`job.\${after.state}\`, { detail: { ...after.counts } });
      this.#actors.drop(name);
      this.#rows.delete(name);
    }
    this.#dirty.clear();`,
      },
    ],
  },
  {
    name: 'stopped-job-waits',
    rules: ['R15'],
    says: 'a job that is stopped does not cancel what is out',
    isScripted: true,
    edits: [
      cutOut(
        JOB_STOP,
        `    for (const sub of [...this.#subs().inFlight()]) if (isMine(sub)) cancel(sub.birth);\n`,
      ),
    ],
  },
];
