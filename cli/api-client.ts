/**
 * A controller as the verbs ask it: its JSON interface, by whatever way a request gets there.
 *
 *   verb ─▶ Api.get, Api.post ─▶ Ask ─▶ HTTP | NATS | the routes themselves, over an idle directory
 *                  ▲                       │
 *                  └── JSON, or a problem: its sentence and exit code
 *
 * The answers are the same by construction: there is one set of routes.
 */
import { CommandFailed, exitCodes } from './failure.ts';

/** What came back. */
export interface Answer {
  /** As in HTTP. */
  readonly status: number;
  readonly body: string;
}

/**
 * Brings a request there and the answer back.
 *
 * @param path with its query
 * @param body JSON of a POST
 * @param withinMs how long an answer may take; each way has a default
 * @throws {CommandFailed} `noController` when nobody answers
 */
export type Ask = (
  method: 'GET' | 'POST',
  path: string,
  body?: string,
  withinMs?: number,
) => Promise<Answer>;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Api {
  /** Where the answers come from, for sentences: `at http://…`, `in ./.lifeline`. */
  readonly where: string;
  /** A controller is at work there: what is decided is taken up now. */
  readonly isLive: boolean;
  /** Asks for what is at a path. @throws {CommandFailed} the problem that was answered */
  readonly get: <T>(path: string, query?: Query) => Promise<T>;
  /** Has something done. @throws {CommandFailed} the problem that was answered */
  readonly post: <T>(path: string, body?: object) => Promise<T>;
  readonly close: () => Promise<void>;
}

export function createApiClient(
  ask: Ask,
  about: { readonly where: string; readonly isLive: boolean; readonly close: () => Promise<void> },
): Api {
  const asked = async <T>(method: 'GET' | 'POST', path: string, body?: string): Promise<T> => {
    const { status, body: text } = await ask(method, path, body);
    const answer = parsed(text);
    if (answer === undefined) throw noController(status, about.where);
    if (status >= 200 && status < 300) return answer as T;
    throw problemOf(status, answer, about.where);
  };
  return {
    ...about,
    get: (path, query = {}) => asked('GET', `${path}${queryOf(query)}`),
    post: (path, body = {}) => asked('POST', path, JSON.stringify(body)),
  };
}

/** Nobody answers there. */
export const noAnswer = (where: string, cause?: unknown): CommandFailed =>
  new CommandFailed(
    exitCodes.noController,
    `No controller answers ${where}: start one with \`lifeline up\`, or name another with --url.`,
    { cause },
  );

/** True for what may pass: nobody has answered, or the controller cannot answer now. */
export const isNoAnswer = (error: unknown): boolean =>
  error instanceof CommandFailed && error.exitCode === exitCodes.noController;

function queryOf(query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) given.set(name, String(value));
  }
  return given.size === 0 ? '' : `?${given.toString()}`;
}

/** A problem (RFC 9457) that a controller has answered, as a command that cannot go on. */
export class ProblemAnswered extends CommandFailed {
  /** As in HTTP. */
  readonly status: number;
  /** What it is about: `jobTaken`, `outcomeUnknown`, … */
  readonly code: string;

  constructor(status: number, code: string, sentence: string) {
    super(exitCodeOf(status), sentence);
    this.status = status;
    this.code = code;
  }
}

function problemOf(status: number, answer: object, where: string): CommandFailed {
  const { code, detail } = answer as { readonly code?: unknown; readonly detail?: unknown };
  if (typeof code !== 'string' || typeof detail !== 'string') return noController(status, where);
  return new ProblemAnswered(status, code, detail);
}

const noController = (status: number, where: string) =>
  new CommandFailed(
    exitCodes.noController,
    `What answers ${where} is no controller of Lifeline (status ${status}); name another address with --url.`,
  );

/** Every answer of a controller is an object. */
function parsed(text: string): object | undefined {
  try {
    const answer = JSON.parse(text) as unknown;
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

function exitCodeOf(status: number): number {
  if (status === 404) return exitCodes.notFound;
  if (status === 503) return exitCodes.noController;
  return status < 500 ? exitCodes.usage : exitCodes.someFailed;
}
