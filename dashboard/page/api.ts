/**
 * Asks the controller, and has it do something.
 *
 *   get<JobView>('jobs/thumbs')             post('jobs/thumbs/stop', {})
 */
import { ApiProblem, problemIn, Unreachable } from './problem.ts';
import { learnTime } from './time.ts';
import { isTokenMissing, person, token } from './token.ts';

const ROOT = '/api/v1/';

/** Headers that every request bears. */
export function bearing(): Record<string, string> {
  return token.value === '' ? {} : { authorization: `Bearer ${token.value}` };
}

/**
 * @param path below /api/v1/
 * @throws {ApiProblem} {Unreachable}
 */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, { headers: bearing(), ...(signal ? { signal } : {}) });
}

/** Has something done, in the name of this person. @throws {ApiProblem} {Unreachable} */
export function post<T>(path: string, body: unknown): Promise<T> {
  const by = person.value === '' ? {} : { 'lifeline-by': person.value };
  const headers = { ...bearing(), ...by, 'content-type': 'application/json' };
  return ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(ROOT + path, request);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new Unreachable(error);
  }
  learnTime(answer.headers.get('date'));
  if (answer.ok) return (await answer.json()) as T;
  const problem = await problemIn(answer);
  if (problem.status === 401 && request.method !== 'POST') isTokenMissing.value = true;
  throw new ApiProblem(problem);
}
