/**
 * What the event stream means for what is shown: what must be asked again, and what people are told meanwhile.
 *
 *   facts, sample ──▶ what they are about is asked again        while nobody looks: once, when somebody does
 *   gap, another term, a stream that is back ──▶ everything is doubted ──▶ `repairing` counts what is not asked yet
 */
import { signal } from '@preact/signals';
import type { FactView } from '../../actors/views.ts';
import type { Gap, Opened, StreamEvent } from './stream.ts';

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live'; readonly opened: Opened }
  | {
      readonly kind: 'down';
      readonly why: string;
      readonly since: number;
      readonly nextAt: number;
    };

/** What has been missed and is being repaired, or was just now. */
export type Missed =
  | { readonly what: 'reconnect'; readonly at: number }
  | { readonly what: 'term'; readonly at: number; readonly term: number | null }
  | { readonly what: 'gap'; readonly at: number; readonly gap: Gap };

/** Something that is shown. */
export interface Shown {
  readonly about: (fact: FactView) => boolean;
  /** Asks again soon. */
  readonly want: () => void;
  /** It may not be so any more: `repairing` counts it until it has been asked. */
  readonly doubt: () => void;
}

export const connection = signal<Connection>({ kind: 'connecting' });
export const missed = signal<Missed | null>(null);
/** How many of the things shown are not repaired yet. */
export const repairing = signal(0);
/** When facts were left out of the stream last, in ms since 1970. */
export const sampledAt = signal<number | null>(null);

const shown = new Set<Shown>();
let known: Opened | undefined;
let isOverdue = false;

/** Keeps it true until the returned function is called. */
export function keepTrue(one: Shown): () => void {
  shown.add(one);
  return () => void shown.delete(one);
}

/** All of it may have changed. */
export function wantAll(): void {
  isOverdue = false;
  for (const one of shown) one.want();
}

/** Somebody looks again: what came meanwhile counts now. */
export function lookAgain(): void {
  if (isOverdue) wantAll();
}

/** @param at the present, in ms since 1970 @param isSeen false while the page is hidden */
export function hear(event: StreamEvent, at: number, isSeen: boolean): void {
  switch (event.type) {
    case 'open':
      return open(event.opened, at);
    case 'down': {
      const since = connection.value.kind === 'down' ? connection.value.since : at;
      connection.value = { kind: 'down', why: event.why, since, nextAt: at + event.againInMs };
      return;
    }
    case 'gap':
      return repair({ what: 'gap', at, gap: event.gap });
    case 'sample':
      sampledAt.value = at;
      if (isSeen) return wantAll();
      break;
    case 'facts':
      if (isSeen) return ask(event.items);
      break;
  }
  isOverdue = true;
}

function ask(facts: readonly FactView[]): void {
  for (const one of shown) if (facts.some(one.about)) one.want();
}

function open(now: Opened, at: number): void {
  const before = known;
  known = now;
  connection.value = { kind: 'live', opened: now };
  if (!before) return wantAll();
  const isSame = before.term === now.term && before.controllerId === now.controllerId;
  repair(isSame ? { what: 'reconnect', at } : { what: 'term', at, term: now.term });
}

function repair(what: Missed): void {
  missed.value = what;
  for (const one of shown) one.doubt();
}
