/**
 * What the seats of a world stand on: its time, its network, its setting, and the ear that hears everything.
 */
import type { Tap } from '../actors/tap.ts';
import type { Work } from '../handlers/handler.ts';
import type { Network } from './network.ts';
import type { Action, Seat, Setting } from './plan.ts';
import type { Behaviour, LedgerLine } from './scripted-runner.ts';
import type { Sight } from './sight.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A sight without its instant. */
export type Seen = Sight extends infer Each
  ? Each extends Sight
    ? Omit<Each, 'atMs'>
    : never
  : never;

export interface Stage {
  readonly setting: Setting;
  readonly namespace: string;
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly ledger: { push(line: LedgerLine): unknown };
  /** Seats in which a process lives. */
  readonly alive: Set<Seat>;
  /** A name that nobody else in this world has. */
  readonly newId: () => string;
  readonly behave: (work: Work) => Behaviour;
  /** One more tap for the nodes of a seat. */
  readonly tapOf: (seat: Seat) => Tap | undefined;
  readonly see: (seen: Seen) => void;
  /** Something has taken effect. */
  readonly took: (action: Action) => void;
}
