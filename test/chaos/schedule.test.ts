/** The schedule: all of it from the seed, every kind in it, and no silence without company. */
import { describe, expect, it } from 'vitest';
import { kindNames, kindOf, schedule, type ScheduleOptions } from './schedule.ts';
import { timing } from './stage.ts';

const options: ScheduleOptions = {
  seed: 7,
  count: 300,
  agents: ['a1', 'a2', 'a3', 'a4'],
  kinds: kindNames,
  pauseMs: 1_000,
};

describe('the schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(schedule(options)).toEqual(schedule(options));
    expect(schedule(options)).not.toEqual(schedule({ ...options, seed: 8 }));
  });

  it('has every kind, and every agent suffers', () => {
    const faults = schedule(options);
    expect(faults).toHaveLength(300);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(kindNames));
    expect(new Set(faults.map(({ agent }) => agent))).toEqual(new Set([null, ...options.agents]));
  });

  it('lets nothing last longer than it may without costing an attempt', () => {
    const mostMs = timing.timeoutMs - timing.periodMs - timing.delayMs;
    for (const kind of kindNames.map(kindOf)) {
      if (!kind.mayCost) expect(kind.lasts[1]).toBeLessThan(kind.bearsMs ?? mostMs);
      if (kind.isSilence) expect(kind.lasts[0]).toBeGreaterThan(timing.timeoutMs + 1_000);
    }
  });

  it('has another fault begin inside each long silence, at somebody else', () => {
    const faults = schedule(options);
    const silences = faults.filter(({ kind }) => kindOf(kind).isSilence);
    expect(silences.length).toBeGreaterThan(20);
    for (const { n, kind, agent } of silences) {
      const next = faults[n];
      if (next === undefined || next.kind === kind) continue;
      expect(next.isInside).toBe(true);
      expect(next.agent).not.toBe(agent);
    }
  });
});
