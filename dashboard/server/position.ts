/** The number of the last fact, for whoever is not the writer of the store. */
import { factFrom } from '../../actors/facts.ts';
import type { ApiAccess } from './access.ts';

/** A running controller tells it; without one it is felt for, since only a writer may ask a store. */
export function positionOf({ controller, store }: Pick<ApiAccess, 'store' | 'controller'>): number {
  if (controller) return controller.status().position;
  let high = 1;
  while (factFrom(store, high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (factFrom(store, middle)) low = middle;
    else high = middle;
  }
  return low;
}
