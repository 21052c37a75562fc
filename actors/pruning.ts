/**
 * The turn's half of retention: deletes what it is told, after looking again whether it has ended.
 *
 *   births ─▶ rows, logs, ids; the sheet, once nothing on it is left      runs ─▶ their rows, keys and made ids
 *   facts  ─▶ their places in the histories of agents, jobs and the controller, and the facts themselves
 */
import { dropPages } from './birth-pages.ts';
import type { Command } from './commands.ts';
import type { Ground } from './ground.ts';
import type { Jobs } from './job.ts';
import { padded } from './padded.ts';
import { key, lastNumber, subject, totalOf, under, type JobRow, type SubRow } from './records.ts';
import { removeSub } from './removal.ts';
import { LAST_NUMBER } from './number-tables.ts';
import { removeSheet } from './sheet-removal.ts';
import {
  madePrefix,
  SHEET_ITEMS,
  sheetAt,
  sheetBirth,
  sheetKey,
  subOf,
  without,
  type Finds,
  type SheetRow,
  type VoidRow,
} from './sheet-rows.ts';
import { isTerminal } from './sub-indexes.ts';

/** What a turn has deleted. */
export interface Pruned {
  readonly subTransactions: number;
  readonly runs: number;
}

/** Keys of a run that are deleted in one turn; what has more goes in several. */
const KEYS_PER_RUN = 2_000;

/** It has ended, and no agent may still be running an attempt of it. */
export function mayGo(store: Finds, row: SubRow): boolean {
  if (!isTerminal(row)) return false;
  const { birth, context } = row;
  const isOpen = (agent: string, attempt: number) =>
    store.get(key.unconfirmed(agent, birth, attempt)) !== undefined;
  if (context.agent !== null && isOpen(context.agent, context.attempt)) return false;
  if (context.attempt < 2) return true;
  for (const [name, agent] of store.range(under(`holder/${padded(birth)}`)))
    if (isOpen(agent as string, lastNumber(name))) return false;
  return true;
}

export class Pruning {
  readonly #ground: Ground;
  readonly #jobs: Pick<Jobs, 'pruned' | 'isOver'>;

  constructor(ground: Ground, jobs: Pick<Jobs, 'pruned' | 'isOver'>) {
    this.#ground = ground;
    this.#jobs = jobs;
  }

  prune({ births, runs, facts, told, by }: Command & { kind: 'prune' }): Pruned {
    const { turn } = this.#ground.loop;
    const subTransactions = births.filter((birth) => this.#sub(birth)).length;
    for (const first of new Set(births.map(sheetBirth))) this.#sheet(first);
    const gone = runs.filter(({ name, generation }) => this.#run(name, generation)).length;
    if (facts) {
      for (const name of facts.of) turn.delete(name);
      turn.forgetBefore(facts.before);
    }
    if (told) {
      const fact = { kind: 'controller.pruned', by, detail: { ...told } };
      this.#ground.record({ subject: subject.controller, ...fact });
    }
    return { subTransactions, runs: gone };
  }

  #sub(birth: number): boolean {
    const { turn } = this.#ground.loop;
    const row = subOf(turn, birth);
    if (!row || !mayGo(turn, row)) return false;
    if (turn.get(key.sub(birth)) === undefined) this.#unvoid(row);
    removeSub(turn, row);
    if (row.job !== null && row.hook === undefined) this.#jobs.pruned(row.job, row.generation);
    return true;
  }

  /** One that was cancelled untouched stands on its sheet. */
  #unvoid({ birth, handler }: SubRow): void {
    const { turn } = this.#ground.loop;
    const first = sheetBirth(birth);
    const name = sheetKey.void(first, handler);
    const [fact, at, by, places] = turn.get(name) as VoidRow;
    const left = without(places, birth - first);
    if (left.length === 0) turn.delete(name);
    else turn.put(name, [fact, at, by, left]);
  }

  #sheet(first: number): void {
    const { turn } = this.#ground.loop;
    const sheet: SheetRow | undefined = sheetAt(turn, first);
    if (!sheet) return;
    for (let birth = first; birth < first + SHEET_ITEMS; birth++) if (subOf(turn, birth)) return;
    removeSheet(turn, first, sheet);
  }

  /** The present run of a name goes after all older ones. */
  #run(name: string, generation: number): boolean {
    const { turn } = this.#ground.loop;
    const older = [...turn.range({ ...under(`run/${name}`) })];
    const present = turn.get(key.job(name)) as unknown as JobRow | undefined;
    const isPresent = present?.generation === generation;
    const at = isPresent ? key.job(name) : key.run(name, generation);
    const row = turn.get(at) as unknown as JobRow | undefined;
    if (!row || row.endedAt === null || (row.pruned ?? 0) < totalOf(row.counts)) return false;
    if (isPresent && (older.length > 0 || !this.#jobs.isOver(name))) return false;
    if (!this.#keys(name, generation)) return false;
    turn.delete(at);
    const next = isPresent ? undefined : (older.find(([run]) => run !== at)?.[1] ?? present);
    const below = (next as JobRow | undefined)?.firstBirth ?? (next ? 0 : LAST_NUMBER);
    dropPages(turn, name, below);
    return true;
  }

  /** True when nothing is left of them. */
  #keys(name: string, generation: number): boolean {
    const { turn } = this.#ground.loop;
    const made = under(`made/${madePrefix(name, generation)}`);
    const isLeft = ([birth, count]: readonly [number, number]) =>
      sheetAt(turn, birth) !== undefined || sheetAt(turn, birth + count - 1) !== undefined;
    let removed = 0;
    for (const range of [under(`key/${name}/${padded(generation)}`), made])
      for (const [at, value] of turn.range(range)) {
        // Names that begin alike share what their ids are made from.
        if (range === made && isLeft(value as readonly [number, number])) continue;
        if (removed++ === KEYS_PER_RUN) return false;
        turn.delete(at);
      }
    return true;
  }
}
