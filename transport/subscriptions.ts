/** Who has subscribed to what, for adapters that have no broker to know it. */
import { isPattern, matches } from './subjects.ts';

export interface Subscription {
  readonly receive: (bytes: Uint8Array, subject: string) => void;
}

/** Who listens to what. Plain subjects are looked up, only patterns are compared one by one. */
export function createSubscriptions() {
  const plain = new Map<string, Set<Subscription>>();
  const patterns = new Map<Subscription, string>();
  const held = new Set<Subscription>();
  return {
    holds: (subscription: Subscription) => held.has(subscription),
    of(subject: string): Subscription[] {
      const found = [...(plain.get(subject) ?? [])];
      for (const [subscription, pattern] of patterns) {
        if (matches(subject, pattern)) found.push(subscription);
      }
      return found;
    },
    add(pattern: string, subscription: Subscription): () => void {
      held.add(subscription);
      if (isPattern(pattern)) patterns.set(subscription, pattern);
      else plain.set(pattern, (plain.get(pattern) ?? new Set()).add(subscription));
      return () => {
        held.delete(subscription);
        patterns.delete(subscription);
        const sharers = plain.get(pattern);
        if (sharers?.delete(subscription) && sharers.size === 0) plain.delete(pattern);
      };
    },
  };
}
