/**
 * What may follow a word of a scenario file, as a table: the reader and the writer both go by it.
 *
 *   5s   cut   a1   both   for=30s
 *              place place  field
 *
 * The types hold such a table to the data it stands for: a key without a part, or one that is needed here
 * and optional there, does not compile.
 */
import type { Kind } from './values.ts';

/** One value: by its place in the line, or as `name=value`. */
export interface Single<T> {
  readonly kind: Kind<T>;
  /** Of the field; undefined: it goes by its place. */
  readonly name?: string;
  readonly isNeeded: boolean;
}

/** Fields that stand in the line, and in an object of their own in the data. */
export interface Group<T> {
  readonly group: Parts<T>;
}

/** A list with a line for each, below the line. */
export interface Lines<T> {
  /** The word each of them begins with. */
  readonly word: string;
  readonly each: Parts<T>;
}

/** True where a key cannot be left out. */
type IsNeeded<A, K extends keyof A> = Pick<A, never> extends Pick<A, K> ? false : true;

type PartOf<T, N> =
  | (Single<T> & { readonly isNeeded: N })
  | (T extends readonly (infer E extends object)[] ? Lines<E> : never)
  | (T extends readonly unknown[] ? never : T extends object ? Group<T> : never);

export type Parts<A> = {
  readonly [K in keyof A]-?: PartOf<Exclude<A[K], undefined>, IsNeeded<A, K>>;
};

/** A table of whatever it stands for. */
export type AnyParts = Readonly<Record<string, AnyPart>>;
export type AnyPart =
  | Single<unknown>
  | { readonly group: AnyParts }
  | { readonly word: string; readonly each: AnyParts };

/** Every single part of a table, with those in groups, and where its value goes. */
export function* singles(
  parts: AnyParts,
  under: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly part: Single<unknown> }> {
  for (const [key, part] of Object.entries(parts)) {
    if ('group' in part) yield* singles(part.group, [...under, key]);
    else if ('kind' in part) yield { path: [...under, key], part };
  }
}

/** The part of a table that is a list of lines, and its key. */
export function linesOf(
  parts: AnyParts,
): { readonly key: string; readonly word: string; readonly each: AnyParts } | undefined {
  for (const [key, part] of Object.entries(parts)) if ('each' in part) return { key, ...part };
  return undefined;
}

/** By its place, and never left out. */
export const place = <T>(kind: Kind<T>) => ({ kind, isNeeded: true }) as const;

/** By its place at the end, or left out. */
export const lastPlace = <T>(kind: Kind<T>) => ({ kind, isNeeded: false }) as const;

/** `name=value`, or left out. */
export const field = <T>(name: string, kind: Kind<T>) => ({ kind, name, isNeeded: false }) as const;

/** `name=value`, and never left out. */
export const needed = <T>(name: string, kind: Kind<T>) => ({ kind, name, isNeeded: true }) as const;
