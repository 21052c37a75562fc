/** A turn loop for tests: its logic is given, its disk can be held or slowed, and it notes what it does. */
import type { LifeTap } from '../../actors/tap.ts';
import type { Turn } from '../../actors/turn.ts';
import { TurnLoop, type Logic, type Phase } from '../../actors/turn-loop.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { createMemoryDisk, openMemoryStore } from '../../store/memory.ts';
import type { Store } from '../../store/store.ts';
import { Process } from '../../scenarios/world-process.ts';

export type Take = (input: string, turn: Turn<string>) => void;

/** A loop over a memory disk; what it did, in order: `take x`, `due x`, `recorded 3`, `act x`. */
export async function begin(
  options: {
    readonly first?: 'inbox' | 'deadlines';
    readonly take?: Take;
    readonly finish?: (turn: Turn<string>) => void;
    readonly perform?: (effect: string) => void;
    readonly observe?: (phase: Phase, turn: number) => void;
    readonly schedule?: (sync: () => void) => void;
    readonly tap?: (store: Store) => LifeTap<string, string>;
  } = {},
) {
  const clock = createVirtualClock();
  const disk = createMemoryDisk(
    options.schedule === undefined ? {} : { schedule: options.schedule },
  );
  const store = await openMemoryStore(disk);
  const did: string[] = [];
  const failures: unknown[] = [];
  const logic: Logic<string, string> = {
    take(input, turn) {
      did.push(`take ${input}`);
      (options.take ?? recordAndAct)(input, turn);
    },
    due(name, turn) {
      did.push(`due ${name}`);
      turn.act(`due ${name}`);
    },
    finish: options.finish ?? (() => {}),
    remember: () => {},
    perform(effect) {
      did.push(`act ${effect}`);
      options.perform?.(effect);
    },
  };
  const process = new Process(clock);
  const loop = new TurnLoop({
    clock: process.clock,
    store: watched(store, did),
    startAt: clock.now(),
    logic,
    first: options.first ?? 'inbox',
    failed: (error) => void failures.push(error),
    tap: options.tap?.(store),
    observe: options.observe,
  });
  return { clock, process, disk, store, loop, did, failures };
}

export const recordAndAct: Take = (input, turn) => {
  turn.record(input);
  turn.act(input);
};

/** Notes when an append becomes durable: `recorded n`, n the position after it. */
function watched(store: Store, did: string[]): Store {
  return {
    ...store,
    append: (batch, { expect }) =>
      store.append(batch, { expect }).then(() => {
        did.push(`recorded ${expect + batch.entries.length}`);
      }),
  };
}
