/**
 * Steps of sub-transactions that are done at most once over all attempts (`task.once`), at the controller.
 *
 *   step/<birth>/<key>   { key, attempt, at, isDone, result?, by? }
 *
 *   begun ─▶ recorded here ─▶ the agent is told so, and only then begins it ─▶ done, with its result
 *     └─ an end without a `done`: unknown. The next attempt is told; a person decides, if the work wants that:
 *        done ─▶ it is done, without a result      redo ─▶ nothing is known of it any more
 *
 * That a step is to be begun counts only from the attempt that is out and the boot that is present. What an older boot
 * still tells was never begun: it had to be recorded here first, and was not.
 */
import type { Value } from '../store/store.ts';
import type { KnownStep, StepEntry } from '../transport/frame.ts';
import type { Ground } from './ground.ts';
import type { Peer } from './peer.ts';
import { countedAs, key, under, type SubRow } from './records.ts';
import { Refused } from './refused.ts';
import type { SubTransactions } from './sub-transaction.ts';
import type { View } from './view.ts';

/** A step that was begun. */
export interface StepRow {
  readonly key: string;
  /** Which attempt has begun it. */
  readonly attempt: number;
  readonly at: number;
  readonly isDone: boolean;
  /** What it came to; absent: somebody said that it is done. */
  readonly result?: Value;
  /** Who said that it is done; absent: the work itself. */
  readonly by?: string;
}

/** The steps of a sub-transaction that were begun, by key. */
export const stepsOf = (store: Pick<View, 'range'>, birth: number): readonly StepRow[] =>
  [...store.range(under(key.steps(birth)))].map(([, row]) => row as unknown as StepRow);

/** As an attempt is told of them. */
export const knownSteps = (store: Pick<View, 'range'>, birth: number): readonly KnownStep[] =>
  stepsOf(store, birth).map(({ key: name, isDone, result }) => ({
    key: name,
    isDone,
    ...(result !== undefined && { result }),
  }));

/** Takes down what an agent tells of a step. @param row of the attempt, when it was given to that agent */
export function takeStep(
  ground: Ground,
  subs: SubTransactions,
  { row: { id: agent, boot, state } }: Peer,
  { birth, attempt, place, step }: StepEntry,
  row: SubRow | undefined,
): void {
  if (!row) return;
  const { turn } = ground.loop;
  const at = key.step(birth, step.key);
  const before = turn.get(at) as StepRow | undefined;
  const isOut = row.context.attempt === attempt && countedAs[row.state] === 'active';
  const isPresent = place.boot === boot && state === 'present';
  const counts = step.isDone
    ? before?.isDone === false && before.attempt === attempt
    : isOut && isPresent;
  if (counts) {
    const { isDone, result } = step as { readonly isDone: boolean; readonly result?: Value };
    const after = { key: step.key, attempt, at: turn.at, isDone };
    turn.put(at, isDone ? { ...after, result } : after);
  }
  const kind = !counts ? 'step.ignored' : step.isDone ? 'step.done' : 'step.begun';
  subs.note(row, { kind, attempt, agent, boot: place.boot, detail: { step: step.key } });
}

/**
 * What a person decides on a step whose end nobody knows; its work then goes on.
 *
 * @param name null: there is one only
 * @throws {Refused} `notParked`, `unknown`
 */
export function decideStep(
  { loop: { turn } }: Ground,
  subs: SubTransactions,
  row: SubRow,
  { name, as, by }: { readonly name: string | null; readonly as: 'done' | 'redo'; by: string },
): void {
  const { id, birth, state } = row;
  if (state !== 'parked') {
    throw new Refused(
      'notParked',
      `The sub-transaction "${id}" is ${state}; only a parked one can be decided on.`,
    );
  }
  const open = stepsOf(turn, birth).filter(({ isDone }) => !isDone);
  const step = name === null ? open[0] : open.find((one) => one.key === name);
  const keys = open.map((one) => `"${one.key}"`).join(', ');
  if (open.length === 0) {
    throw new Refused(
      'notParked',
      `"${id}" has no step to decide on: use lifeline retry, accept or give-up ${id}.`,
    );
  }
  if (step === undefined || (name === null && open.length > 1)) {
    const what = name === null ? `"${id}" has several steps` : `"${id}" has no step "${name}"`;
    throw new Refused('unknown', `${what} to decide on: name one of ${keys} with --key.`);
  }
  if (as === 'redo') turn.delete(key.step(birth, step.key));
  else {
    const said = { key: step.key, attempt: step.attempt, at: turn.at, isDone: true, by };
    turn.put(key.step(birth, step.key), said);
  }
  const detail = { step: step.key, as };
  subs.send(birth, { type: 'retry', at: turn.at, by }, { detail });
}
