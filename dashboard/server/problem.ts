/**
 * What cannot be answered, as RFC 9457 has it: a status, a code for programs, a sentence for people.
 *
 *   { type: 'urn:lifeline:error:unknown', title: 'Not found', status: 404, detail: 'There is no job "x"; …',
 *     code: 'unknown' }
 *
 * Errors that the layers below have a sentence for keep it. Of what nobody foresaw nothing is told.
 */
import { OutcomeUnknown } from '../../actors/controller.ts';
import { Refused } from '../../actors/refused.ts';
import { InvalidInput } from '../../actors/work-item.ts';
import { InvalidHandler } from '../../handlers/define-handler.ts';
import { UnusableTrees } from '../../handlers/ingest-trees.ts';
import { InvalidSetting } from '../../machines/timing.ts';
import { InvalidId } from '../../transport/ids.ts';
import { ValueRefused } from '../../transport/value.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** One sentence that says what to do. */
  readonly detail: string;
  readonly code: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

const STATUS = {
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  noRoute: 404,
  noScenario: 404,
  methodNotAllowed: 405,
  tooLarge: 413,
  notJson: 415,
  tooManyHeaders: 431,
  internal: 500,
  noStream: 501,
  busy: 503,
  noController: 503,
  recovering: 503,
  sourceSilent: 504,
} as const;

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  431: 'Too many headers',
  500: 'Internal error',
  501: 'Not implemented',
  503: 'Unavailable',
  504: 'Timeout',
};

/** A request that is not answered, for a reason of the interface itself. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly retryable = false;
  readonly code: keyof typeof STATUS;

  constructor(code: keyof typeof STATUS, message: string) {
    super(message);
    this.code = code;
  }
}

export const badRequest = (sentence: string) => new RequestRefused('badRequest', sentence);

/** What is answered where there is nothing. */
export const nothingAt = (path: string) =>
  new RequestRefused(
    'noRoute',
    `There is nothing at ${path.slice(0, 100)}; jobs are at /api/v1/jobs.`,
  );

/** What a person has to write otherwise. */
const OF_THE_ASKER = [
  InvalidHandler,
  InvalidId,
  InvalidInput,
  InvalidSetting,
  UnusableTrees,
  ValueRefused,
];

/** What fastify refuses by itself. */
const OF_FASTIFY: Readonly<Record<string, RequestRefused>> = {
  FST_ERR_BAD_URL: badRequest('The path cannot be decoded: write % only before two hex digits.'),
  FST_ERR_CTP_BODY_TOO_LARGE: new RequestRefused(
    'tooLarge',
    'The body is too large: send it in parts of at most 2 MB.',
  ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: badRequest(
    'The body has another length than its header "content-length" says.',
  ),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new RequestRefused(
    'notJson',
    'Send the body as JSON, with the header "content-type: application/json".',
  ),
};

/** The answer to whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestRefused) return problem(STATUS[error.code], error.code, error);
  if (error instanceof Refused) {
    return problem(error.code === 'unknown' ? 404 : 409, error.code, error);
  }
  if (error instanceof OutcomeUnknown) return problem(503, 'outcomeUnknown', error);
  if (error instanceof Error && OF_THE_ASKER.some((kind) => error instanceof kind)) {
    return problem(400, lowerFirst(error.name), error);
  }
  const known = OF_FASTIFY[(error as { readonly code?: string } | null)?.code ?? ''];
  if (known) return problemOf(known);
  return problemOf(
    new RequestRefused('internal', 'Something failed in the controller; its log says what.'),
  );
}

const problem = (status: number, code: string, { message }: Error): Problem => ({
  type: `urn:lifeline:error:${code}`,
  title: TITLES[status] ?? 'Error',
  status,
  detail: message,
  code,
});

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
