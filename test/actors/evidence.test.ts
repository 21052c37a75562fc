/** What is written down with an end that was decided: by whom, by which rule, and what was known then. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CAUSES } from '../../actors/cause-codes.ts';
import { RULES } from '../../actors/evidence.ts';
import { explain } from '../../actors/explain.ts';
import { pageOfSubTransactions, showSubTransaction } from '../../actors/queries.ts';
import type { Behaviour } from '../../scenarios/scripted-runner.ts';
import { ask, itemOf, run, startOf } from './asking.ts';
import { Cluster, done, endless, policy } from './cluster.ts';

const fails: Behaviour = {
  afterMs: 100,
  exit: { kind: 'failed', cause: 'error', message: 'no', detail: null },
};
const shown = (cluster: Cluster, id = 'x') => showSubTransaction(cluster.controller.store, id);
const parkedOnes = (cluster: Cluster) =>
  pageOfSubTransactions(cluster.controller.store, { states: ['parked'] }, 10).items.map(
    ({ id }) => id,
  );

/** One that was parked, since its agent fell silent. */
async function parked(): Promise<Cluster> {
  const cluster = await Cluster.start(['a1']);
  cluster.behave = () => endless;
  await cluster.submit('x', { policy: { ...policy, onUnknown: 'park' } });
  await cluster.advance(15_000);
  cluster.cut('a1');
  await cluster.until(() => shown(cluster).state === 'parked', 100_000);
  return cluster;
}

describe('the evidence of an end', () => {
  it('tells of a silence: the controller, the ages, and the connection', async () => {
    const cluster = await parked();
    const [attempt] = shown(cluster).attempts;
    expect(attempt).toMatchObject({
      because: 'handedIn',
      ending: 'lost',
      cause: 'lost',
      decidedBy: { who: 'controller', rule: 'silence', by: null },
      evidence: { connection: 'suspect', lagMs: 0, boot: 1, term: 1 },
    });
    const { pulseAgeMs, wordAgeMs } = attempt!.evidence!;
    expect(wordAgeMs).toBeGreaterThanOrEqual(60_000);
    expect(wordAgeMs).toBeLessThan(61_000);
    expect(pulseAgeMs).toBeGreaterThanOrEqual(wordAgeMs!);
    const words = explain(cluster.controller.store, 'x').map(({ text }) => text);
    expect(words).toContainEqual(
      expect.stringContaining(
        `decided that by silence: its last pulse was ${pulseAgeMs! / 1_000} s old, agent a1 was last heard ${wordAgeMs! / 1_000} s before, connection suspect`,
      ),
    );
  });

  it('is not written for starts, pulses and good ends', async () => {
    const cluster = await Cluster.start(['a1']);
    await cluster.submit('x');
    await cluster.until(() => shown(cluster).state === 'done', 10_000);
    expect(JSON.stringify(cluster.facts())).not.toContain('evidence');
    expect(shown(cluster).attempts).toMatchObject([
      { ending: 'done', decidedBy: { who: 'agent', rule: null }, evidence: null },
    ]);
  });

  it('tells of the question that the watchdog asked', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.transport.tapFrom('a1', (frame) => ({ ...frame, progress: [] }));
    await cluster.until(() => cluster.facts('ask').length > 0, 400_000);
    const idle = cluster.facts('timeout').find(({ state }) => state === 'idle');
    for (const fact of [idle, cluster.facts('ask')[0]]) {
      const { evidence } = fact!.detail as { evidence: Record<string, unknown> };
      expect(evidence).toMatchObject({ rule: 'watchdog', connection: 'connected' });
      expect(evidence['pulseAgeMs']).toBeGreaterThanOrEqual(120_000);
      expect(evidence['wordAgeMs']).toBeLessThan(12_000);
    }
  });

  it('names the person who cancelled, the limit that was passed, and the lease that ended', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    await cluster.submit('cancelled');
    await cluster.submit('slow', { policy: { ...policy, timeoutMs: 3_000 } });
    await cluster.submit('x', { policy: { ...policy, onUnknown: 'park' } });
    await cluster.advance(1_000);
    await cluster.command({ kind: 'cancel', id: 'cancelled', by: 'ada' });
    await cluster.advance(10_000);
    expect(shown(cluster, 'cancelled').attempts[0]).toMatchObject({
      ending: 'killed',
      decidedBy: { who: 'person', rule: null, by: 'ada' },
      evidence: { connection: 'connected', boot: 1 },
    });
    expect(shown(cluster, 'slow').attempts[0]).toMatchObject({
      cause: 'timedOut',
      decidedBy: { who: 'agent', rule: 'timeLimit' },
    });
    const heal = cluster.cut('a1', 'to');
    await cluster.advance(70_000);
    heal();
    await cluster.until(() => shown(cluster).attempts[0]!.ending !== null, 100_000);
    expect(shown(cluster).attempts[0]).toMatchObject({
      ending: 'killed',
      decidedBy: { who: 'agent', rule: 'lease' },
    });
  });

  it('says of each attempt why it was made', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (_id, attempt) => (attempt < 3 ? fails : attempt === 3 ? endless : done);
    const twice = { ...policy, maxRetries: 2, delaysMs: [10], onUnknown: 'park' as const };
    const birth = await cluster.submit('x', { policy: twice });
    await cluster.until(() => cluster.row(birth).state === 'inProgress', 60_000);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.row(birth).state === 'parked', 60_000);
    await cluster.command({ kind: 'retry', id: 'x', by: 'ada' });
    await cluster.until(() => cluster.row(birth).state === 'done', 60_000);
    const { attempts } = shown(cluster);
    expect(attempts.map(({ because }) => because)).toEqual(['handedIn', 'error', 'error', 'retry']);
    expect(attempts[2]).toMatchObject({ ending: 'lost', decidedBy: { who: 'agent', rule: null } });
    for (const { because, cause } of attempts) {
      expect(CAUSES).toHaveProperty(because);
      if (cause !== null) expect(CAUSES).toHaveProperty(cause);
    }
  });

  it('has codes that ARCHITECTURE.md tells with the same words', () => {
    const text = readFileSync('ARCHITECTURE.md', 'utf8');
    for (const [code, words] of Object.entries(CAUSES))
      expect(text).toContain(`| \`${code}\` | ${words} |`);
    for (const [code, words] of Object.entries(RULES))
      expect(text).toContain(`| \`${code}\` | ${words} |`);
  });
});

describe('a parked one', () => {
  it('says what is asked and how to answer, and is found without looking at all others', async () => {
    const cluster = await parked();
    expect(parkedOnes(cluster)).toEqual(['x']);
    expect(shown(cluster).decision).toEqual({
      question: expect.stringContaining('because agent a1 was lost at 2026-') as unknown,
      answers: [
        { verb: 'retry', command: 'lifeline retry x', effect: expect.any(String) as unknown },
        { verb: 'accept', command: 'lifeline accept x', effect: expect.any(String) as unknown },
        { verb: 'give-up', command: 'lifeline give-up x', effect: expect.any(String) as unknown },
      ],
    });
    await cluster.command({ kind: 'accept', id: 'x', by: 'ada' });
    expect(parkedOnes(cluster)).toEqual([]);
    expect(shown(cluster).decision).toBeNull();
  });

  it('cannot be run again where it is the hook of a run', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (id) => (id === 'j-1-postJob' ? endless : done);
    const postJob = { handler: 'after', input: null };
    await ask(cluster, { ...startOf('j'), rules: { postJob } });
    await run(cluster, 'j', [itemOf({ id: 'y' })]);
    await cluster.until(() => cluster.starts().includes('j-1-postJob#1'), 20_000);
    cluster.cut('a1');
    await cluster.until(() => parkedOnes(cluster).length > 0, 100_000);
    const { decision } = shown(cluster, 'j-1-postJob');
    expect(decision!.question).toContain('it is the postJob of run 1 of “j”');
    expect(decision!.answers.map(({ verb }) => verb)).toEqual(['accept', 'give-up']);
    const words = explain(cluster.controller.store, 'j-1-postJob').map(({ text }) => text);
    expect(words[0]).toContain('as the postJob of run 1 of job “j”: it is run after the last task');
  });
});

describe('terms of the controller', () => {
  it.each(['loose', 'handed in together'])('are told of work of a later term: %s', async (how) => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    cluster.crashController();
    await cluster.startController();
    if (how === 'loose') await cluster.submit('i1');
    else
      await run(
        cluster,
        'j',
        ['i0', 'i1', 'i2', 'i3'].map((id) => itemOf({ id })),
      );
    await cluster.until(() => shown(cluster, 'i1').state === 'inProgress', 60_000);
    cluster.crashController();
    await cluster.startController();
    await cluster.advance(30_000);
    const words = explain(cluster.controller.store, 'i1').map(({ text }) => text);
    expect(words).toContainEqual(expect.stringContaining('The controller began term 3'));
    expect(words).not.toContainEqual(expect.stringContaining('The controller began term 2'));
  });
});
