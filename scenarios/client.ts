/**
 * Whoever gives commands in a world: asks until there is an answer, as a command line does when the outcome is
 * unknown. A job is fed in batches, and gone on with from where the controller says it is.
 *
 *   command ─▶ controller ─▶ reply, or refusal ─▶ answered
 *      ▲         │ nobody there, outcome unknown
 *      └─ 400 ms ┘
 */
import type { Command, Item, Replies } from '../actors/commands.ts';
import { OutcomeUnknown } from '../actors/controller.ts';
import { takenOf, type JobRow } from '../actors/records.ts';
import { Refused } from '../actors/refused.ts';
import { InvalidSetting } from '../machines/timing.ts';
import type { Clock } from '../actors/clock.ts';
import type { Seen } from './world-stage.ts';

const AGAIN_AFTER_MS = 400;

/** A feed that is out of step goes on from where the controller says, this often at most. */
const RESUMPTIONS = 5;

/** Who asks. */
export const BY = 'world';

/** Gives a command to a controller; undefined: there is none. */
export type Give = <C extends Command>(command: C) => Promise<Replies[C['kind']]> | undefined;

export interface Client {
  /** Commands that have not been answered. */
  readonly open: number;
  /** Resolves with the reply; undefined: it was refused. */
  run<C extends Command>(command: C): Promise<Replies[C['kind']] | undefined>;
  /** Hands in all items of a job, `batch` at once. */
  feed(name: string, items: readonly Item[], batch: number): Promise<void>;
}

export function createClient(
  clock: Pick<Clock, 'after'>,
  give: Give,
  see: (seen: Extract<Seen, { what: 'answered' }>) => void,
): Client {
  let open = 0;
  const again = () => new Promise<void>((over) => void clock.after(AGAIN_AFTER_MS, () => over()));

  async function run<C extends Command>(command: C): Promise<Replies[C['kind']] | undefined> {
    open++;
    try {
      for (;;) {
        try {
          const reply = await give(command);
          if (reply !== undefined || command.kind === 'leave') {
            see({ what: 'answered', command, reply });
            return reply;
          }
        } catch (error) {
          if (error instanceof Refused || error instanceof InvalidSetting) {
            see({ what: 'answered', command, refusal: error });
            return undefined;
          }
          if (!(error instanceof OutcomeUnknown)) throw error;
        }
        await again();
      }
    } finally {
      open--;
    }
  }

  async function feed(name: string, items: readonly Item[], batch: number): Promise<void> {
    const job = { name, source: 'world', spec: null, rereads: false, by: BY };
    let resumes = {};
    for (let resumed = 0; resumed <= RESUMPTIONS; resumed++) {
      const started = await run({ kind: 'startJob', ...job, ...resumes });
      if (!started) return;
      resumes = { resumes: started.row.generation };
      if (await handIn(started.row, items, batch)) return;
    }
  }

  /** False: it was refused on the way. */
  async function handIn(row: JobRow, items: readonly Item[], batch: number): Promise<boolean> {
    const { name, generation } = row;
    let after = takenOf(row);
    for (let ended = false; !ended;) {
      const next = items.slice(after, after + batch);
      const cursor = after + next.length;
      ended = cursor >= items.length;
      const taken = { job: name, generation, items: next, after, cursor, ended, by: BY };
      if (!(await run({ kind: 'enqueue', ...taken }))) return false;
      after = cursor;
    }
    return true;
  }

  return {
    get open() {
      return open;
    },
    run,
    feed,
  };
}
