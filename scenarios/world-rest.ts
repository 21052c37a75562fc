/** What keeps a world from rest, and what waits for a person: read from the disks, as the next life would. */
import { under } from '../actors/records.ts';
import { rowsAfter } from '../actors/sheet-listing.ts';
import { isTerminal } from '../actors/sub-indexes.ts';
import type { AgentRow, SubRow } from '../actors/records.ts';
import type { Store } from '../store/store.ts';

/** Work that is queued, in flight, waiting or held by an agent: the first key of each of these tells. */
const INDEXES = ['queue', 'flight', 'due', 'held'];

/** What a controller still has to do, as sentences; the cheap questions first. */
export function* workLeft(store: Store): Generator<string> {
  let isLeft = false;
  for (const index of INDEXES) {
    for (const [name] of store.range(under(index))) {
      isLeft = true;
      yield `the controller has ${name}`;
    }
  }
  if (isLeft) return;
  for (const row of rowsOf(store))
    if (!isTerminal(row)) yield `${row.id} is ${row.state}, and nothing follows`;
  for (const [name, value] of store.range(under('job'))) {
    const { state, context } = value as unknown as {
      state: string;
      context: { sourceEnded: boolean };
    };
    if (
      state === 'finishing' ||
      state === 'stopping' ||
      (state === 'running' && context.sourceEnded)
    )
      yield `${name} is ${state}`;
  }
}

/** Ids of what is parked. */
export function parkedIn(store: Store): readonly string[] {
  return [...rowsOf(store)].filter(({ state }) => state === 'parked').map(({ id }) => id);
}

/** Agents that are given nothing new since somebody has asked for it. */
export function drainingIn(store: Store): readonly string[] {
  return [...store.range(under('agent'))]
    .map(([, value]) => value as unknown as AgentRow)
    .filter(({ draining }) => draining)
    .map(({ id }) => id);
}

const rowsOf = (store: Store): Iterable<SubRow> => rowsAfter(store, 0);
