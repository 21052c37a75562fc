/**
 * The OpenAPI document (3.1) of the interface: made from the table of routes, and from what answers.ts says of each.
 *
 *   routes ─▶ paths, names, queries, bodies        shapes.ts ─▶ summaries, answers, components
 */
import type { Answers } from './answers.ts';
import { PROBLEM_TYPE } from './problem.ts';
import type { Route } from './route.ts';
import { OPERATIONS, SHAPES } from './shapes.ts';

const text = { type: 'string' };
const whole = { type: 'integer', minimum: 0 };
const instant = { type: 'string', format: 'date-time' };
const flag = { type: 'boolean', default: false };

interface Parameter {
  readonly schema: object;
  readonly description: string;
}

/** What may stand in a query, by its name: it means the same wherever it may. */
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  about: { schema: text, description: 'About the job, sub-transaction or agent of that name.' },
  after: { schema: text, description: '`next` of the page before; left out: the first page.' },
  attempt: { schema: whole, description: 'Number of an attempt. Default: the present or last.' },
  from: { schema: text, description: 'Not before that instant; of a log: from that byte on.' },
  generation: { schema: whole, description: 'Number of a run. Default: the present or last.' },
  job: { schema: text, description: 'Of the job of that name.' },
  kind: { schema: text, description: 'Kinds of facts, several with commas.' },
  limit: { schema: { ...whole, minimum: 1, maximum: 1_000 }, description: 'Items of one page.' },
  liveness: { schema: text, description: 'What silence or word of an agent means, several with commas.' },
  newest: { schema: flag, description: 'The newest first.' },
  prefix: { schema: text, description: 'How the names begin.' },
  state: { schema: text, description: 'States, several with commas.' },
  summary: { schema: flag, description: 'Adds up what became of the entries of an ingest.' },
  to: { schema: instant, description: 'Before that instant.' },
  version: { schema: { ...whole, minimum: 1 }, description: 'A version. Default: the newest.' },
}; // prettier-ignore

/** Names of parameters that are described. */
export const described: ReadonlySet<string> = new Set(Object.keys(PARAMETERS));

const problem = {
  description: 'Not done, or not to be told: one sentence says why, and what to do.',
  content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

const Problem = {
  description: 'As RFC 9457 has it.',
  type: 'object',
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { description: 'One sentence that says what to do.', type: 'string' },
    code: { description: 'For programs: unknown, jobTaken, badRequest, …', type: 'string' },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
};

/** @param routes all there are @param version of the package */
export function openapi(
  routes: readonly Route[],
  version: string,
): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = (paths[route.path.replace(':name', '{name}')] ??= {});
    path[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lifeline',
      version,
      description:
        'Lists come in pages { items, next }. Instants are ISO 8601 in UTC, durations end in Ms. null means not known, or not yet.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The controller that has told you this.' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: { ...SHAPES, Problem },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'What the file `token` of the data directory holds: for every POST, and for every request at an address that others can reach.',
        },
      },
    },
  };
}

function operationOf(route: Route) {
  const { says, gives } = OPERATIONS[`${route.method} ${route.path}` as keyof Answers];
  const media = route.streams ? 'text/event-stream' : (route.text ?? 'application/json');
  return {
    summary: says,
    operationId: operationIdOf(route),
    ...(route.method === 'POST' && { security: [{ token: [] }] }),
    parameters: [...parametersOf(route)],
    ...(route.body && {
      requestBody: { required: true, content: { 'application/json': { schema: route.body } } },
    }),
    responses: {
      [route.status ?? 200]: { description: says, content: { [media]: { schema: gives } } },
      default: problem,
    },
  };
}

function* parametersOf({ names, query = [], method, streams }: Route) {
  if (names !== undefined) {
    const schema = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' };
    yield { name: 'name', in: 'path', required: true, description: `The ${names}.`, schema };
  }
  for (const name of query) yield { name, in: 'query', ...PARAMETERS[name]! };
  if (streams) {
    const description = 'The id of the last event that came: goes on behind it.';
    yield { name: 'last-event-id', in: 'header', schema: whole, description };
  }
  if (method === 'POST') {
    const description = 'Who asks, for the record. Default: http.';
    yield { name: 'lifeline-by', in: 'header', schema: { ...text, maxLength: 200 }, description };
  }
}

/** `getJobsExplain`, `postSubTransactionsGiveUp`. */
function operationIdOf({ method, path, names }: Route): string {
  const steps = path.replace('/api/v1/', '/').replace('.json', '').split('/');
  const words = steps.flatMap((step) => (step === ':name' ? [] : step.split('-')));
  const isOne = names !== undefined && path.endsWith(':name');
  return (
    method.toLowerCase() +
    words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') +
    (isOne ? 'ByName' : '')
  );
}
