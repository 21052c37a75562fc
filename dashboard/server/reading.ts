/**
 * The routes that tell. Each answer is bounded in what it reads, so that a controller that is asked goes
 * on beating: lists come in pages, and `next` of a page is asked for the one after it.
 */
import { listAgents, noAgent, showAgent } from '../../actors/agent-queries.ts';
import { explain } from '../../actors/explain.ts';
import { explainJob } from '../../actors/explain-job.ts';
import { history, type HistoryPage } from '../../actors/history.ts';
import {
  listJobs,
  pageOfSubTransactions,
  show,
  showJob,
  showSubTransaction,
} from '../../actors/queries.ts';
import { countedAs, key } from '../../actors/records.ts';
import type { SubTransactionState } from '../../machines/sub-transaction.ts';
import type { JobView, Liveness } from '../../actors/views.ts';
import type { ApiAccess } from './access.ts';
import { namesLike } from '../../actors/name-search.ts';
import { obstaclesOf } from './class-routes.ts';
import { sumResultsSlowly } from './ingest-summary.ts';
import { logPage } from './log-page.ts';
import { fitting, limitOf, namedPage, startOf } from './pages.ts';
import { badRequest } from './problem.ts';
import type { Query } from './query.ts';
import { get, type Route } from './route.ts';

const STATES = Object.keys(countedAs) as SubTransactionState[];
const LIVENESS: readonly Liveness[] = ['gone', 'cutOff', 'blocked', 'rebooted', 'alive', 'left'];
const ANY = Number.MAX_SAFE_INTEGER;

export const reading: readonly Route[] = [
  get({
    path: '/api/v1/jobs',
    query: ['after', 'limit'],
    answer: (access, { query }) => jobs(access, query),
  }),
  get({
    path: '/api/v1/jobs/:name',
    names: 'job name',
    query: ['summary'],
    answer: (access, { name, query }) => job(access, name, query.flag('summary')),
  }),
  get({
    path: '/api/v1/jobs/:name/explain',
    names: 'job name',
    async answer(access, { name }) {
      const obstacle = (await obstaclesOf(access)).get(name) ?? null;
      const items = explainJob(access.store, name, access.clock.now(), obstacle);
      return { items, next: null };
    },
  }),
  get({
    path: '/api/v1/agents',
    query: ['liveness', 'after', 'limit'],
    answer: (access, { query }) => agents(access, query),
  }),
  get({
    path: '/api/v1/agents/:name',
    names: 'agent id',
    answer: ({ controller, store }, { name }) => controller?.agent(name) ?? showAgent(store, name),
  }),
  get({
    path: '/api/v1/agents/:name/outages',
    names: 'agent id',
    answer({ store, clock, outages }, { name }) {
      if (store.get(key.agent(name)) === undefined) throw noAgent(name);
      return { items: outages.ofAgent(name, clock.now()), next: null };
    },
  }),
  get({
    path: '/api/v1/sub-transactions',
    query: ['state', 'job', 'generation', 'newest', 'after', 'limit'],
    answer: ({ store }, { query }) => subTransactions(store, query),
  }),
  get({
    path: '/api/v1/sub-transactions/:name',
    names: 'id',
    answer({ controller, store }, { name }) {
      const shown = showSubTransaction(store, name);
      const live = countedAs[shown.state] === 'active' ? controller?.show(name) : undefined;
      if (live?.kind !== 'subTransaction') return shown;
      const { progress, toldAt } = live;
      return { ...shown, progress, toldAt };
    },
  }),
  get({
    path: '/api/v1/sub-transactions/:name/log',
    names: 'id',
    query: ['attempt', 'from'],
    answer({ store }, { name, query }) {
      const attempt = query.whole('attempt', 1, ANY);
      const from = query.whole('from', 0, ANY) ?? 0;
      return logPage(store, name, { from, ...(attempt === undefined ? {} : { attempt }) });
    },
  }),
  get({
    path: '/api/v1/sub-transactions/:name/explain',
    names: 'id',
    answer: async ({ store, controller }, { name }) => {
      const obstacle = await controller?.obstacle(name).catch(() => null);
      return { items: explain(store, name, obstacle ?? null), next: null };
    },
  }),
  get({
    path: '/api/v1/named',
    query: ['prefix'],
    answer: ({ store }, { query }) => ({
      items: namesLike(store, query.text('prefix') ?? ''),
      next: null,
    }),
  }),
  get({
    path: '/api/v1/named/:name',
    names: 'name',
    answer: ({ controller, store, clock }, { name }) =>
      controller?.show(name) ?? show(store, name, clock.now()),
  }),
  get({
    path: '/api/v1/history',
    query: ['newest', 'after', 'limit', 'from', 'to', 'job', 'about', 'kind'],
    answer: ({ store }, { query }) => fitting(historyPage(store, query)),
  }),
];

async function jobs(access: ApiAccess, query: Query) {
  const { limit, asked } = namedPage(query, 'job name');
  const obstacles = await obstaclesOf(access);
  const { periodic, singlepass, stopped, finished } = listJobs(
    access.store,
    access.clock.now(),
    asked,
  );
  const names = [periodic, singlepass, stopped, finished]
    .flatMap((some) => some.map(({ name }) => name))
    .sort();
  const isMore = names.length > limit;
  const told = (some: readonly JobView[]) =>
    some
      .filter(({ name }) => !isMore || name < names[limit]!)
      .map((one) => ({ ...one, obstacle: obstacles.get(one.name) ?? null }));
  return {
    periodic: told(periodic),
    singlepass: told(singlepass),
    stopped: told(stopped),
    finished: told(finished),
    next: isMore ? names[limit - 1]! : null,
  };
}

function agents({ controller, store }: ApiAccess, query: Query) {
  const { limit, asked } = namedPage(query, 'agent id');
  const liveness = query.choices('liveness', LIVENESS);
  const filter = { ...asked, ...(liveness && { liveness }) };
  const items = controller?.agents(filter) ?? listAgents(store, undefined, filter);
  const next = items.length > limit ? items[limit - 1]!.id : null;
  return { items: items.slice(0, limit), next };
}

async function job(access: ApiAccess, name: string, isSummed: boolean) {
  const { store, clock } = access;
  const obstacle = (await obstaclesOf(access)).get(name) ?? null;
  const shown = { ...showJob(store, name, clock.now()), obstacle };
  if (!isSummed) return shown;
  const pause = () => new Promise<void>((resolve) => void clock.after(0, resolve));
  const isIngest = shown.source.startsWith('ingest:');
  return { ...shown, summary: isIngest ? await sumResultsSlowly(store, shown, pause) : null };
}

function subTransactions(store: ApiAccess['store'], query: Query) {
  const job = query.text('job');
  const generation = query.whole('generation', 1, ANY);
  const states = query.choices('state', STATES);
  if (generation !== undefined && job === undefined) {
    throw badRequest('A generation is that of a job: give "job" too.');
  }
  return pageOfSubTransactions(
    store,
    {
      ...startOf(query),
      newest: query.flag('newest'),
      ...(job === undefined ? {} : { job }),
      ...(generation === undefined ? {} : { generation }),
      ...(states === undefined ? {} : { states }),
    },
    limitOf(query),
  );
}

function historyPage(store: ApiAccess['store'], query: Query): HistoryPage {
  const [from, to] = [query.instant('from'), query.instant('to')];
  const [job, subject, kinds] = [query.text('job'), query.text('about'), query.words('kind')];
  return history(store, {
    ...startOf(query),
    newest: query.flag('newest'),
    limit: limitOf(query),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(job === undefined ? {} : { job }),
    ...(subject === undefined ? {} : { subject }),
    ...(kinds === undefined ? {} : { kinds }),
  });
}
