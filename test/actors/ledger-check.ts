/**
 * Holds a run to what must be true of every run, whatever went wrong in it. The ledger is what the work
 * itself saw, outside of the system; the facts are what the controller wrote down.
 *
 *   L1  A fence is started at most once.
 *   L2  No two executions of one sub-transaction are alive at the same time.
 *   L3  A terminal state never changes.
 *   L4  A result that was taken over is that of an execution which ended so.
 */
import { afterEach, expect } from 'vitest';
import type { Entry } from '../../actors/records.ts';
import type { Ledger } from '../../scenarios/scripted-runner.ts';
import { Cluster } from './cluster.ts';

const TERMINAL = new Set<string | undefined>(['done', 'failed', 'cancelled']);

/** What is wrong with a run, a sentence each. */
export function violations(ledger: Ledger, facts: readonly Entry[]): readonly string[] {
  return [...ofLedger(ledger), ...ofFacts(ledger, facts)];
}

function* ofLedger(ledger: Ledger): Iterable<string> {
  const started = new Set<string>();
  const alive = new Map<number, string>();
  for (const { what, id, fence, agent } of ledger) {
    const name = `${id}#${fence.attempt} (birth ${fence.birth})`;
    if (what === 'end') {
      alive.delete(fence.birth);
      continue;
    }
    if (started.has(name)) yield `${name} was started twice, the second time at ${agent}`;
    started.add(name);
    const other = alive.get(fence.birth);
    if (other) yield `${name} was started at ${agent} while ${other} was alive`;
    alive.set(fence.birth, `${name} at ${agent}`);
  }
}

function* ofFacts(ledger: Ledger, facts: readonly Entry[]): Iterable<string> {
  const ended = new Map<string, string>();
  const done = new Set(
    ledger
      .filter((line) => line.exit === 'done')
      .map((line) => `${line.fence.birth}/${line.fence.attempt}`),
  );
  for (const { subject, kind, state, attempt, id } of facts) {
    if (!/^s\d+$/.test(subject)) continue;
    const before = ended.get(subject);
    if (before && state !== before) yield `${id} was ${before} and became ${state}`;
    if (TERMINAL.has(state)) ended.set(subject, state!);
    if (kind === 'done' && !done.has(`${Number(subject.slice(1))}/${attempt}`))
      yield `${id}#${attempt} is done, but no such execution ended so`;
  }
}

/** Starts clusters, and checks each of them after the test that started it. */
export function checkedClusters(): typeof Cluster.start {
  const clusters: Cluster[] = [];
  afterEach(() => {
    for (const cluster of clusters.splice(0)) {
      expect(violations(cluster.ledger, cluster.facts())).toEqual([]);
    }
  });
  return async (...given) => {
    const cluster = await Cluster.start(...given);
    clusters.push(cluster);
    return cluster;
  };
}
