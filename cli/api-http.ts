/** The way to a controller over HTTP: one request, one answer, and a limit to how long it may take. */
import type { Clock } from '../actors/clock.ts';
import { noAnswer, type Ask } from './api-client.ts';

/** Where a controller answers, and what its answers cost. */
export interface Endpoint {
  readonly url: string;
  /** Undefined: none is known. */
  readonly token: string | undefined;
}

/** Adding up a run of millions takes a while; who takes longer is not there. */
const ANSWER_WITHIN_MS = 120_000;

/**
 * @param locate asked before each request, since a controller that was started again may be elsewhere;
 *   undefined: there is none now
 * @param by who asks: printable ASCII
 * @param where names it in sentences
 */
export const askByHttp =
  (locate: () => Endpoint | undefined, by: string, where: string, clock: Clock): Ask =>
  async (method, path, body, withinMs = ANSWER_WITHIN_MS) => {
    const endpoint = locate();
    if (endpoint === undefined) throw noAnswer(where);
    const headers = {
      'lifeline-by': by,
      ...(endpoint.token === undefined ? {} : { authorization: `Bearer ${endpoint.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const late = new AbortController();
    const stop = clock.after(withinMs, () => late.abort());
    const init = { method, headers, signal: late.signal, ...(body === undefined ? {} : { body }) };
    try {
      const answer = await fetch(`${endpoint.url}${path}`, init);
      return { status: answer.status, body: await answer.text() };
    } catch (error) {
      throw noAnswer(where, error);
    } finally {
      stop();
    }
  };
