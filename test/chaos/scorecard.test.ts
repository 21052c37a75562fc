/** The scorecard: what each finding is charged to, and when a run holds. */
import { describe, expect, it } from 'vitest';
import type { Finding, Sight } from './checker.ts';
import type { Played } from './director.ts';
import type { KindName } from './schedule.ts';
import { scorecard, textOf, type Run } from './scorecard.ts';

const played = (n: number, kind: KindName, agent: string | null, beganAt: number): Played => ({
  n,
  kind,
  agent,
  lastsMs: 1_000,
  pauseMs: 0,
  isInside: false,
  variant: 0,
  beganAt,
  healedAt: beganAt + 1_000,
  recoveredAt: beganAt + 1_500,
  befell: agent === null ? ['a1', 'a2'] : [agent],
});
const finding = (sight: Sight, at: number, agent: string | null): Finding => ({
  sight,
  at,
  agent,
  says: 'here',
});
const run = (findings: readonly Finding[], more: Partial<Run> = {}): Run => ({
  seed: 7,
  tasks: 10,
  played: [played(1, 'cut-short', 'a1', 1_000), played(2, 'kill-agent', 'a2', 20_000)],
  checked: { findings, accepted: 10, done: 10, attempts: 11, logBytes: 0 },
  stalls: [],
  elapsedMs: 60_000,
  notes: [],
  ...more,
});
const rowOf = (kind: string, card: ReturnType<typeof scorecard>) =>
  card.rows.find((row) => row.kind === kind);

describe('the scorecard', () => {
  it('holds when attempts were lost to faults that may cost them', () => {
    const card = scorecard(run([finding('loss', 21_000, 'a2'), finding('late', 21_500, 'a2')]));
    expect(card).toMatchObject({ holds: true, defects: [], total: { tried: 2, recovered: 2 } });
    expect(rowOf('kill-agent', card)).toMatchObject({ attempts: 1, late: 1, tried: 1 });
    expect(textOf(card)).toContain('✓ All of it holds.');
  });

  it.each<[string, Sight, number, string]>([
    ['to a fault that may cost none', 'loss', 2_000, 'a1'],
    ['to no fault at all', 'loss', 50_000, 'a1'],
    ['to the fault of another agent', 'loss', 21_000, 'a1'],
  ])('does not hold when an attempt was lost %s', (_, sight, at, agent) => {
    const card = scorecard(run([finding(sight, at, agent)]));
    expect(card.holds).toBe(false);
    expect(textOf(card)).toContain('Again: --seed 7');
  });

  it.each<Sight>([
    'unended',
    'untrue',
    'overlap',
    'again',
    'accepted',
    'log',
    'failed',
    'leftover',
  ])('never holds with %s', (sight) => {
    expect(scorecard(run([finding(sight, 21_000, 'a2')])).holds).toBe(false);
  });

  it('does not hold when a fault was not recovered from, or work is not on record', () => {
    const stuck = { ...played(1, 'cut-short', 'a1', 1_000), recoveredAt: null };
    expect(scorecard(run([], { played: [stuck] })).defects).toEqual([
      'Fault 1, cut-short of a1 at 00:00:01.000, was not recovered from.',
    ]);
    expect(scorecard(run([], { tasks: 11 })).defects).toEqual([
      '11 tasks were handed over, and 10 are on record.',
    ]);
  });

  it('counts apart what a machine without time to spare has cost, and gaps of a full disk', () => {
    const stalls = [{ from: 1_000, to: 1_900 }];
    const starved = scorecard(run([finding('loss', 2_500, 'a1')], { stalls }));
    expect(starved).toMatchObject({ holds: true, starved: 1 });
    const gap = [finding('gap', 2_000, 'a1')];
    expect(scorecard(run(gap)).holds).toBe(false);
    const full = [played(1, 'full-disk-agent', 'a1', 1_000)];
    expect(scorecard(run(gap, { played: full }))).toMatchObject({ holds: true, gaps: 1 });
  });
});
