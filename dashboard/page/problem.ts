/**
 * What may go wrong between this page and the controller, each with a sentence for people.
 *
 *   ApiProblem { status, code, message }    a refusal, with the sentence of the controller
 *   Unreachable                             no answer at all
 */
import type { Problem } from '../server/problem.ts';

type Told = Pick<Problem, 'status' | 'code' | 'detail'>;

/** A refusal; the message is a sentence for people. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  constructor({ status, code, detail }: Told) {
    super(detail);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = code;
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The controller cannot be reached from here.', { cause });
    this.name = 'Unreachable';
  }
}

/** What a refusal says; whoever stands between may have answered in another language. */
export async function problemIn(answer: Response): Promise<Told> {
  try {
    const { status, code, detail } = (await answer.json()) as Problem;
    if (typeof detail === 'string') return { status, code, detail };
  } catch {
    // No JSON: said below.
  }
  const detail = `The answer was ${answer.status} ${answer.statusText}, and not from Lifeline.`;
  return { status: answer.status, code: 'strange', detail };
}

/** The sentence of whatever went wrong. */
export const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'Something went wrong in this page.';
