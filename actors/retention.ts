/**
 * How long a controller keeps what has ended: until it is older than `keepMs`, and no more of it than the
 * newest `keepCount` sub-transactions. What has not ended is never touched.
 *
 *   every hour ─▶ look, outside the turns ─▶ what may go, some at a time ─▶ command `prune` ─▶ deleted by a turn
 *
 *   sub-transactions   with their work, outcomes, ids and logs
 *   runs               that have ended, once nothing of them is left
 *   facts              older than all that is left: the journal loses its beginning
 *
 * Looking only reads what is on record. The turn checks again what it is told (pruning.ts).
 */
import { InvalidSetting } from '../machines/timing.ts';
import type { Clock } from './clock.ts';
import type { Command, Replies } from './commands.ts';
import { entryOf } from './entry-row.ts';
import { factFrom, type Recorded } from './facts.ts';
import type { Logger } from './logger.ts';
import { mayGo, type Pruned } from './pruning.ts';
import { key, under, type JobRow, type SubRow } from './records.ts';
import { rowsAfter } from './sheet-listing.ts';

/** What is kept of what has ended. */
export interface RetentionSettings {
  /** In ms since its end. */
  readonly keepMs: number;
  /** Sub-transactions. */
  readonly keepCount: number;
}

/** 30 days, a million sub-transactions. */
export const defaultRetention: RetentionSettings = {
  keepMs: 30 * 86_400_000,
  keepCount: 1_000_000,
};

/** What a pass has deleted. */
export interface Pass extends Pruned {
  readonly facts: number;
  /** It ended for lack of time: the next one goes on. */
  readonly isMore: boolean;
}

/** @throws {InvalidSetting} one sentence that says what to do */
export function checkRetention(settings: Partial<RetentionSettings>): RetentionSettings {
  const { keepMs, keepCount } = { ...defaultRetention, ...settings };
  for (const [what, n] of [['keepMs', keepMs], ['keepCount', keepCount]] as const) {
    if (Number.isSafeInteger(n) && n >= 0) continue;
    throw new InvalidSetting(`${what} must be a whole number from 0 on, not ${n}.`);
  } // prettier-ignore
  return { keepMs, keepCount };
}

/** Who prunes where nobody asked for it. */
export const RETENTION = 'retention';

const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 3_600_000;

/** Rows looked at, and deleted, at a time. */
const ROWS_AT_ONCE = 500;
const FACTS_AT_ONCE = 1_000;
const RUNS_PER_PASS = 10_000;

/** So long a pass goes on. */
const PASS_MS = 60_000;

/** What it looks at and whom it tells. */
export interface RetentionPorts {
  readonly store: Recorded;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly command: (command: Command & { kind: 'prune' }) => Promise<Replies['prune']>;
}

/** What is left of what was looked at. */
interface Looked {
  readonly births: readonly number[];
  /** When the oldest that stays was accepted. */
  readonly oldestAt: number;
  /** Birth of the last that was looked at; null: what follows is too young. */
  readonly after: number | null;
}

export class Retention {
  readonly #ports: RetentionPorts;
  readonly #settings: RetentionSettings;
  #disarm = () => {};
  #pass: Promise<Pass> | undefined;
  #isClosed = false;

  constructor(ports: RetentionPorts, settings: RetentionSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#arm(FIRST_AFTER_MS);
  }

  /**
   * Deletes what may go, for at most a minute; one that goes on already is waited for.
   * @throws {OutcomeUnknown} what was deleted by then is gone; ask again
   */
  run(by: string): Promise<Pass> {
    this.#pass ??= this.#prune(by).finally(() => (this.#pass = undefined));
    return this.#pass;
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm();
  }

  #arm(afterMs: number): void {
    const { clock, logger } = this.#ports;
    this.#disarm = clock.after(afterMs, () => {
      const failed = (error: unknown) =>
        this.#isClosed || logger.warn({ err: error }, 'what has ended was not pruned; it will be');
      void this.run(RETENTION)
        .catch(failed)
        .then(() => this.#isClosed || this.#arm(EVERY_MS));
    });
  }

  async #prune(by: string): Promise<Pass> {
    const { clock } = this.#ports;
    const [at, until] = [clock.now(), clock.elapsed() + PASS_MS];
    const hasTime = () => !this.#isClosed && clock.elapsed() < until;
    const oldAt = at - this.#settings.keepMs;
    const excess = await this.#excess();
    let [subTransactions, runs, facts] = [0, 0, 0];
    let oldestAt = at;
    let left = excess;
    for (let after: number | null = 0; after !== null && hasTime();) {
      const looked: Looked = this.#look(after, oldAt, left);
      oldestAt = Math.min(oldestAt, looked.oldestAt);
      after = looked.after;
      left -= looked.births.length;
      if (looked.births.length > 0)
        subTransactions += (await this.#tell({ births: looked.births, by })).subTransactions;
      else await this.#pause();
    }
    const isWhole = hasTime();
    for (const some of inPieces(isWhole ? this.#endedRuns(oldAt) : [])) {
      if (hasTime()) runs += (await this.#tell({ runs: some, by })).runs;
    }
    const before = excess > 0 ? oldestAt : Math.min(oldAt, oldestAt);
    if (isWhole) facts = await this.#forget(Math.min(before, this.#openSince()), by, hasTime);
    const pruned = { subTransactions, runs, facts };
    if (subTransactions + runs + facts > 0) await this.#tell({ told: pruned, by });
    return { ...pruned, isMore: !hasTime() };
  }

  #tell(what: Partial<Command & { kind: 'prune' }> & { readonly by: string }) {
    return this.#ports.command({ kind: 'prune', births: [], runs: [], ...what });
  }

  /** How many have ended beyond those that are kept. */
  async #excess(): Promise<number> {
    const { store } = this.#ports;
    const { keepCount } = this.#settings;
    // Few facts, few ends, unless one fact tells of many.
    if (!factFrom(store, keepCount + 1) && isEmpty(store.range(under('void')))) return 0;
    let ended = 0;
    for (let after: number | null = 0; after !== null; await this.#pause()) {
      let [seen, last]: [number, number] = [0, after];
      after = null;
      for (const row of rowsAfter(store, last)) {
        if (mayGo(store, row)) ended++;
        last = row.birth;
        if (++seen < ROWS_AT_ONCE) continue;
        after = last;
        break;
      }
    }
    return Math.max(0, ended - keepCount);
  }

  /** @param excess so many go whatever their age */
  #look(from: number, oldAt: number, excess: number): Looked {
    const { store } = this.#ports;
    const births: number[] = [];
    let [oldestAt, seen] = [Infinity, 0];
    for (const row of rowsAfter(store, from)) {
      if (row.acceptedAt >= oldAt && births.length >= excess)
        return { births, oldestAt: Math.min(oldestAt, row.acceptedAt), after: null };
      const isOld = endedAtOf(row) < oldAt || births.length < excess;
      if (isOld && mayGo(store, row)) births.push(row.birth);
      else oldestAt = Math.min(oldestAt, row.acceptedAt);
      if (++seen === ROWS_AT_ONCE) return { births, oldestAt, after: row.birth };
    }
    return { births, oldestAt, after: null };
  }

  /** Runs that have ended before, older runs of a job first. */
  #endedRuns(oldAt: number) {
    const runs: { readonly name: string; readonly generation: number }[] = [];
    for (const table of ['run', 'job']) {
      for (const [, value] of this.#ports.store.range(under(table))) {
        const { name, generation, endedAt } = value as unknown as JobRow;
        if (endedAt !== null && endedAt < oldAt) runs.push({ name, generation });
        if (runs.length === RUNS_PER_PASS) return runs;
      }
    }
    return runs;
  }

  /** Start of the oldest run that has not ended. */
  #openSince(): number {
    let openAt = Infinity;
    for (const [, value] of this.#ports.store.range(under('job'))) {
      const { startedAt, endedAt } = value as unknown as JobRow;
      if (endedAt === null) openAt = Math.min(openAt, startedAt);
    }
    return openAt;
  }

  /** Gives up facts that are older. Returns how many. */
  async #forget(beforeAt: number, by: string, hasTime: () => boolean): Promise<number> {
    let forgotten = 0;
    for (let from: number | null = 1; from !== null && hasTime();) {
      const of: string[] = [];
      let [seen, before] = [0, 0];
      for (const [n, value] of this.#ports.store.read(from)) {
        const fact = entryOf(value);
        if (fact.at >= beforeAt || seen === FACTS_AT_ONCE) break;
        if (fact.before === undefined) of.push(key.of(fact.subject, n));
        before = n + 1;
        seen++;
      }
      from = seen === FACTS_AT_ONCE ? before : null;
      forgotten += seen;
      if (seen > 0) await this.#tell({ facts: { before, of }, by });
    }
    return forgotten;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#ports.clock.after(0, resolve));
  }
}

function isEmpty(rows: Iterable<unknown>): boolean {
  for (const _ of rows) return false;
  return true;
}

const endedAtOf = ({ acceptedAt, context }: SubRow): number => context.endedAt ?? acceptedAt;

function* inPieces<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS_AT_ONCE) yield items.slice(at, at + ROWS_AT_ONCE);
}
