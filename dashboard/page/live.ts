/**
 * What is shown stays true: data comes by GET from what the controller acts on; the event stream only says when to
 * ask again.
 *
 *   useLive('jobs/thumbs', { about: (fact) => fact.job === 'thumbs' })
 *       ──▶ { data, error, isStale, at }      asked again when a fact about it comes, at most once a second
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FactView } from '../../actors/views.ts';
import { bearing, get } from './api.ts';
import { createAsking } from './asking.ts';
import { connection, hear, keepTrue, lookAgain, repairing, wantAll } from './following.ts';
import { followEvents, type Stream } from './stream.ts';
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

/** While the stream is down everything is asked for this often: it may be only the stream. */
const WHILE_DOWN_MS = 5_000;

let stream: Stream | undefined;

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
  stream = followEvents({ request, after }, (event) => hear(event, present(), !document.hidden));
  const wake = () => {
    if (document.hidden) return;
    stream?.wake();
    lookAgain();
  };
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  token.subscribe(() => {
    stream?.wake();
    wantAll();
  });
  setInterval(() => {
    if (connection.value.kind === 'down' && !document.hidden) wantAll();
  }, WHILE_DOWN_MS);
}

/** Tries to reach the controller now. */
export const reconnect = (): void => stream?.wake();

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
    const forget = keepTrue({
      about: (fact) => latest.current(fact),
      want: asking.want,
      doubt() {
        settle(false);
        asking.want();
      },
    });
    again.current = asking.want;
    asking.want();
    const poll =
      everyMs === undefined
        ? undefined
        : setInterval(() => void (document.hidden || asking.want()), everyMs);
    return () => {
      clearInterval(poll);
      forget();
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
