/**
 * The sub-transactions that are in flight, as a term holds them in memory: their rows, which of them are at which
 * agent, how many of each process class, and which of them a sweep asks after.
 *
 *   enter ──▶ rows, by agent, overdue? ──set──▶ the row alone ──leave──▶ nowhere
 */
import { createDeadlines } from './deadlines.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { SubRow } from './records.ts';
import { listOf, rowOf } from './sub-row.ts';

export class InFlight implements Remembering {
  readonly #rows = new Map<number, SubRow>();
  readonly #onAgent = new Map<string, Set<number>>();
  /** The process class of each, and how many there are of each class. */
  readonly #classes = new Map<number, string>();
  readonly #inClass = new Map<string, number>();
  readonly #classOf: (row: SubRow) => string;
  /** What a sweep asks again, by the instant since which it is due. */
  readonly overdue = createDeadlines();

  /** @param classOf the process class by which an attempt is given out */
  constructor(classOf: (row: SubRow) => string) {
    this.#classOf = classOf;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(birth: number): SubRow | undefined {
    return this.#rows.get(birth);
  }

  has(birth: number): boolean {
    return this.#rows.has(birth);
  }

  rows(): IterableIterator<SubRow> {
    return this.#rows.values();
  }

  /** How many there are of a process class. */
  countInClass(name: string): number {
    return this.#inClass.get(name) ?? 0;
  }

  /** Its state is new, or so is itself. */
  enter(row: SubRow, at: number): void {
    const { birth, state, context } = row;
    if (!this.#rows.has(birth)) this.#count(row);
    this.#rows.set(birth, row);
    const isOverdue = state === 'idle' || state === 'cancelling';
    this.overdue.set(String(birth), isOverdue ? at : null);
    const agent = context.agent!;
    const there = this.#onAgent.get(agent);
    if (there) there.add(birth);
    else this.#onAgent.set(agent, new Set([birth]));
  }

  /** Its state is the same, and something else of it is new. */
  set(row: SubRow): void {
    this.#rows.set(row.birth, row);
  }

  leave({ birth, context }: SubRow): void {
    this.#rows.delete(birth);
    const name = this.#classes.get(birth)!;
    this.#classes.delete(birth);
    this.#inClass.set(name, this.#inClass.get(name)! - 1);
    this.overdue.set(String(birth), null);
    this.#onAgent.get(context.agent!)?.delete(birth);
  }

  /** Births of what is in flight at an agent. */
  onAgent(agent: string): ReadonlySet<number> {
    return this.#onAgent.get(agent) ?? NONE;
  }

  remember(memory: Memory): void {
    for (const row of memory.keep('rows', [...this.#rows.values()].map(listOf)).map(rowOf))
      this.#rows.set(row.birth, row);
    memory.fill('classes', this.#classes);
    memory.fill('inClass', this.#inClass);
    memory.fill('onAgent', this.#onAgent);
    memory.part('overdue', this.overdue);
  }

  /** It stays of the class that it was given out by, whatever is configured meanwhile. */
  #count(row: SubRow): void {
    const name = this.#classOf(row);
    this.#classes.set(row.birth, name);
    this.#inClass.set(name, (this.#inClass.get(name) ?? 0) + 1);
  }
}

const NONE: ReadonlySet<number> = new Set();
