/**
 * What disks have lost of what they had acknowledged: the only excuse that a checker accepts. It covers
 * exactly the sub-transactions and attempts whose records went back, and nothing else.
 *
 *   before: sub/7 (attempt 3)     after: sub/7 (attempt 2)    ─▶ birth 7 of that id is covered
 *   before: task/7/3              after: nothing              ─▶ fence 7/3 is covered
 */
import type { TaskRow } from '../../actors/agent-records.ts';
import { under, type AgentRow } from '../../actors/records.ts';
import { rowsAfter } from '../../actors/sheet-listing.ts';
import { subOf } from '../../actors/sheet-rows.ts';
import { listOf } from '../../actors/sub-row.ts';
import type { FenceToken } from '../../handlers/handler.ts';
import type { Store } from '../../store/store.ts';
import { fenceName } from './executions.ts';
import { partsOf } from './keys.ts';
import { isSame } from './values.ts';

export class Lies {
  /** Ids whose record at the controller went back, by birth. */
  readonly #births = new Map<number, Set<string>>();
  readonly #fences = new Set<string>();
  /** Fences whose log an agent may have lost a part of. */
  readonly #logs = new Set<string>();
  readonly #seats = new Set<string>();
  /** When the controller last forgot what lease an agent was granted, by agent. */
  readonly #leases = new Map<string, number>();

  /** A disk went back from `before` to `after`. */
  take(seat: string, before: Store, after: Store, atMs: number): void {
    this.#seats.add(seat);
    for (const [key, value] of before.range(under('agent'))) {
      const { id, timeoutMs } = value as unknown as AgentRow;
      const found = after.get(key) as unknown as AgentRow | undefined;
      if (found === undefined || found.timeoutMs < timeoutMs) this.#leases.set(id, atMs);
    }
    for (const row of rowsAfter(before, 0)) {
      const found = subOf(after, row.birth);
      if (!found || !isSame(listOf(row), listOf(found))) this.#cover(row.birth, row.id);
    }
    for (const table of ['logged', 'outcome']) this.#coverTable(table, before, after);
    for (const [key, value] of before.range(under('task'))) {
      if (isSame(value, after.get(key))) continue;
      this.#fences.add(fenceName(value as unknown as TaskRow));
    }
    for (const [key, value] of before.range(under('out'))) {
      if (after.get(key) === undefined) this.#fences.add(fenceName(value as unknown as FenceToken));
    }
    // What the older disk still shows and the newer one had forgotten is owed anew.
    for (const [key, value] of after.range(under('task'))) {
      if (before.get(key) === undefined) this.#fences.add(fenceName(value as unknown as TaskRow));
    }
    // Its logs are as old as its disk, also of what looks the same on both.
    for (const disk of [before, after]) {
      for (const [, value] of disk.range(under('task')))
        this.#logs.add(fenceName(value as unknown as TaskRow));
    }
  }

  /** Whether the log of that attempt went back, or its record. */
  coversLog(fence: FenceToken, id: string): boolean {
    return this.#logs.has(fenceName(fence)) || this.covers(fence, id);
  }

  /** Whether it was forgotten what lease the agent had, when this began: nobody waits for its end. */
  coversLease(agent: string | undefined, startedAt: number): boolean {
    return agent !== undefined && startedAt <= (this.#leases.get(agent) ?? -Infinity);
  }

  /** Whether that disk ever went back. */
  has(seat: string): boolean {
    return this.#seats.has(seat);
  }

  /** Whether any did. */
  get any(): boolean {
    return this.#seats.size > 0;
  }

  /** Whether the controller's record of that sub-transaction went back. */
  coversBirth(birth: number, id: string): boolean {
    return this.#births.get(birth)?.has(id) ?? false;
  }

  /** Whether the record of that attempt went back, at its agent or with its sub-transaction. */
  covers(fence: FenceToken, id: string): boolean {
    return this.#fences.has(fenceName(fence)) || this.coversBirth(fence.birth, id);
  }

  #cover(birth: number, id: string): void {
    const ids = this.#births.get(birth);
    if (ids) ids.add(id);
    else this.#births.set(birth, new Set([id]));
  }

  #coverTable(table: string, before: Store, after: Store): void {
    for (const [key, value] of before.range(under(table))) {
      if (isSame(value, after.get(key))) continue;
      const birth = Number(partsOf(key)[1]);
      const row = subOf(before, birth);
      if (row) this.#cover(birth, row.id);
    }
  }
}
