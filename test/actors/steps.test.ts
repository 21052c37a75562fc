/**
 * A step that is done once, over crashes and cuts at every moment between its wish, its record, its end and the
 * next attempt: it is begun once, unless somebody decides otherwise.
 */
import { describe, expect, it } from 'vitest';
import { showSubTransaction } from '../../actors/queries.ts';
import { decisionOf } from '../../actors/decisions.ts';
import { explain } from '../../actors/explain.ts';
import type { SubRow } from '../../actors/records.ts';
import { stepsOf } from '../../actors/steps.ts';
import { ask } from './asking.ts';
import { Cluster, policy } from './cluster.ts';

const takes = { afterMs: 5_000, exit: { kind: 'done', result: 'ok' }, once: 'charge' } as const;
const retried = { policy: { ...policy, maxRetries: 4 } };

/** @param began called when the first attempt begins, before it asks for anything */
async function started(began: (cluster: Cluster) => void = () => {}) {
  const cluster = await Cluster.start(['a1', 'a2'], { select: 'first' });
  cluster.behave = (_id, attempt) => {
    if (attempt === 1) began(cluster);
    return takes;
  };
  await cluster.submit('x', retried);
  return cluster;
}

const view = (cluster: Cluster) => showSubTransaction(cluster.controller.store, 'x');
const isIn = (cluster: Cluster, state: string) =>
  cluster.until(() => view(cluster).state === state, 300_000);
const begun = (cluster: Cluster) => cluster.ledger.filter(({ what }) => what === 'step').length;
const steps = (cluster: Cluster) =>
  stepsOf(cluster.controller.store, view(cluster).birth).map(({ attempt, isDone }) => ({
    attempt,
    isDone,
  }));
const decide = (cluster: Cluster, as: 'done' | 'redo', step: string | null = null) =>
  ask(cluster, { kind: 'decide', id: 'x', step, as, by: 'ada' });

/** The agent dies in the middle of the step: nobody knows whether it was done. */
async function parked() {
  const cluster = await started();
  await cluster.until(() => begun(cluster) === 1, 5_000);
  cluster.crashAgent('a1');
  await isIn(cluster, 'parked');
  return cluster;
}

describe('a step that is done once', () => {
  it('is on record before it is begun, and done when it is over', async () => {
    let known: unknown;
    const cluster = await started((world) => {
      const { ledger } = world;
      const push = ledger.push.bind(ledger);
      ledger.push = (...lines) => {
        if (lines.some(({ what }) => what === 'step')) known = steps(world);
        return push(...lines);
      };
    });
    await isIn(cluster, 'done');
    expect(known).toEqual([{ attempt: 1, isDone: false }]);
    expect(steps(cluster)).toEqual([{ attempt: 1, isDone: true }]);
    expect(cluster.facts().filter(({ kind }) => kind.startsWith('step.')).map(({ kind }) => kind)).toEqual(['step.begun', 'step.done']); // prettier-ignore
  });

  it('is not begun while the controller cannot record it, and is afterwards', async () => {
    let heal = () => {};
    const cluster = await started((world) => void (heal = world.cut('a1', 'from')));
    await cluster.advance(8_000);
    expect(begun(cluster)).toBe(0);
    heal();
    await isIn(cluster, 'done');
    expect(begun(cluster)).toBe(1);
  });

  it('is begun by the next attempt when the one before never came to it', async () => {
    let heal = () => {};
    const cluster = await started((world) => void (heal = world.cut('a1', 'from')));
    await cluster.advance(1_000);
    cluster.crashAgent('a1');
    heal();
    await cluster.startAgent('a1');
    await isIn(cluster, 'done');
    expect(view(cluster).attempt).toBe(2);
    expect(begun(cluster)).toBe(1);
    expect(steps(cluster)).toEqual([{ attempt: 2, isDone: true }]);
  });

  it('is not done again by an attempt that follows one which did it', async () => {
    const cluster = await started();
    await cluster.until(() => steps(cluster)[0]?.isDone === true, 5_000);
    cluster.crashAgent('a1');
    await isIn(cluster, 'done');
    expect([view(cluster).attempt, begun(cluster)]).toEqual([2, 1]);
  });

  it('parks the work when nobody knows, and says what is to be decided', async () => {
    const cluster = await parked();
    expect(view(cluster)).toMatchObject({
      cause: 'onceUnknown',
      attempt: 2,
      steps: [{ key: 'charge', attempt: 1, state: 'unknown', by: null }],
    });
    expect(begun(cluster)).toBe(1);
    expect(explain(cluster.controller.store, 'x').at(-1)?.text).toMatch(
      /^Parked: attempt 1 began the step “charge” and nobody knows whether it was done\. It waits for a person: `lifeline decide x --done` .*; `lifeline decide x --redo` /,
    );
    expect(explain(cluster.controller.store, 'x').at(-1)?.text).not.toContain('lifeline retry');
  });

  it('is asked for as well where the agent died in it, and its handler parks what is lost', () => {
    const row = { id: 'x', state: 'parked', context: { cause: 'lost' } } as unknown as SubRow;
    const step = { key: 'charge', attempt: 1, at: 0, isDone: false };
    const { question, answers } = decisionOf(row, [], [step])!;
    expect(question).toBe(
      'its outcome is unknown; attempt 1 began the step “charge” and nobody knows whether it was done',
    );
    expect(answers.map(({ verb }) => verb)).toEqual(['decide', 'decide', 'retry', 'accept', 'give-up']); // prettier-ignore
    expect(decisionOf(row, [], [{ ...step, isDone: true }])!.answers).toHaveLength(3);
  });

  it.each([
    { as: 'done', times: 1 },
    { as: 'redo', times: 2 },
  ] as const)('is begun $times times when a person decides: $as', async ({ as, times }) => {
    const cluster = await parked();
    await decide(cluster, as);
    await isIn(cluster, 'done');
    expect([view(cluster).attempt, begun(cluster)]).toEqual([3, times]);
    expect(cluster.facts('retry')).toMatchObject([{ by: 'ada', detail: { step: 'charge', as } }]);
  });

  it('is decided on only while somebody has to', async () => {
    const cluster = await started();
    await expect(decide(cluster, 'done')).rejects.toMatchObject({ code: 'notParked' });
    await cluster.until(() => begun(cluster) === 1, 5_000);
    cluster.crashAgent('a1');
    await isIn(cluster, 'parked');
    await expect(decide(cluster, 'done', 'other')).rejects.toThrow('has no step "other" to decide on: name one of "charge" with --key.'); // prettier-ignore
    await decide(cluster, 'done', 'charge');
    await isIn(cluster, 'done');
    await expect(decide(cluster, 'redo')).rejects.toMatchObject({ code: 'notParked' });
  });

  it('outlives the controller, wherever that dies', async () => {
    let heal = () => {};
    const cluster = await started((world) => void (heal = world.cut('a1', 'to')));
    // The intent is on record, and the agent has not heard so.
    await cluster.until(() => steps(cluster).length === 1, 60_000);
    expect(begun(cluster)).toBe(0);
    cluster.crashController();
    heal();
    await cluster.startController();
    await isIn(cluster, 'done');
    expect([view(cluster).attempt, begun(cluster)]).toEqual([1, 1]);
  });
});
