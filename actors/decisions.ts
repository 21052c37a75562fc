/**
 * What a person is asked about a parked sub-transaction, and each answer: the command, and what it does.
 *
 *   parked ─▶ question ─┬─ decide    a step that is done at most once was done, or is done again
 *                       ├─ retry     again, with fresh budgets        (no hook: it runs once a run)
 *                       ├─ accept    counts as done
 *                       └─ give-up   counts as failed
 */
import { toldOf } from './attempts.ts';
import type { Fact } from './facts.ts';
import type { SubRow } from './records.ts';
import type { StepRow } from './steps.ts';
import { instant } from './views.ts';

/** An answer that a person may give. */
export interface Answer {
  /** As in `POST sub-transactions/:id/<verb>`. */
  readonly verb: string;
  /** What to type. */
  readonly command: string;
  /** What it does, to be put behind the command. */
  readonly effect: string;
}

/** What a person is asked about a parked sub-transaction. */
export interface Decision {
  /** Why nobody but a person can say, without a full stop. */
  readonly question: string;
  readonly answers: readonly Answer[];
}

/**
 * What is asked about a sub-transaction; null: nothing, it is not parked.
 * @param own facts about it, in order
 * @param steps those of it that are done at most once and were begun
 */
export function decisionOf(
  row: SubRow,
  own: readonly Fact[],
  steps: readonly StepRow[],
): Decision | null {
  if (row.state !== 'parked') return null;
  const open = steps.filter(({ isDone }) => !isDone);
  const isOfStep = row.context.cause === 'onceUnknown' && open.length > 0;
  return {
    question: [
      ...(isOfStep ? [] : [questionOf(row, own)]),
      ...(open.length > 0 ? [stepQuestion(open)] : []),
    ].join('; '),
    answers: [
      ...open.flatMap((step) => stepAnswers(row, step, open.length > 1)),
      // Once more would only come to the same step.
      ...answersOf(row).filter(({ verb }) => !(isOfStep && verb === 'retry')),
    ],
  };
}

function stepQuestion(open: readonly StepRow[]): string {
  const what = open.map(({ key, attempt }) => `attempt ${attempt} began the step “${key}”`);
  return `${what.join(', ')} and nobody knows whether it was done`;
}

function stepAnswers({ id }: SubRow, { key }: StepRow, isOneOfMany: boolean): readonly Answer[] {
  const which = isOneOfMany ? ` --key ${key}` : '';
  const decide = (how: string, effect: string) => ({
    verb: 'decide',
    command: `lifeline decide ${id} --${how}${which}`,
    effect,
  });
  return [
    decide('done', 'takes the step for done, and goes on'),
    decide('redo', 'has the step done again, and goes on'),
  ];
}

function questionOf({ context, hook, job, generation }: SubRow, own: readonly Fact[]): string {
  const why =
    context.cause === 'poison' ? 'two agents died while they held it' : unknownBecause(own);
  return hook === undefined ? why : `${why}; it is the ${hook} of run ${generation} of “${job}”`;
}

function unknownBecause(own: readonly Fact[]): string {
  const end = own.findLast(({ kind }) => kind === 'lost' || kind === 'killed');
  if (!end) return 'its outcome is unknown';
  const agent = `agent ${end.agent ?? ''}`;
  const what =
    end.kind === 'killed' ? killedBy(agent, end, own) : `${agent} was lost at ${instant(end.at)}`;
  return `its outcome is unknown because ${what}`;
}

/** What is told when the agent is back may be long past, and the agent's guard need not have waited for it. */
function killedBy(agent: string, end: Fact, own: readonly Fact[]): string {
  const { steps = [], endedAt = end.at } = toldOf(end) ?? {};
  const guarded = steps.find(({ step }) => step === 'guard');
  if (guarded) {
    return `the guard of ${agent} killed it at ${instant(guarded.at)}, when the lease was over and the agent did not run`;
  }
  const lost = own.find(({ kind, attempt }) => kind === 'lost' && attempt === end.attempt);
  return lost && endedAt > lost.at
    ? `${agent} was lost at ${instant(lost.at)}; it was killed by ${instant(endedAt)} at the latest`
    : `${agent} killed it at ${instant(endedAt)}`;
}

function answersOf({ id, hook }: SubRow): readonly Answer[] {
  const answer = (verb: string, effect: string) => ({
    verb,
    command: `lifeline ${verb} ${id}`,
    effect,
  });
  return [
    ...(hook === undefined ? [answer('retry', 'runs it again, with fresh budgets')] : []),
    answer('accept', 'counts it as done, without a result'),
    answer('give-up', 'counts it as failed'),
  ];
}

/** Question and answers as one sentence or two. */
export const decisionInWords = ({ question, answers }: Decision): string =>
  `Parked: ${question}. It waits for a person: ${answers
    .map(({ command, effect }) => `\`${command}\` ${effect}`)
    .join('; ')}.`;
