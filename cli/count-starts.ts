/** How often work was begun, as the agents themselves have it on record. */
import type { AgentEntry } from '../actors/agent-records.ts';
import { openLmdbStore } from '../store/lmdb.ts';

export interface Starts {
  /** Starts of fences over all agents. */
  readonly starts: number;
  /** How many of them were not the first of their fence. */
  readonly startedAgain: number;
}

/**
 * Counts the intents in the agents' journals: one is written before each start, and for nothing else.
 *
 * @param directories of the agents' stores, which nobody holds
 */
export async function countStarts(directories: readonly string[]): Promise<Starts> {
  const seen = new Set<string>();
  let starts = 0;
  for (const directory of directories) {
    const store = await openLmdbStore(directory);
    for (const [, value] of store.read(1)) {
      const { kind, birth, attempt } = value as unknown as AgentEntry;
      if (kind !== 'intent') continue;
      starts++;
      seen.add(`${birth}/${attempt}`);
    }
    await store.close();
  }
  return { starts, startedAgain: starts - seen.size };
}
