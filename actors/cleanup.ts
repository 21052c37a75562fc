/**
 * Takes jobs that are over out of the lists: the job at once, what it has left on record piece by piece.
 *
 *   job/<name>  ──cleanup──▶ past/<name>     so that generations count on: what an older run says is never new
 *   run/<name>/…, sub/…  ──▶ cleanup/<name>  how far it is; goes on after a restart
 *
 * Facts stay: the history tells of it as before.
 */
import { dropPages } from './birth-pages.ts';
import type { Ground } from './ground.ts';
import type { Jobs } from './job.ts';
import { noJob } from './job-run.ts';
import { key, remainingOf, subject, under, type JobRow } from './records.ts';
import { Refused } from './refused.ts';
import { removeSub } from './removal.ts';
import { LAST_NUMBER } from './number-tables.ts';
import { removeSheets } from './sheet-removal.ts';
import { isTerminal } from './sub-indexes.ts';
import { rowOf } from './sub-row.ts';

/** Rows looked at, and rows removed, in one turn. */
const ROWS_PER_TURN = 2_000;
const SHEETS_PER_TURN = 200;

/** What is left to be looked through. */
interface Left {
  readonly generation: number;
  /** Births, exclusive both. */
  readonly after: number;
  readonly before: number;
  /** As `after`, of the sheets: they are looked through when no row is left. */
  readonly sheetsAfter?: number;
}

export class Cleanups {
  readonly #ground: Ground;
  readonly #jobs: Pick<Jobs, 'row' | 'isOver'>;

  constructor(ground: Ground, jobs: Pick<Jobs, 'row' | 'isOver'>) {
    this.#ground = ground;
    this.#jobs = jobs;
  }

  recover(): void {
    const { turn, deadlines } = this.#ground.loop;
    for (const [name] of turn.range(under('cleanup')))
      deadlines.set(`cleanup:${name.slice('cleanup/'.length)}`, turn.at);
  }

  /**
   * Begins to clean a job up; one that was cleaned up before stays so.
   * @throws {Refused} `unknown`; `jobTaken` while something of it runs or waits
   */
  begin(name: string, by: string): { readonly generation: number } {
    const { turn, deadlines } = this.#ground.loop;
    const row = this.#jobs.row(name);
    const past = turn.get(key.past(name)) as number | undefined;
    if (!row && past !== undefined) return { generation: past };
    if (!row) throw noJob(name);
    const { generation } = row;
    const runs = [...turn.range(under(`run/${name}`))].map(([, run]) => run as unknown as JobRow);
    this.#refuse(row, [row, ...runs]);
    const firstBirth = Math.min(...[row, ...runs].map((run) => run.firstBirth ?? 0));
    const after = firstBirth - 1;
    const before = turn.next + this.#ground.births;
    const left = { generation, after, before, sheetsAfter: after };
    turn.delete(key.job(name));
    turn.put(key.past(name), generation);
    turn.put(key.cleanup(name), left);
    deadlines.set(`cleanup:${name}`, turn.at);
    this.#ground.record({ subject: subject.job(name), job: name, kind: 'job.cleanedUp', by });
    return { generation };
  }

  #refuse(row: JobRow, runs: readonly JobRow[]): void {
    const { name, state } = row;
    if (!this.#jobs.isOver(name)) {
      throw new Refused('jobTaken', `The job "${name}" is ${state}: stop it first.`);
    }
    for (const { generation, counts, hooks = {} } of runs) {
      const of = `of run ${generation} of "${name}"`;
      if (remainingOf(counts) > 0)
        throw new Refused('jobTaken', `${remainingOf(counts)} ${of} still run or wait.`);
      const hook = [hooks.preJob, hooks.postJob].find((each) => each?.state === 'parked');
      if (counts.parked > 0 || hook)
        throw new Refused(
          'jobTaken',
          `${hook ? `"${hook.id}"` : counts.parked} ${of} waits for a decision: accept it or give it up first.`,
        );
    }
  }

  due(name: string): void {
    const { turn, deadlines } = this.#ground.loop;
    const job = name.slice('cleanup:'.length);
    const left = turn.get(key.cleanup(job)) as unknown as Left | undefined;
    if (!left) return;
    const after = this.#removeSubs(job, left) ?? left.before;
    const sheetsAfter = after < left.before ? left.sheetsAfter : this.#removeSheets(job, left);
    const isOver = sheetsAfter === left.before && this.#removeRest(job, left);
    if (isOver) return turn.delete(key.cleanup(job));
    turn.put(key.cleanup(job), { ...left, after, sheetsAfter });
    deadlines.set(name, turn.at);
  }

  /** Returns how far it came; undefined: all of them have been looked at. */
  #removeSubs(job: string, { generation, after, before }: Left): number | undefined {
    const { turn } = this.#ground.loop;
    let looked = 0;
    for (const [, value] of turn.range({ from: key.sub(after + 1), to: key.sub(before) })) {
      const row = rowOf(value);
      if (row.job === job && row.generation <= generation && isTerminal(row)) removeSub(turn, row);
      if (++looked === ROWS_PER_TURN) return row.birth;
    }
    return undefined;
  }

  #removeSheets(name: string, { generation, before, sheetsAfter = 0 }: Left): number {
    const sheets = { name, generation, after: sheetsAfter, before };
    return removeSheets(this.#ground.loop.turn, sheets, SHEETS_PER_TURN) ?? before;
  }

  /** Runs and keys. True when nothing is left. */
  #removeRest(job: string, { generation, before }: Left): boolean {
    const { turn } = this.#ground.loop;
    // The next run of that name may have begun.
    dropPages(turn, job, this.#jobs.row(job) ? before : LAST_NUMBER);
    const runs = { from: key.run(job, 0), to: key.run(job, generation + 1) };
    const keys = { from: key.unique(job, 0, ''), to: key.unique(job, generation + 1, '') };
    let removed = 0;
    for (const range of [runs, keys])
      for (const [name] of turn.range(range)) {
        if (removed++ === ROWS_PER_TURN) return false;
        turn.delete(name);
      }
    return true;
  }
}
