/**
 * What a turn means for each sub-transaction, whether that has a row of its own or waits on a sheet: to the
 * checkers an item of a sheet is a record like any other.
 *
 *   sub/7        ─▶ its row before and after           enqueued ─▶ `accepted` of each item
 *   sheet, open, void ─▶ rows that are worked out      emptied  ─▶ `cancel` of each item
 */
import { entryOf } from '../../actors/entry-row.ts';
import { lastNumber, subject, type Entry, type SubRow } from '../../actors/records.ts';
import {
  each,
  sheetAt,
  subOf,
  type Places,
  type Reads,
  type SheetRow,
  type VoidRow,
} from '../../actors/sheet-rows.ts';
import type { Value } from '../../store/store.ts';
import { partsOf, sectionOf } from './keys.ts';
import type { Changes } from './life.ts';

/** A fact with its number and, of one about a sub-transaction, its birth. */
export interface Fact extends Entry {
  readonly n: number;
  readonly birth: number | undefined;
}

export interface SubChange {
  readonly birth: number;
  readonly before: SubRow | undefined;
  readonly after: SubRow | undefined;
}

/** What a turn changes of each sub-transaction. @param after what is read after it */
export function subChanges(changes: Changes, after: Reads): readonly SubChange[] {
  const before: Reads = {
    get: (key) => (changes.has(key) ? changes.get(key)!.before : after.get(key)),
  };
  const births = new Set<number>();
  for (const [key, change] of changes)
    for (const birth of birthsIn(key, change.before, change.after)) births.add(birth);
  return [...births].map((birth) => ({
    birth,
    before: subOf(before, birth),
    after: subOf(after, birth),
  }));
}

function birthsIn(key: string, before?: Value, after?: Value): readonly number[] {
  const placed = (places: Value | undefined, first: number) =>
    [...each((places ?? []) as Places)].map((place) => first + place);
  switch (sectionOf(key)) {
    case 'sub':
      return [lastNumber(key)];
    case 'sheet':
      return placed([0, (after as unknown as SheetRow)[7].length - 1], lastNumber(key));
    case 'open':
      return [...placed(before, lastNumber(key)), ...placed(after, lastNumber(key))];
    case 'void':
      return voided(key, after);
    default:
      return [];
  }
}

function voided(key: string, value: Value | undefined): readonly number[] {
  const first = Number(partsOf(key)[1]);
  const [, , , places] = (value ?? [0, 0, '', []]) as unknown as VoidRow;
  return [...each(places)].map((place) => first + place);
}

/** The facts of a turn: one about many items is one about each of them, too. */
export function factsIn(
  entries: readonly Value[],
  first: number,
  changes: Changes,
  after: Reads,
): readonly Fact[] {
  return entries.flatMap((value, i) => {
    const n = first + i;
    const entry = entryOf(value);
    const fact = { n, birth: subject.birthOf(entry.subject), ...entry };
    const own = (birth: number, told: Partial<Fact>): Fact => {
      const { id, job } = subOf(after, birth)!;
      return { ...fact, ...told, birth, subject: subject.sub(birth), id, job };
    };
    if (entry.kind === 'enqueued')
      return [fact, ...enqueued(entry).map((birth) => own(birth, { kind: 'accepted', state: 'queued', before: 0 }))]; // prettier-ignore
    if (entry.kind !== 'emptied') return [fact];
    const births = [...changes].flatMap(([key, change]) =>
      sectionOf(key) === 'void' && (change.after as unknown as VoidRow)[0] === n
        ? voided(key, change.after)
        : [],
    );
    const cancel = { kind: 'cancel', state: 'cancelled', cause: 'cancelled' };
    return [
      fact,
      ...births.map((birth) => own(birth, { ...cancel, before: factOf(after, birth) })),
    ];
  });
}

function enqueued({ detail }: Entry): readonly number[] {
  const { birth, count } = detail as { readonly birth: number; readonly count: number };
  return Array.from({ length: count }, (_, i) => birth + i);
}

/** The fact that told of the sheet that a birth is on. */
const factOf = (store: Reads, birth: number): number => sheetAt(store, birth)![3];
