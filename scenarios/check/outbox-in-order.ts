/**
 * What an agent owes is taken over in order, and none of it is passed over (A18): when the controller's record
 * moves on to a place, it has taken in each ending that the agent has on disk up to there, or has written down
 * a gap. A place names one ending for ever.
 */
import { key, type AgentRow } from '../../actors/records.ts';
import { isAfter } from '../../actors/outbox.ts';
import type { Value } from '../../store/store.ts';
import type { OutboxEntry, OutboxPlace } from '../../transport/frame.ts';
import type { Decision } from './books.ts';
import { property, type Fail } from './checker.ts';
import { fenceName } from './executions.ts';

interface Written {
  readonly place: OutboxPlace;
  readonly fence: string;
}

const placeName = ({ boot, n }: OutboxPlace) => `${boot}/${n}`;

export const outboxInOrder = property('outbox-in-order', (books, fail) => {
  /** What each store of an agent has had on disk, in order, by place. */
  const written = new Map<string, Map<string, Written>>();
  const seatOf = new Map<string, string>();

  function write(seat: string, storeId: string, value: Value | undefined, atMs: number): void {
    if (value === undefined) return;
    const { place, birth, attempt } = value as unknown as OutboxEntry;
    const places = written.get(storeId) ?? new Map<string, Written>();
    written.set(storeId, places);
    seatOf.set(storeId, seat);
    const fence = fenceName({ birth, attempt });
    const before = places.get(placeName(place));
    if (before && before.fence !== fence && !books.lies.has(seat))
      fail(atMs, `Place ${placeName(place)} of ${seat} was ${before.fence} and is ${fence}.`);
    places.set(placeName(place), { place, fence });
  }

  return {
    see(sight) {
      if (sight.what === 'boot') {
        const { storeId } = sight.life.records.meta;
        for (const change of sight.life.batch.writes)
          if ('put' in change && change.put.startsWith('out/'))
            write(sight.seat, storeId, change.value, sight.atMs);
      }
      const { recorded, decision } = books;
      if (recorded && 'slots' in recorded.of.life) {
        const { storeId } = recorded.of.life.records.meta;
        for (const [name, value] of recorded.writes)
          if (name.startsWith('out/')) write(recorded.of.seat, storeId, value, sight.atMs);
      }
      if (!decision) return;
      for (const [name, change] of decision.changes) {
        if (!name.startsWith('agent/')) continue;
        const after = change.after as unknown as AgentRow;
        const places = written.get(after.storeId);
        const isLied =
          books.lies.has(seatOf.get(after.storeId) ?? '') || books.lies.has('controller');
        if (!places || isLied) continue;
        const before = change.before as unknown as AgentRow | undefined;
        checkMove(decision, before, after, places, sight.atMs, fail);
      }
    },
  };
});

function checkMove(
  { heard, facts }: Decision,
  before: AgentRow | undefined,
  after: AgentRow,
  places: ReadonlyMap<string, Written>,
  atMs: number,
  fail: Fail,
): void {
  const known = before?.storeId === after.storeId ? before.recorded : null;
  if (!after.recorded || (known && !isAfter(after.recorded, known))) return;
  const isGap = facts.some(({ kind, agent }) => kind === 'agent.gap' && agent === after.id);
  if (isGap) return;
  const taken = new Set(
    heard.flatMap(({ agent, outbox }) =>
      agent === after.id ? outbox.map(({ place }) => placeName(place)) : [],
    ),
  );
  for (const { place, fence } of places.values()) {
    if (!isAfter(place, known) || isAfter(place, after.recorded)) continue;
    if (!taken.has(placeName(place)))
      fail(
        atMs,
        `${key.agent(after.id)} moves on to ${placeName(after.recorded)} past the end of ${fence}.`,
      );
  }
}
