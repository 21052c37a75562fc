/** A journal written by hand, for what the queries make of histories that are hard to bring about. */
import { entryList } from '../../actors/entry-row.ts';
import { beginning } from '../../machines/sub-transaction-record.ts';
import {
  key,
  NO_COUNTS,
  subject,
  type Entry,
  type JobRow,
  type OutcomeRow,
  type SubRow,
} from '../../actors/records.ts';
import { endedKey } from '../../actors/sub-indexes.ts';
import { listOf } from '../../actors/sub-row.ts';
import type { Store, Value } from '../../store/store.ts';
import { createMemoryDisk, openMemoryStore } from '../../store/memory.ts';

/** 2026-01-01T00:00:00Z. */
export const START_AT = Date.UTC(2026, 0, 1);

const policy = {
  maxRetries: 1,
  delaysMs: [],
  timeoutMs: 1_000,
  onUnknown: 'park',
  maxLosses: 4,
  idleMs: 120_000,
} as const;

export class HandMade {
  readonly store: Store;

  private constructor(store: Store) {
    this.store = store;
  }

  static async open(): Promise<HandMade> {
    return new HandMade(await openMemoryStore(createMemoryDisk()));
  }

  /** Adds a fact `atMs` after the start; returns its number. */
  async fact(atMs: number, fact: Omit<Entry, 'at'>): Promise<number> {
    const expect = this.store.position();
    const entry = entryList({ at: START_AT + atMs, ...fact });
    const of = { put: key.of(fact.subject, expect + 1), value: null };
    const writes = fact.before === undefined ? [of] : [];
    await this.store.append({ entries: [entry], writes }, { expect });
    return expect + 1;
  }

  async put(at: string, value: unknown): Promise<void> {
    const expect = this.store.position();
    await this.store.append(
      { entries: [], writes: [{ put: at, value: value as Value }] },
      { expect },
    );
  }

  /** Accepts a sub-transaction with these facts, each `[atMs, fact]`, and puts it into the state of the last. */
  async sub(
    id: string,
    facts: readonly (readonly [number, Omit<Entry, 'at' | 'subject'>])[],
    change: {
      readonly row?: Partial<SubRow>;
      readonly context?: Partial<SubRow['context']>;
      readonly outcome?: OutcomeRow;
    } = {},
  ): Promise<number> {
    const birth = await this.fact(0, {
      subject: subject.sub(this.store.position() + 1),
      kind: 'accepted',
      id,
      state: 'queued',
      by: 'test',
      before: 0,
    });
    let lastFact = birth;
    let last: Omit<Entry, 'at' | 'subject'> = { kind: 'accepted', state: 'queued' };
    for (const [atMs, fact] of facts) {
      const chained = { subject: subject.sub(birth), id, ...fact, before: lastFact };
      lastFact = await this.fact(atMs, chained);
      last = fact;
    }
    const row: SubRow = {
      birth,
      id,
      job: null,
      generation: 0,
      handler: 'work',
      term: 1,
      lastFact,
      acceptedAt: START_AT,
      state: (last.state ?? 'queued') as SubRow['state'],
      context: {
        ...beginning({ birth, policy, at: START_AT }),
        attempt: last.attempt ?? 0,
        agent: last.agent ?? null,
        ...change.context,
      },
      ...change.row,
    };
    await this.put(key.id(id), birth);
    if (row.state === 'parked') await this.put(key.parked(birth), null);
    const ended = endedKey(row);
    if (ended !== undefined) await this.put(ended, null);
    if (row.job !== null) await this.put(key.jobPage(row.job, Math.floor(birth / 1_024)), null);
    await this.put(key.sub(birth), listOf(row));
    await this.put(key.work(birth), { handler: 'work', input: { n: 1 }, policy, bytes: 4 });
    if (change.outcome) await this.put(key.outcome(birth), change.outcome);
    return birth;
  }

  async job(name: string, change: Partial<JobRow> = {}): Promise<JobRow> {
    const row: JobRow = {
      name,
      generation: 1,
      state: 'running',
      context: {
        name,
        generation: 1,
        periodic: false,
        sourceEnded: false,
        remaining: 0,
        skippedTicks: 0,
        goesOn: false,
        startedAt: START_AT,
        endedAt: null,
        deadlineAt: null,
      },
      source: 'test',
      spec: null,
      cursor: null,
      counts: NO_COUNTS,
      rules: {},
      startedAt: START_AT,
      endedAt: null,
      by: 'test',
      stoppedBy: null,
      ...change,
    };
    await this.put(key.job(name), row);
    return row;
  }
}
