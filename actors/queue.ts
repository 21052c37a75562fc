/**
 * What waits for an agent: a queue for each handler of each job, the oldest first.
 *
 *   queue/<job>/<handler>/<birth>          one that has a row of its own
 *   open/<job>/<handler>/<first birth>     those of a sheet that wait untouched (sheet-rows.ts)
 *
 *   kinds ─▶ which queues there are          read ─▶ one of them, one ahead          ofJob ─▶ all of a job
 *
 * A queue is read from the record while work is given out of it, so that ten million that wait cost disk and
 * no memory. Whoever reads one has to close it.
 */
import type { Value } from '../store/store.ts';
import type { Ground } from './ground.ts';
import { key, lastNumber, under, type SubRow } from './records.ts';
import { each, type Places } from './sheet-rows.ts';
import type { Sheets } from './sheets.ts';

/** Names a queue. */
export interface QueueName {
  /** As it stands in the key: `.` for work that belongs to no job. */
  readonly job: string;
  readonly handler: string;
}

/** The job whose work is in queues of that name; null: it is of none. */
export const jobOf = (name: string): string | null => name.split('.')[0] || null;

/** A queue that is being read. */
export interface Queue extends QueueName {
  /** The oldest that has not been read past. */
  readonly birth: number;
  /** Goes on to the next; false when there is none. */
  next(): boolean;
  close(): void;
}

type Waits = Pick<SubRow, 'job' | 'handler' | 'birth' | 'hook'>;

export class Queues {
  readonly #ground: Ground;
  readonly #sheets: Sheets;

  constructor(ground: Ground, sheets: Sheets) {
    this.#ground = ground;
    this.#sheets = sheets;
  }

  get isEmpty(): boolean {
    const { turn } = this.#ground.loop;
    for (const table of ['queue', 'open']) for (const _ of turn.range(under(table))) return false;
    return true;
  }

  /** It waits from now on. */
  enter({ job, handler, birth, hook }: Waits): void {
    this.#ground.loop.turn.put(key.queue(job, handler, birth, hook), null);
  }

  /** It waits no more. */
  leave(waits: Waits): void {
    const { job, handler, birth, hook } = waits;
    if (hook !== undefined || !this.#sheets.take(waits))
      this.#ground.loop.turn.delete(key.queue(job, handler, birth, hook));
  }

  /** The queues that have something, in order of their keys. @param isWanted jobs that are looked into */
  *kinds(isWanted: (job: string) => boolean): Iterable<QueueName> {
    const loose = this.#kindsIn('queue', isWanted)[Symbol.iterator]();
    const open = this.#kindsIn('open', isWanted)[Symbol.iterator]();
    let one = loose.next();
    let other = open.next();
    while (!one.done || !other.done) {
      const order = one.done ? 1 : other.done ? -1 : compare(one.value, other.value);
      yield order > 0 ? other.value! : one.value!;
      if (order <= 0) one = loose.next();
      if (order >= 0) other = open.next();
    }
  }

  *#kindsIn(table: string, isWanted: (job: string) => boolean): Generator<QueueName, void> {
    const { turn } = this.#ground.loop;
    for (let from = `${table}/`; ;) {
      const [first] = turn.range({ from, to: under(table).to });
      if (!first) return;
      const [, job, handler] = first[0].split('/') as [string, string, string];
      const wanted = isWanted(job);
      from = under(wanted ? `${table}/${job}/${handler}` : `${table}/${job}`).to;
      if (wanted) yield { job, handler };
    }
  }

  /** Begins to read one; undefined when it is empty. */
  read({ job, handler }: QueueName): Queue | undefined {
    const { turn } = this.#ground.loop;
    const loose = births(turn.range(under(`queue/${job}/${handler}`)));
    const open = untouched(turn.range(under(`open/${job}/${handler}`)));
    const reader = reading({ job, handler }, loose, open);
    return reader.next() ? reader : undefined;
  }

  /** Births of all that a job has queued with rows of their own, by handler. */
  ofJob(job: string): Iterable<number> {
    return births(this.#ground.loop.turn.range(under(`queue/${job}`)));
  }
}

/** Reads births from several sources, each in order, as one. */
function reading(name: QueueName, ...sources: readonly Iterator<number, void>[]): Queue {
  const heads = sources.map((source) => source.next().value);
  let birth = 0;
  return {
    ...name,
    get birth() {
      return birth;
    },
    next() {
      let from = -1;
      let least = Infinity;
      for (const [i, head] of heads.entries())
        if (head !== undefined && head < least) [from, least] = [i, head];
      if (from < 0) return false;
      birth = least;
      heads[from] = sources[from]!.next().value;
      return true;
    },
    close() {
      for (const source of sources) source.return?.();
    },
  };
}

type Rows = Iterable<readonly [string, Value]>;

function* births(rows: Rows): Generator<number, void> {
  for (const [name] of rows) yield lastNumber(name);
}

function* untouched(rows: Rows): Generator<number, void> {
  for (const [name, places] of rows) {
    const first = lastNumber(name);
    for (const place of each(places as Places)) yield first + place;
  }
}

/** As their keys are ordered. */
function compare(one: QueueName, other: QueueName): number {
  const [a, b] = [`${one.job}/${one.handler}/`, `${other.job}/${other.handler}/`];
  return a < b ? -1 : a > b ? 1 : 0;
}
