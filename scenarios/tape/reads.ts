/**
 * What a life that is replayed reads, told as it was told when it was recorded: each thing once, and from
 * `forget` on all anew.
 */
import type { Runner } from '../../handlers/handler.ts';
import type { Store } from '../../store/store.ts';
import { Known } from './known.ts';
import { createRunnerReads, type RunnerReads } from './runner-reads.ts';
import { spell, type Json } from './spelling.ts';
import { createStoreReads } from './store-reads.ts';

export class Reads {
  readonly store: Store;
  readonly #known = new Known();
  readonly #runner: RunnerReads | undefined;

  constructor(
    store: Store,
    runner: Runner | undefined,
    tell: (word: 'had' | 'runner', body: Json) => void,
  ) {
    this.store = createStoreReads(store, this.#known, (had) => tell('had', spell(had)));
    this.#runner =
      runner &&
      createRunnerReads(runner, (said) => {
        // The others stand in the recording one by one.
        if ('length' in said || 'killable' in said) tell('runner', spell(said));
      });
  }

  get runner(): Runner | undefined {
    return this.#runner?.runner;
  }

  wrote(keys: Iterable<string>): void {
    for (const key of keys) this.#known.point(key);
  }

  forget(): void {
    this.#known.clear();
    this.#runner?.forget();
  }
}
