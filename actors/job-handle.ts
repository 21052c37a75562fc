/**
 * One run of a job, as whoever started it sees it: its progress, its end, and the feeding of it.
 *
 *   items ─▶ Enqueuer ─▶ controller ─▶ facts ─▶ progress(), at most every 200 ms
 *              │ throws                   └───▶ ended: finished or stopped
 *              └─▶ the run is stopped, `ended` rejects with what was thrown
 */
import type { Clock } from './clock.ts';
import type { Item } from './commands.ts';
import { OutcomeUnknown, type ControllerNode } from './controller.ts';
import { Enqueuer, PATIENCE } from './enqueuer.ts';
import { runOf } from './queries.ts';
import { takenOf, type Entry, type JobRow } from './records.ts';
import { Refused } from './refused.ts';
import { jobView, type JobView } from './views.ts';

/** Values of `progress()` are at least so far apart, but for the last one. */
const SAMPLE_MS = 200;

/** How a run is getting on. */
export type JobProgress = JobView;

/** A run that was started here; of a periodic job its first, or the one that is gone on with. */
export interface JobHandle {
  readonly name: string;
  /** Number of the run. */
  readonly generation: number;
  /** True when it goes on with a run that was cut short. */
  readonly resumed: boolean;
  /** Items of the source that had been taken over before. */
  readonly taken: number;
  /**
   * How the run is getting on: a value at once, one at each change but at most every 200 ms, and the last
   * one when it has ended. Ends without it when the controller is closed before.
   */
  progress(): AsyncIterable<JobProgress>;
  /**
   * Resolves when the run has finished or was stopped, whatever became of its sub-transactions. Rejects
   * when its source throws or hands over something that cannot be sent (the run is stopped then), and
   * with `OutcomeUnknown` when the controller is closed before: the same call goes on with the run later.
   */
  readonly ended: Promise<JobView>;
  /**
   * Stops the job: what is queued is cancelled, what runs is killed, and no tick runs it again. Resolves when
   * that is recorded.
   * @throws {Refused} `ended` when it has ended already
   * @throws {OutcomeUnknown}
   */
  stop(by?: string): Promise<void>;
}

/** Where work comes from. An iterable is passed over up to where it was taken before a crash. */
export type Items<T> =
  Iterable<T> | AsyncIterable<T> | ((run: RunSoFar) => Iterable<T> | AsyncIterable<T>);

/** What a source that is a function is told of its run. It passes over by itself what was taken. */
export interface RunSoFar {
  /** Items that it had handed over before a crash: it begins after these (or gives its items keys). */
  readonly taken: number;
  /** Resolves when all that it has handed over so far has come to rest: ended, or parked for a person. */
  readonly settled: () => Promise<void>;
}

/** What a run needs of its controller. */
export interface RunAccess {
  readonly node: Pick<ControllerNode, 'store' | 'command' | 'follow'>;
  readonly clock: Clock;
  readonly by: string;
}

export class JobRun implements JobHandle {
  readonly name: string;
  readonly generation: number;
  readonly resumed: boolean;
  readonly taken: number;
  readonly ended: Promise<JobView>;
  readonly #access: RunAccess;
  readonly #enqueuer: Enqueuer;
  readonly #unfollow: () => void;
  readonly #watchers = new Set<() => void>();
  #changes = 0;
  #over = false;
  /** How it ended; undefined until then, and for ever when nothing more is heard of it. */
  #final: JobView | undefined;
  /** Why it is being stopped. */
  #failure: { readonly error: unknown } | null = null;
  #resolve!: (view: JobView) => void;
  #reject!: (error: unknown) => void;

  constructor(access: RunAccess, row: JobRow, resumed: boolean) {
    this.#access = access;
    this.name = row.name;
    this.generation = row.generation;
    this.resumed = resumed;
    this.taken = takenOf(row);
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Nobody has to look at it; progress() may be enough.
    this.ended.catch(() => {});
    const { node, clock, by } = access;
    const run = { name: row.name, generation: row.generation, by };
    this.#enqueuer = new Enqueuer(
      {
        ...run,
        enqueue: (command) => node.command(command),
        row: () => runOf(node.store, row.name, row.generation),
        after: (ms, wake) => clock.after(ms, wake),
      },
      this.taken,
    );
    this.#unfollow = node.follow((entries) => this.#follow(entries));
  }

  /** Hands the items over. Resolves when that is over, well or badly: `ended` tells. */
  async feed<T>(items: Items<T>, check: (given: T) => Item): Promise<void> {
    // A periodic job that rests has nothing to be handed over before its next run.
    if (this.#row().endedAt !== null) return this.#changed();
    try {
      const isFunction = typeof items === 'function';
      const found = isFunction
        ? items({ taken: this.taken, settled: () => this.#enqueuer.settled() })
        : items;
      await this.#enqueuer.feed(iteratorOf(found), check, isFunction ? 0 : this.taken);
    } catch (error) {
      if (error instanceof OutcomeUnknown) return this.abort(error);
      this.#failure = { error };
      await this.#stopBecause(error);
    }
    this.#changed();
  }

  /** The controller is closed, or gone: nothing more is heard of the run here. */
  abort(error: unknown): void {
    this.#enqueuer.abort(error);
    this.#end(() => this.#reject(error));
  }

  async *progress(): AsyncGenerator<JobProgress, void, undefined> {
    const { clock } = this.#access;
    for (;;) {
      const seen = this.#changes;
      const shownAt = clock.elapsed();
      // Once the controller is closed its store may be, too.
      const view = this.#over ? this.#final : this.#view();
      if (!view) return;
      yield view;
      if (view.endedAt !== null) return;
      while (this.#changes === seen && !this.#over) await this.#wait(null);
      const leftMs = shownAt + SAMPLE_MS - clock.elapsed();
      const until = clock.elapsed() + leftMs;
      while (!this.#over && clock.elapsed() < until) await this.#wait(until - clock.elapsed());
    }
  }

  async stop(by = this.#access.by): Promise<void> {
    const row = this.#row();
    if (row.endedAt !== null && !row.context.periodic) {
      throw new Refused('ended', `The job "${this.name}" has ended already: it is ${row.state}.`);
    }
    await this.#access.node.command({ kind: 'stopJob', job: this.name, by });
  }

  /** Resolves at the next change, or after `ms`. */
  #wait(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#watchers.delete(wake);
        cancel();
        resolve();
      };
      const cancel = ms === null ? () => {} : this.#access.clock.after(ms, wake);
      this.#watchers.add(wake);
    });
  }

  #row(): JobRow {
    return runOf(this.#access.node.store, this.name, this.generation)!;
  }

  #view(): JobView {
    return jobView(this.#row(), this.#access.clock.now());
  }

  #follow(entries: readonly (readonly [number, Entry])[]): void {
    // A new term may have settled what the last one could not say any more.
    const isMine = ([, { job, kind }]: readonly [number, Entry]) =>
      job === this.name || kind === 'controller.active';
    if (!entries.some(isMine)) return;
    this.#enqueuer.changed();
    this.#changed();
  }

  #changed(): void {
    this.#changes++;
    if (!this.#over && this.#row().endedAt !== null) {
      const failure = this.#failure;
      const final = (this.#final = this.#view());
      this.#end(() => (failure ? this.#reject(failure.error) : this.#resolve(final)));
    } else this.#wake();
  }

  #end(tell: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#unfollow();
    tell();
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#watchers]) wake();
  }

  /** Stops the run because its source cannot go on. A periodic job goes on with its next one. */
  async #stopBecause(error: unknown): Promise<void> {
    const { name: job, generation } = this;
    const { node, by } = this.#access;
    for (let tries = 1; !this.#over; tries++) {
      try {
        await node.command({ kind: 'stopJob', job, generation, by });
        return;
      } catch (failure) {
        if (failure instanceof Refused) return;
        if (tries === PATIENCE.tries) return this.abort(error);
      }
      await new Promise<void>((resolve) => this.#access.clock.after(PATIENCE.pauseMs, resolve));
    }
  }
}

const iteratorOf = <T>(items: Iterable<T> | AsyncIterable<T>) =>
  Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
