/**
 * The routes for whoever watches: how the controller stands, all at one glance, what changes, and what programs
 * that watch want (a load balancer, Prometheus).
 */
import type { ApiAccess } from './access.ts';
import { overview } from './overview.ts';
import { badRequest, RequestRefused } from './problem.ts';
import { controllerOf, get, stream, type Asked, type Route } from './route.ts';
import { status } from './status.ts';

/** Of Prometheus. */
const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

export const watching: readonly Route[] = [
  // Open to all (guard.ts), so it tells nothing else.
  get({ path: '/healthz', answer: (access) => health(access) }),
  get({ path: '/metrics', text: TEXT_FORMAT, answer: ({ metrics }) => metrics.text() }),
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

function lastNumberOf({ query, lastEventId }: Asked): number | undefined {
  if (lastEventId === undefined) return query.whole('after', 0, Number.MAX_SAFE_INTEGER);
  const number = /^\d{1,16}$/.test(lastEventId) ? Number(lastEventId) : NaN;
  if (Number.isSafeInteger(number)) return number;
  throw badRequest('The header last-event-id must be the number of a fact.');
}
