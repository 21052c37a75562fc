/**
 * The routes for whoever watches: how the controller stands, all at one glance, what changes, and what programs
 * that watch want (a load balancer, Prometheus).
 */
import { countParked } from '../../actors/queries.ts';
import { key, type MetaRow } from '../../actors/records.ts';
import { countUnconfirmed } from '../../actors/unconfirmed.ts';
import { instantOrNull } from '../../actors/views.ts';
import type { ApiAccess } from './access.ts';
import { overview } from './overview.ts';
import { positionOf } from './position.ts';
import { badRequest, RequestRefused } from './problem.ts';
import { controllerOf, get, stream, type Asked, type Route } from './route.ts';

export const watching: readonly Route[] = [
  // Open to all (guard.ts), so it tells nothing else.
  get({ path: '/healthz', answer: (access) => health(access) }),
  get({ path: '/api/v1/status', answer: (access) => status(access) }),
  get({ path: '/api/v1/overview', answer: (access) => overview(access, status(access)) }),
  stream({
    path: '/api/v1/events',
    query: ['after'],
    answer: ({ feed }, asked) => feed.admit(lastNumberOf(asked)),
  }),
];

function health(access: ApiAccess) {
  const { phase } = controllerOf(access).status();
  if (phase === 'active' || phase === 'draining') return { status: 'ok' };
  throw new RequestRefused(
    'recovering',
    phase === 'ended'
      ? 'The controller has ended: start it again.'
      : 'The last term could not record what it decided, and the next one has not begun: the log of the controller says why.',
  );
}

/** How the controller stands; what only a running one knows is null without one. */
export interface StatusView {
  readonly namespace: string;
  readonly controllerId: string | null;
  readonly term: number | null;
  readonly version: string;
  /** `recovering`: nothing is decided until the next term has begun. */
  readonly phase: 'active' | 'recovering' | 'draining' | 'ended' | null;
  /** Number of the last fact. */
  readonly position: number;
  /** False while its transport brings nothing: of agents nothing is known then. */
  readonly hears: boolean | null;
  /** When the watchdog looks at all that is out there next. */
  readonly nextSweepAt: string | null;
  readonly parked: number;
  readonly unconfirmed: number;
}

function status(access: ApiAccess): StatusView {
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

function lastNumberOf({ query, lastEventId }: Asked): number | undefined {
  if (lastEventId === undefined) return query.whole('after', 0, Number.MAX_SAFE_INTEGER);
  const number = /^\d{1,16}$/.test(lastEventId) ? Number(lastEventId) : NaN;
  if (Number.isSafeInteger(number)) return number;
  throw badRequest('The header last-event-id must be the number of a fact.');
}
