/**
 * How work gets on record: one piece by itself, or the next batch of a run.
 *
 *   submit ──────────────▶ rows of its own
 *   enqueue ─▶ known? ─┬─▶ few: rows of their own
 *                      └─▶ many: sheets (sheets.ts)
 *
 * A batch is taken over once: how far the source is stands in the same record, and a key that was taken over before
 * is passed over. Ids are for people, and name one piece of work for as long as it is on record.
 */
import type { Policy } from '../handlers/handler.ts';
import type { Command, Item, Replies } from './commands.ts';
import type { Ground } from './ground.ts';
import type { Jobs } from './job.ts';
import type { HandlerConfigs } from './handler-configs.ts';
import { key, takenOf, type JobRow, type SubRow } from './records.ts';
import { Refused } from './refused.ts';
import { birthOf, madePrefix } from './sheet-rows.ts';
import type { Sheets } from './sheets.ts';
import { isTerminal } from './sub-indexes.ts';
import type { SubTransactions } from './sub-transaction.ts';

/** Fewer items of a batch have rows of their own: a sheet takes 64 births, whatever is on it. */
const SHEET_FROM = 3;

type Enqueue = Command & { kind: 'enqueue' };

/** For whom work is accepted. */
interface Run {
  readonly job: string | null;
  readonly generation: number;
  readonly by: string;
}

export class Acceptance {
  readonly #ground: Ground;
  readonly #subs: SubTransactions;
  readonly #sheets: Sheets;
  readonly #jobs: Jobs;
  readonly #configs: HandlerConfigs;

  constructor(
    ground: Ground,
    subs: SubTransactions,
    sheets: Sheets,
    jobs: Jobs,
    configs: HandlerConfigs,
  ) {
    this.#ground = ground;
    this.#subs = subs;
    this.#sheets = sheets;
    this.#jobs = jobs;
    this.#configs = configs;
  }

  /** Work that belongs to no run. @throws {Refused} `idTaken` */
  submit(item: Item, by: string): Replies['submit'] {
    return this.#accept(this.#configured(item, null), { job: null, generation: 0, by });
  }

  /** The work of one that has ended, once more. */
  again(row: SubRow, run: Run): Replies['submit'] {
    return this.#accept(this.#sheets.work(row.birth)!, run, row.id);
  }

  #accept(item: Item, run: Run, retryOf?: string): Replies['submit'] {
    const { job, generation, by } = run;
    const id = item.id ?? this.#freeId(item, run);
    if (item.id !== undefined && !this.#isFree(id, run)) throw this.#idTaken(id, job);
    const { handler, input, bytes, policy } = item;
    const work = { id, job, generation, handler, input, bytes, policy, by };
    const birth = this.#subs.accept(retryOf === undefined ? work : { ...work, retryOf });
    return { id, birth };
  }

  /** @throws {Refused} `idTaken`, `notRunning`, or `outOfStep`: nothing of the batch is taken over */
  enqueue(command: Enqueue): Replies['enqueue'] {
    const { generation, by } = command;
    const wasTaken = this.#takenBefore(command);
    if (wasTaken !== undefined)
      return { accepted: 0, known: command.items.length, taken: wasTaken };
    const row = this.#jobs.running(command.job, generation);
    const run = { job: row.name, generation, by };
    const fresh = this.#configuredAll(this.#unknown(command.items, row), row);
    this.#checkIds(fresh, run);
    if (fresh.length < SHEET_FROM) {
      for (const item of fresh) this.#addKey(row, item, this.#accept(item, run).birth);
    } else {
      const first = this.#sheets.write(run, fresh, this.#jobs.totalOf(row.name, generation));
      fresh.forEach((item, i) => this.#addKey(row, item, first + i));
      this.#jobs.counted(row.name, generation, { queued: fresh.length });
    }
    this.#jobs.took(row, command.cursor, command.ended);
    const known = command.items.length - fresh.length;
    return { accepted: fresh.length, known, taken: command.cursor };
  }

  /** The work as the configuration of its handler wants it tried. @param run to which it belongs */
  #configured(item: Item, run: JobRow | null): Item {
    const policy = this.#configs.policyOf(item, run && (run.startFact ?? 0));
    return policy === item.policy ? item : { ...item, policy };
  }

  /** Most of a batch are alike: what holds for one holds for the next. */
  #configuredAll(items: readonly Item[], run: JobRow): readonly Item[] {
    let last: { readonly item: Item; readonly policy: Policy } | undefined;
    return items.map((item) => {
      const { handler, policy, wish } = item;
      const isLike = last?.item.handler === handler && last.item.policy === policy;
      if (!last || !isLike || last.item.wish !== wish)
        last = { item, policy: this.#configured(item, run).policy };
      return last.policy === policy ? item : { ...item, policy: last.policy };
    });
  }

  /** Those whose key, if they have one, was not taken over before. */
  #unknown(items: readonly Item[], { name, generation }: JobRow): readonly Item[] {
    const { turn } = this.#ground.loop;
    const seen = new Set<string>();
    return items.filter(({ key: unique }) => {
      if (unique === undefined) return true;
      const isNew =
        !seen.has(unique) && turn.get(key.unique(name, generation, unique)) === undefined;
      seen.add(unique);
      return isNew;
    });
  }

  #addKey({ name, generation }: JobRow, item: Item, birth: number): void {
    if (item.key !== undefined)
      this.#ground.loop.turn.put(key.unique(name, generation, item.key), birth);
  }

  #checkIds(items: readonly Item[], run: Run): void {
    const seen = new Set<string>();
    for (const { id } of items) {
      if (id === undefined) continue;
      if (!this.#isFree(id, run)) throw this.#idTaken(id, run.job);
      if (seen.has(id))
        throw new Refused(
          'idTaken',
          `The id "${id}" comes twice; choose another, or leave it out.`,
        );
      seen.add(id);
    }
  }

  /** The next run of a job may use the ids of its older runs again, once they have ended. */
  #isFree(id: string, { job, generation }: Omit<Run, 'by'>): boolean {
    const row = this.#rowOf(id);
    return (
      !row || (job !== null && row.job === job && row.generation < generation && isTerminal(row))
    );
  }

  #rowOf(id: string): SubRow | undefined {
    const birth = birthOf(this.#ground.loop.turn, id);
    return birth === undefined ? undefined : this.#subs.row(birth);
  }

  #idTaken(id: string, job: string | null): Refused {
    const row = this.#rowOf(id);
    const isOlder = row !== undefined && job !== null && row.job === job && row.state === 'parked';
    return new Refused(
      'idTaken',
      isOlder
        ? `"${id}" of run ${row.generation} of "${job}" is parked: decide with lifeline retry, cancel, accept or give-up ${id}, then run it again.`
        : `The id "${id}" is taken; choose another, or leave it out.`,
    );
  }

  /** An id made from a name and a number; somebody may have chosen that very one. */
  #freeId({ handler }: Item, { job, generation }: Run): string {
    const { turn } = this.#ground.loop;
    const number = job === null ? turn.next : this.#jobs.totalOf(job, generation) + 1;
    const made = `${madePrefix(job ?? handler, generation)}-${number}`;
    let id = made;
    for (let n = 2; birthOf(turn, id) !== undefined; n++) id = `${made}-${n}`;
    return id;
  }

  /**
   * How far the source is, when this batch was taken over before (its answer was lost); undefined when it
   * is the next one. @throws {Refused} `outOfStep` when it is neither
   */
  #takenBefore({ job, generation, after, cursor, ended }: Enqueue): number | undefined {
    const row = this.#jobs.row(job);
    if (after === null || row?.generation !== generation) return undefined;
    const taken = takenOf(row);
    if (taken >= cursor && (!ended || row.context.sourceEnded)) return taken;
    if (taken === after) return undefined;
    throw new Refused(
      'outOfStep',
      `Run ${generation} of the job "${job}" has taken over ${taken} items, not ${after}: send what comes after them.`,
    );
  }
}
