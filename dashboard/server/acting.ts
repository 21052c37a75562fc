/**
 * The routes that have something done. What is answered is on record; who asked for it, too.
 *
 * Asked twice, most change nothing more: a job of the same source goes on, a batch that was taken over is
 * not taken again, what is stopped or decided is told so. Work without an id is accepted twice.
 */
import { Type, type Static } from 'typebox';
import { subRowOf, summaryOf } from '../../actors/queries.ts';
import { key, type JobRow } from '../../actors/records.ts';
import { checkRules } from '../../actors/job-rules.ts';
import { jobView } from '../../actors/views.ts';
import type { Handler } from '../../handlers/handler.ts';
import { checkValue } from '../../transport/value.ts';
import type { BegunJob } from '../../actors/controller-api.ts';
import { badRequest } from './problem.ts';
import { makeJob } from './job-sources.ts';
import { controllerOf, post, type Ground, type Route } from './route.ts';
import { nearest } from '../../actors/nearest.ts';
import { withHandlers, Work, WorkLine, WorkPolicy } from './work.ts';

/** Items of one batch: a turn takes them all. */
const ITEMS_MAX = 1_000;

const closed = { additionalProperties: false };
const Nothing = Type.Object({}, closed);
const position = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const Hook = Type.Object({ handler: Type.String(), input: Type.Optional(Type.Unknown()) }, closed);

/** Which of them can be is for `checkRules` to say. */
const Rules = {
  processClass: Type.Optional(Type.String()),
  maxActive: Type.Optional(Type.Number()),
  ticks: Type.Optional(
    Type.Array(
      Type.Object(
        {
          everyMs: Type.Optional(Type.Number()),
          cron: Type.Optional(Type.String()),
          timeZone: Type.Optional(Type.String()),
        },
        closed,
      ),
    ),
  ),
  misfire: Type.Optional(Type.Enum(['skip', 'once'])),
  preJob: Type.Optional(Hook),
  postJob: Type.Optional(Hook),
};

const JobStart = Type.Object(
  {
    name: Type.Optional(Type.String()),
    /** What else it has depends on its kind. */
    source: Type.Object({ kind: Type.String() }),
    ...Rules,
  },
  closed,
);
type JobStart = Static<typeof JobStart>;

const Items = Type.Object(
  {
    generation: position,
    after: position,
    items: Type.Array(WorkLine, { maxItems: ITEMS_MAX }),
    policy: Type.Optional(WorkPolicy),
    ended: Type.Boolean(),
  },
  closed,
);

const WorkStart = Type.Object({ ...Work, policy: Type.Optional(WorkPolicy) }, closed);

export const acting: readonly Route[] = [
  post({
    path: '/api/v1/jobs',
    body: JobStart,
    status: 201,
    answer: async (ground, { body, by }) => {
      const { name, generation, resumed, taken } = await startJob(ground, body, by);
      return { name, generation, resumed, taken };
    },
  }),
  post({
    path: '/api/v1/jobs/:name/items',
    names: 'job name',
    body: Items,
    answer: async (ground, { name, body, by }) => {
      const controller = controllerOf(ground);
      const { generation, after, ended } = body;
      const items = withHandlers(ground.findHandler, body.items, body.policy, after);
      return { taken: await controller.enqueue(name, { generation, after, items, ended, by }) };
    },
  }),
  post({
    path: '/api/v1/jobs/:name/stop',
    names: 'job name',
    body: Nothing,
    answer: async (ground, { name, by }) => {
      await controllerOf(ground).stopJob(name, by);
      return jobView(ground.store.get(key.job(name)) as unknown as JobRow, ground.clock.now());
    },
  }),
  post({
    path: '/api/v1/jobs/:name/retry',
    names: 'job name',
    body: Nothing,
    answer: async (ground, { name, by }) => ({
      retried: await controllerOf(ground).retryFailed(name, by),
    }),
  }),
  post({
    path: '/api/v1/jobs/:name/cleanup',
    names: 'job name',
    body: Nothing,
    answer: async (ground, { name, by }) => {
      await controllerOf(ground).cleanup(name, by);
      return { name };
    },
  }),
  post({
    path: '/api/v1/sub-transactions',
    body: WorkStart,
    status: 201,
    answer: async (ground, { body, by }) => {
      const controller = controllerOf(ground);
      const handler = ground.findHandler(body.handler, body.policy);
      const options = { by, ...(body.id === undefined ? {} : { id: body.id }) };
      // Nothing of it is run here.
      const { id, birth } = await controller.accept(handler as Handler, body.input, options);
      return { id, birth };
    },
  }),
  decision('retry', (ground, id, by) => controllerOf(ground).retry(id, by)),
  decision('cancel', (ground, id, by) => controllerOf(ground).cancel(id, by)),
  decision('accept', (ground, id, by) => controllerOf(ground).acceptParked(id, by)),
  post({
    path: '/api/v1/sub-transactions/:name/decide',
    names: 'id',
    body: Type.Object(
      { as: Type.Enum(['done', 'redo']), key: Type.Optional(Type.String()) },
      closed,
    ),
    answer: async (ground, { name, body: { as, ...key }, by }) => {
      await controllerOf(ground).decide(name, as, { ...key, by });
      return summaryOf(ground.store, subRowOf(ground.store, name));
    },
  }),
  decision('give-up', (ground, id, by) => controllerOf(ground).giveUp(id, by)),
  post({
    path: '/api/v1/agents/:name/drain',
    names: 'agent id',
    body: Type.Object({ drain: Type.Boolean() }, closed),
    answer: (ground, { name, body, by }) => controllerOf(ground).drain(name, body.drain, by),
  }),
];

/** What a person decides on a sub-transaction; `retry` of an ended one makes another. */
function decision(
  word: string,
  decide: (ground: Ground, id: string, by: string) => Promise<string | void>,
): Route {
  return post({
    path: `/api/v1/sub-transactions/:name/${word}`,
    names: 'id',
    body: Nothing,
    answer: async (ground, { name, by }) => {
      const id = (await decide(ground, name, by)) ?? name;
      return summaryOf(ground.store, subRowOf(ground.store, id));
    },
  });
}

async function startJob(
  ground: Ground,
  { name, source, ...given }: JobStart,
  by: string,
): Promise<BegunJob> {
  const controller = controllerOf(ground);
  const rules = checkRules(given, ground.clock.now());
  for (const hook of [rules.preJob, rules.postJob]) if (hook) ground.findHandler(hook.handler);
  const spec: { readonly kind: string; readonly [key: string]: unknown } = { ...source };
  checkValue(spec, 'source');
  if (spec.kind === 'items') {
    const { id } = spec;
    if (name === undefined) throw badRequest('The body lacks "name": a job of items needs one.');
    if (typeof id !== 'string' || !/^[!-~]{1,200}$/.test(id) || Object.keys(spec).length !== 2) {
      throw badRequest(
        'source of the body must be {"kind":"items","id":…} with an id that names these very items: sha256: and the hash of them, say.',
      );
    }
    return controller.beginJob({ name, source: id, rules, by });
  }
  const make = ground.sources.get(spec.kind);
  if (make) {
    const named = { by, ...(name === undefined ? {} : { name }) };
    const job = await makeJob(ground.clock, make, spec, named);
    return controller.startJob({ ...job, rules });
  }
  const kinds = ['items', ...ground.sources.keys()].sort();
  const meant = nearest(spec.kind, kinds);
  const hint = meant === undefined ? `it may be ${kinds.join(', ')}.` : `do you mean "${meant}"?`;
  throw badRequest(`source/kind of the body is ${JSON.stringify(spec.kind.slice(0, 80))}; ${hint}`);
}
