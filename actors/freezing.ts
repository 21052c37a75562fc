/**
 * How a life is written down between two of its turns, and taken up again elsewhere: what a recording begins with
 * that does not begin with the life.
 *
 *   freeze(part) ──▶ part.remember(memory) ──▶ { name: value, … }      thaw(part, it) ──▶ part.remember(memory)
 *
 * A part names what it remembers once, and the same list is written and read. What has come in and is not taken
 * yet belongs to the turn that takes it; what the store holds is not written again. What is frozen is plain data
 * which JSON can carry, but for bytes: a map, a set and an endless number are objects whose one name begins with `$`.
 */
import type { Value } from '../store/store.ts';

/** A part of a node that remembers something from one turn to the next. */
export interface Remembering {
  /**
   * Shows `memory` all that the part remembers. Whatever it does beside must change nothing of a part that is
   * being frozen. Before a part is thawed it is as it was made.
   */
  remember(memory: Memory): void;
}

/** Writes down what it is shown, or puts in its place what was written down. */
export interface Memory {
  /** @returns `value`; when thawing, what was written down under that name, and `value` where nothing was */
  keep<T>(name: string, value: T): T;
  /** When thawing, what it was filled with takes the place of what is in it. */
  fill<Key, Item>(name: string, collection: Map<Key, Item> | Set<Key>): void;
  part(name: string, part: Remembering): void;
}

type Written = Readonly<Record<string, Value | undefined>>;

/** What a part remembers; nothing of it changes afterwards. */
export function freeze(part: Remembering): Value {
  const written: Record<string, Value> = {};
  const keep = <T>(name: string, value: T): T => {
    if (value !== undefined) written[name] = plain(value);
    return value;
  };
  part.remember({
    keep,
    fill: keep,
    part: (name, inner) => void (written[name] = freeze(inner)),
  });
  return written;
}

/** Has a part that was just made remember what another has. @param frozen from `freeze`, possibly by way of a file */
export function thaw(part: Remembering, frozen: Value): void {
  const written = frozen as Written;
  part.remember({
    keep: <T>(name: string, value: T) =>
      written[name] === undefined ? value : (revived(written[name]) as T),
    fill(name, collection) {
      if (written[name] === undefined) return;
      const content = revived(written[name]);
      collection.clear();
      if (collection instanceof Set) for (const key of content as Set<never>) collection.add(key);
      else for (const [key, item] of content as Map<never, never>) collection.set(key, item);
    },
    part(name, inner) {
      if (written[name] !== undefined) thaw(inner, written[name]);
    },
  });
}

/** The value as plain data. */
function plain(value: unknown): Value {
  if (value instanceof Map) return { $map: [...value].map(plain) };
  if (value instanceof Set) return { $set: [...value].map(plain) };
  if (value === Infinity || value === -Infinity) return { $number: String(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array)
    return value as Value;
  // A name of somebody else's that begins with `$` gets another one.
  const named = Object.entries(value).flatMap(([name, item]): [string, Value][] =>
    item === undefined ? [] : [[name.startsWith('$') ? `$${name}` : name, plain(item)]],
  );
  return Object.fromEntries(named);
}

/** What `plain` has made plain. */
function revived(value: Value | undefined): unknown {
  if (Array.isArray(value)) return (value as readonly Value[]).map(revived);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const { $map, $set, $number } = value as Written;
  if ($map !== undefined) return new Map(revived($map) as [unknown, unknown][]);
  if ($set !== undefined) return new Set(revived($set) as unknown[]);
  if ($number !== undefined) return Number($number);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name.startsWith('$$') ? name.slice(1) : name,
      revived(item as Value),
    ]),
  );
}
