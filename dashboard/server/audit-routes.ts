/** The routes of those who look back: the audit trail of a job, what happened in a time range, what is kept. */
import { Type } from 'typebox';
import { auditPage } from '../../actors/audit.ts';
import { report } from '../../actors/report.ts';
import { badRequest } from './problem.ts';
import { afterOf, fitting, limitOf } from './pages.ts';
import { controllerOf, get, post, type Ground, type Route } from './route.ts';
import type { Query } from './query.ts';

export const auditing: readonly Route[] = [
  get({
    path: '/api/v1/jobs/:name/audit',
    names: 'job name',
    query: ['after', 'limit'],
    answer: ({ store }, { name, query }) =>
      fitting(auditPage(store, name, { after: afterOf(query), limit: limitOf(query) })),
  }),
  get({
    path: '/api/v1/report',
    query: ['from', 'to', 'job'],
    answer: (ground, { query }) => reportOf(ground, query),
  }),
  post({
    path: '/api/v1/prune',
    body: Type.Object({}, { additionalProperties: false }),
    answer: (ground, { by }) => controllerOf(ground).prune(by),
  }),
];

function reportOf({ store, clock }: Ground, query: Query) {
  const [from, to = clock.now()] = [query.instant('from'), query.instant('to')];
  const job = query.text('job');
  if (from === undefined)
    throw badRequest('Say from when on with "from", as 2030-01-31T12:00:00Z.');
  const pause = () => new Promise<void>((resolve) => void clock.after(0, resolve));
  return report(store, { from, to, ...(job === undefined ? {} : { job }) }, pause);
}
