/** What is measured, and with which numbers. */
import { parseArgs } from 'node:util';
import { findCommand } from '../handlers/containment.ts';

export const USAGE = `npm run bench -- [options]

  --quick            a first impression in a minute and a half: fewer tasks and rounds
  --only PART        embedded, nats or reconcile; default: all three
  --rounds N         measured rounds of each contender, after one warm-up (5)
  --tasks N          tasks of a throughput round (20000)
  --in-flight N      tasks that are reconciled after an outage, at most 10000 (10000)
  --concurrency N    tasks worked on at once, over all processes (100)
  --workers N        agent processes, or worker processes, over NATS (2)
  --node PATH        the Node that runs what is measured (the one that runs this)
  --prof             profile Lifeline afterwards, and name what costs most
  --json             one JSON document on stdout
`;

export type Mode = 'embedded' | 'nats';

const PARTS = ['embedded', 'nats', 'reconcile'] as const;
export type Part = (typeof PARTS)[number];

/** Slots of one agent at most. */
const SLOTS_MAX = 10_000;

/** The numbers, as the report repeats them. */
export interface Numbers {
  readonly rounds: number;
  readonly tasks: number;
  readonly payloadBytes: number;
  readonly batch: number;
  readonly concurrency: number;
  readonly workers: number;
  /** Of the steady load. */
  readonly perSecond: number;
  /** Of each round of the steady load. */
  readonly seconds: number;
  /** Tasks that an outage finds in flight. */
  readonly inFlight: number;
}

export interface Plan {
  readonly parts: readonly Part[];
  readonly numbers: Numbers;
  /** The Node binary that runs what is measured. */
  readonly node: string;
  readonly prof: boolean;
  readonly json: boolean;
}

/** Arguments that make no sense. The message says which. */
export class InvalidArguments extends Error {
  override readonly name = 'InvalidArguments';
}

/**
 * @param ownNode the Node that runs this
 * @param env PATH, and as npm sets it, the directory in which the user is
 * @throws {InvalidArguments}
 */
export function planOf(argv: readonly string[], ownNode: string, env: NodeJS.ProcessEnv): Plan {
  const { quick, only, node, prof, json, ...numbers } = parsed(argv);
  const whole = (name: keyof typeof numbers, otherwise: number): number => {
    const given = numbers[name];
    const number = given === undefined ? otherwise : Number(given);
    if (Number.isSafeInteger(number) && number > 0) return number;
    throw new InvalidArguments(`--${name} must be a whole number from 1 on, not ${given}.`);
  };
  const parts = PARTS.filter((part) => only === undefined || part === only);
  if (parts.length === 0) {
    throw new InvalidArguments(`--only must be ${PARTS.join(', ')}, not ${only}.`);
  }
  const here = env['INIT_CWD'] ?? process.cwd();
  const binary = node === undefined ? ownNode : findCommand(node, env['PATH'], here);
  if (binary === undefined) {
    throw new InvalidArguments(`--node ${node} is no program; name a Node binary.`);
  }
  const concurrency = whole('concurrency', 100);
  const workers = whole('workers', 2);
  if (workers > concurrency) {
    throw new InvalidArguments(`--workers ${workers} share ${concurrency} tasks: use fewer.`);
  }
  const inFlight = whole('in-flight', SLOTS_MAX);
  if (inFlight > SLOTS_MAX) {
    throw new InvalidArguments(`--in-flight ${inFlight}: an agent has at most ${SLOTS_MAX} slots.`);
  }
  return {
    parts,
    numbers: {
      rounds: whole('rounds', quick ? 2 : 5),
      tasks: whole('tasks', quick ? 5_000 : 20_000),
      payloadBytes: 200,
      batch: 500,
      concurrency,
      workers,
      perSecond: 1_000,
      seconds: quick ? 1 : 2,
      inFlight,
    },
    node: binary,
    prof: prof ?? false,
    json: json ?? false,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        tasks: { type: 'string' },
        'in-flight': { type: 'string' },
        concurrency: { type: 'string' },
        workers: { type: 'string' },
        node: { type: 'string' },
        prof: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new InvalidArguments((error as Error).message, { cause: error });
  }
}
