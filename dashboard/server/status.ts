/** How the controller stands, in a few words: its term, what it hears, and what waits for a person. */
import type { ControllerStatus } from '../../actors/controller-status.ts';
import { countParked } from '../../actors/queries.ts';
import { key, type MetaRow } from '../../actors/records.ts';
import { countUnconfirmed } from '../../actors/unconfirmed.ts';
import { instantOrNull } from '../../actors/views.ts';
import type { ApiAccess } from './access.ts';
import { positionOf } from './position.ts';

/** What only a running controller knows is null without one. */
export interface StatusView {
  readonly namespace: string;
  readonly controllerId: string | null;
  readonly term: number | null;
  readonly version: string;
  /** `recovering`: nothing is decided until the next term has begun. */
  readonly phase: ControllerStatus['phase'] | null;
  /** Number of the last fact. */
  readonly position: number;
  /** False while its transport brings nothing: of agents nothing is known then. */
  readonly hears: boolean | null;
  /** When the watchdog looks at all that is out there next. */
  readonly nextSweepAt: string | null;
  /** Sub-transactions that wait for a person. */
  readonly parked: number;
  /** Attempts that were given up and whose end nobody has told. */
  readonly unconfirmed: number;
}

export function status(access: ApiAccess): StatusView {
  const { store, about, controller } = access;
  const meta = store.get(key.meta) as MetaRow | undefined;
  const live = controller?.status();
  return {
    namespace: about.namespace,
    controllerId: meta?.controllerId ?? null,
    term: meta?.term ?? null,
    version: about.version,
    phase: live?.phase ?? null,
    position: positionOf(access),
    hears: live?.hears ?? null,
    nextSweepAt: instantOrNull(live?.nextSweepAt ?? null),
    parked: countParked(store),
    unconfirmed: [...countUnconfirmed(store).values()].reduce((sum, n) => sum + n, 0),
  };
}
