/** Somebody who looks at a journal that a test writes, half a second at a time. */
import { silent } from '../../../actors/logger.ts';
import { createApi } from '../../../dashboard/server/api.ts';
import { Feed, type Ask } from '../../../dashboard/inspector/feed.ts';
import type { Message } from '../../../dashboard/inspector/message.ts';
import type { Store } from '../../../store/store.ts';
import { START_AT, type HandMade } from '../../actors/hand-made.ts';

class NotFound extends Error {}

/** @param made can be exchanged: the controller of another store */
export function look(of: { made: HandMade }, { showsValues = false } = {}) {
  const told: Message[] = [];
  const said: (string | null)[] = [];
  const asked: string[] = [];
  let wake: (() => void) | undefined;
  let nowMs = 0;
  let rest = () => {};
  const clock = {
    now: () => START_AT + nowMs,
    elapsed: () => nowMs,
    after(ms: number, next: () => void) {
      wake = () => {
        nowMs += ms;
        next();
      };
      rest();
      return () => {};
    },
  };
  /** The server's own: what it does meanwhile does not wake who looks. */
  const still = { ...clock, after: () => () => {} };
  let isAway = false;
  const apis = new Map<Store, ReturnType<typeof createApi>>();
  const apiOf = (store: Store) => {
    const about = { namespace: 'test', version: '1.0.0' };
    const kept = { handlers: new Map(), sources: new Map() };
    const access = { store, clock: still, logger: silent, about, ...kept };
    const api = apis.get(store) ?? createApi(access);
    apis.set(store, api);
    return api;
  };
  const ask: Ask = async (path, query = {}) => {
    if (isAway) throw new Error('nobody answers');
    asked.push(path);
    const response = await apiOf(of.made.store).inject({ url: path, query: textsOf(query) });
    if (response.statusCode === 404) throw new NotFound();
    return response.json();
  };
  const feed = new Feed({
    ask,
    clock,
    showsValues,
    isUnknown: (error) => error instanceof NotFound,
    tell: (message) => void told.push(message),
    said: (trouble) => void said.push(trouble && trouble.message),
  });
  const resting = () => new Promise<void>((resolve) => (rest = resolve));
  return {
    told,
    said,
    asked,
    feed,
    /** Begins to look; resolves when it rests. */
    begin() {
      const rested = resting();
      feed.start();
      return rested;
    },
    /** Half a second later. Returns what has been told meanwhile. */
    async next(): Promise<readonly Message[]> {
      const before = told.length;
      const rested = resting();
      wake!();
      await rested;
      return told.slice(before);
    },
    /** Nobody answers for a while. */
    away(is: boolean) {
      isAway = is;
    },
  };
}

const textsOf = (query: Readonly<Record<string, string | number>>) =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
