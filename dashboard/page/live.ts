/**
 * What is shown stays true: data comes by GET from what the controller acts on; the event stream only says when to
 * ask again.
 *
 *   useLive('jobs/thumbs', { about: (fact) => fact.job === 'thumbs' })
 *       ──▶ { data, error, isStale, at }      asked again when a fact about it comes, at most once a second
 *
 *   a gap, another term, a stream that is back ──▶ everything shown is asked again; `repairing` counts what is not yet
 */
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FactView } from '../../actors/views.ts';
import { bearing, get } from './api.ts';
import { createAsking, type Asking } from './asking.ts';
import { sentenceOf } from './problem.ts';
import { followEvents, type Gap, type Opened, type Stream, type StreamEvent } from './stream.ts';
import { present } from './time.ts';
import { token } from './token.ts';

export interface Live<T> {
  /** Undefined until the first answer. */
  readonly data: T | undefined;
  /** Why the last question had no good answer. `data` is from before, then. */
  readonly error: unknown;
  /** What is shown may not be so any more, and is being asked again. */
  readonly isStale: boolean;
  /** When `data` came, in ms since 1970. */
  readonly at: number | null;
  /** Asks again soon. */
  readonly again: () => void;
}

export interface LiveOptions {
  /** Whether a fact may change what is asked for. Default: every one does. */
  readonly about?: (fact: FactView) => boolean;
  /** Asked again that often besides: for what changes without a fact, as lag and progress do. */
  readonly everyMs?: number;
}

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

export const connection = signal<Connection>({ kind: 'connecting' });
export const missed = signal<Missed | null>(null);
/** How many of the things shown are not repaired yet. */
export const repairing = signal(0);
/** Facts left out of the stream lately, and when the last of them were. */
export const sampled = signal<{ readonly count: number; readonly at: number } | null>(null);

/** While the stream is down everything is asked for this often: it may be only the stream. */
const WHILE_DOWN_MS = 5_000;

interface Shown {
  readonly asking: Asking;
  readonly about: (fact: FactView) => boolean;
  readonly doubt: () => void;
}

const shown = new Set<Shown>();
const listeners = new Set<(event: StreamEvent) => void>();
let stream: Stream | undefined;
let known: Opened | undefined;

const after = (ms: number, wake: () => void) => {
  const timer = setTimeout(wake, ms);
  return () => clearTimeout(timer);
};

/** Begins to follow; once for the page. */
export function startLive(): void {
  const request = (last: number | null, signal: AbortSignal) =>
    fetch('/api/v1/events', {
      headers: { ...bearing(), ...(last === null ? {} : { 'last-event-id': String(last) }) },
      signal,
    });
  stream = followEvents({ request, after }, hear);
  const wake = () => void (document.hidden || stream?.wake());
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  token.subscribe(() => {
    stream?.wake();
    for (const one of shown) one.asking.want();
  });
  setInterval(() => {
    if (connection.value.kind === 'down' && !document.hidden) {
      for (const one of shown) one.asking.want();
    }
  }, WHILE_DOWN_MS);
}

/** Tries to reach the controller now. */
export const reconnect = (): void => stream?.wake();

/** Hears everything that the stream tells, until the returned function is called. */
export function follow(listener: (event: StreamEvent) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function hear(event: StreamEvent): void {
  const at = present();
  switch (event.type) {
    case 'open':
      opened(event.opened, at);
      break;
    case 'down': {
      const since = connection.value.kind === 'down' ? connection.value.since : at;
      connection.value = { kind: 'down', why: event.why, since, nextAt: at + event.againInMs };
      break;
    }
    case 'gap':
      repair({ what: 'gap', at, gap: event.gap });
      break;
    case 'sample':
      sampled.value = { count: event.sample.count, at };
      for (const one of shown) one.asking.want();
      break;
    case 'facts':
      for (const one of shown) if (event.items.some(one.about)) one.asking.want();
      break;
  }
  for (const listener of listeners) listener(event);
}

function opened(now: Opened, at: number): void {
  const before = known;
  known = now;
  connection.value = { kind: 'live', opened: now };
  if (!before) {
    for (const one of shown) one.asking.want();
    return;
  }
  const isSame = before.term === now.term && before.controllerId === now.controllerId;
  repair(isSame ? { what: 'reconnect', at } : { what: 'term', at, term: now.term });
}

/** Everything shown is doubted until it has been asked again. */
function repair(what: Missed): void {
  missed.value = what;
  for (const one of shown) one.doubt();
}

interface Answer<T> {
  readonly path: string;
  readonly data: T | undefined;
  readonly error: unknown;
  readonly at: number | null;
}

/** Asks for a path below /api/v1/ and keeps the answer true; null asks for nothing. */
export function useLive<T>(path: string | null, options: LiveOptions = {}): Live<T> {
  const [answer, setAnswer] = useState<Answer<T>>();
  const [isStale, setStale] = useState(false);
  const { about = () => true, everyMs } = options;
  const latest = useRef(about);
  latest.current = about;
  const again = useRef(() => {});
  useEffect(() => {
    if (path === null) return;
    let isDoubted = false;
    const settle = (isTrueNow: boolean) => {
      if (isDoubted === !isTrueNow) return;
      isDoubted = !isTrueNow;
      repairing.value += isDoubted ? 1 : -1;
      setStale(isDoubted);
    };
    const asking = createAsking({
      after,
      now: () => present(),
      async ask(signal) {
        try {
          const data = await get<T>(path, signal);
          if (signal.aborted) return;
          setAnswer({ path, data, error: undefined, at: present() });
          settle(true);
        } catch (error) {
          if (signal.aborted) return;
          setAnswer((old) => ({
            path,
            data: old && isOf(old.path, path) ? old.data : undefined,
            error,
            at: old?.at ?? null,
          }));
        }
      },
    });
    const one: Shown = {
      asking,
      about: (fact) => latest.current(fact),
      doubt() {
        settle(false);
        asking.want();
      },
    };
    again.current = () => asking.want();
    shown.add(one);
    asking.want();
    const poll =
      everyMs === undefined
        ? undefined
        : setInterval(() => void (document.hidden || asking.want()), everyMs);
    return () => {
      clearInterval(poll);
      shown.delete(one);
      asking.stop();
      settle(true);
    };
  }, [path, everyMs]);
  const mine = answer && path !== null && isOf(answer.path, path) ? answer : undefined;
  return {
    data: mine?.data,
    error: mine?.error,
    isStale: isStale || (mine !== undefined && mine.path !== path),
    at: mine?.at ?? null,
    again: () => again.current(),
  };
}

/** The same thing, perhaps filtered otherwise or another page of it: the old answer stays until the new one is here. */
const isOf = (one: string, other: string) => one.split('?')[0] === other.split('?')[0];

/** The sentence of what went wrong. */
export const errorOf = ({ error }: Live<unknown>): string | null =>
  error === undefined ? null : sentenceOf(error);
