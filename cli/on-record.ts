/**
 * What is on record where the controller that was asked has ended in order: it leaves its directory idle, and
 * the end that somebody waits for may be in there.
 */
import type { Store } from '../store/store.ts';
import { addressOf } from './address.ts';
import { openIdle } from './controller-store.ts';
import type { Call } from './verb.ts';

/**
 * Returns what looks once, when nobody holds the directory any more. Not more often: who looks holds the
 * directory for that moment, and a controller may want to begin there.
 */
export function onRecord<T>(
  { values: { url, data } }: Pick<Call, 'values'>,
  look: (store: Store) => T | undefined | Promise<T | undefined>,
): () => Promise<T | undefined> {
  let hasLooked = url !== undefined;
  return async () => {
    if (hasLooked || addressOf(data) !== undefined) return undefined;
    const store = await openIdle(data).catch(() => undefined);
    if (store === undefined) return undefined;
    hasLooked = true;
    try {
      return await look(store);
    } finally {
      await store.close();
    }
  };
}
