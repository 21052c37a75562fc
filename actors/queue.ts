/**
 * What waits for an agent: a queue for each handler of each job, the oldest first.
 *
 *   queue/<job>/<handler>/<birth>
 *
 *   kinds ─▶ which queues there are          read ─▶ one of them, one ahead          ofJob ─▶ all of a job
 *
 * A queue is read from the record while work is given out of it, so that ten million that wait cost disk and
 * no memory. Whoever reads one has to close it.
 */
import type { Ground } from './ground.ts';
import { lastNumber, under } from './records.ts';

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

export class Queues {
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  get isEmpty(): boolean {
    for (const _ of this.#ground.loop.turn.range(under('queue'))) return false;
    return true;
  }

  /** The queues that have something, in order of their keys. @param isWanted jobs that are looked into */
  *kinds(isWanted: (job: string) => boolean): Iterable<QueueName> {
    const { turn } = this.#ground.loop;
    for (let from = 'queue/'; ;) {
      const [first] = turn.range({ from, to: under('queue').to });
      if (!first) return;
      const [, job, handler] = first[0].split('/') as [string, string, string];
      const wanted = isWanted(job);
      from = under(wanted ? `queue/${job}/${handler}` : `queue/${job}`).to;
      if (wanted) yield { job, handler };
    }
  }

  /** Begins to read one; undefined when it is empty. */
  read({ job, handler }: QueueName): Queue | undefined {
    const births = this.#ground.loop.turn.range(under(`queue/${job}/${handler}`));
    const reader = new Reader(job, handler, births[Symbol.iterator]());
    return reader.next() ? reader : undefined;
  }

  /** Births of all that a job has queued, by handler. */
  *ofJob(job: string): Iterable<number> {
    for (const [key] of this.#ground.loop.turn.range(under(`queue/${job}`))) yield lastNumber(key);
  }
}

class Reader implements Queue {
  readonly job: string;
  readonly handler: string;
  readonly #births: Iterator<readonly [string, unknown]>;
  birth = 0;

  constructor(job: string, handler: string, births: Iterator<readonly [string, unknown]>) {
    this.job = job;
    this.handler = handler;
    this.#births = births;
  }

  next(): boolean {
    const next = this.#births.next();
    if (next.done) return false;
    this.birth = lastNumber(next.value[0]);
    return true;
  }

  close(): void {
    this.#births.return?.();
  }
}
