/** `lifeline simulate`: its report, its exit codes, and what it says of a seed that fails. */
import { describe, expect, it } from 'vitest';
import { simulationLines } from '../../cli/simulation-report.ts';
import { simulate, Tally, type SeedResult } from '../../scenarios/simulate.ts';
import { commandLine, startCommandLine } from '../cli/command-line.ts';

const result = (seed: number, change: Partial<SeedResult> = {}): SeedResult => ({
  seed,
  digest: '',
  simulatedMs: 3_600_000,
  turns: 1_000,
  marks: [],
  faults: { cut: 2, pause: 1 },
  ...change,
});

const failed = (seed: number, checker: string): SeedResult =>
  result(seed, { violation: { checker, atMs: 61_002.4, says: 'it was started twice' } });

function reportOf(results: readonly SeedResult[]) {
  const tally = new Tally();
  for (const each of results) tally.add(each);
  return tally.report();
}

describe('lifeline simulate', () => {
  it('plays seeds in processes of their own and reports', async () => {
    const { code, out, err } = await commandLine(['simulate', '--seeds', '1', '--seed', '40']);
    expect(err).toContain('seed 40: lifeline simulate --seeds 1 --seed 40');
    expect(out).toMatch(/^seed 40: every promise was kept\.\nspeed {4}[\d.]+ seeds\/s; /);
    expect(out).toMatch(/ × faster than real; [\d,]+ turns\nfaults {3}\w+/);
    expect(code).toBe(0);
  });

  it('tells the same to programs', async () => {
    const { code, out } = await commandLine(['simulate', '--seeds', '2', '--seed', '60', '--json']);
    const heard: number[] = [];
    const onSeed = ({ seed }: SeedResult) => heard.push(seed);
    const report = await simulate({ from: 60, seeds: 2, onSeed });
    expect(JSON.parse(out)).toMatchObject({ from: 60, version: '9.9.9', ...report });
    expect(heard).toEqual([60, 61]);
    expect(code).toBe(0);
  });

  it.each([
    [['--seeds', '0'], '--seeds must be a whole number from 1 to 10000000, not 0.'],
    [['--seeds', '1e3'], '--seeds must be a whole number from 1 to 10000000, not 1e3.'],
    [['--seed', '-1'], '--seed must be a whole number from 0 to 2147482648, not -1.'],
  ])('refuses %j', async (flags, sentence) => {
    const { code, err } = await commandLine(['simulate', ...flags]);
    expect(err).toContain(sentence);
    expect(code).toBe(2);
  });

  it('draws a fresh first seed when none is named, and ends with 130 when it is interrupted', async () => {
    const begun = async () => {
      const running = startCommandLine(['simulate', '--seeds', '100000']);
      await running.says('seeds from');
      running.interrupt();
      return running.ran;
    };
    const [one, other] = [await begun(), await begun()];
    expect(one.code).toBe(130);
    expect(one.err).toMatch(/^100,000 seeds from \d+: /);
    expect(other.err).not.toBe(one.err);
  });
});

describe('the report', () => {
  it('tells broken promises from worlds that do not come to rest, and how to see each again', () => {
    const report = reportOf([result(1), failed(3, 'liveness'), failed(2, 'one-start')]);
    const shrunk = [{ seed: 2, checker: 'one-start', file: 'one-start-2.scenario' }];
    const lines = simulationLines({ from: 1, tookMs: 2_000, report, shrunk });
    expect(lines.slice(0, 8)).toEqual([
      '3 seeds from 1: 1 broke a promise, 1 did not come to rest.',
      'seed 2  one-start, at 61,002 ms: it was started twice',
      '         again: lifeline simulate --seeds 1 --seed 2',
      '         small: one-start-2.scenario',
      'seed 3  liveness, at 61,002 ms: it was started twice',
      '         again: lifeline simulate --seeds 1 --seed 3',
      'speed    1.5 seeds/s; 3.0 simulated hours in 2.0 s, 5,400 × faster than real; 3,000 turns',
      'faults   cut 6, pause 3',
    ]);
  });

  it('lets a batch pass that is too small to reach everything, and no other', () => {
    const few = reportOf([result(1)]);
    expect(few.missed).not.toEqual([]);
    expect(few.isClean).toBe(true);
    expect(reportOf(Array.from({ length: 300 }, (_, seed) => result(seed))).isClean).toBe(false);
    expect(reportOf([failed(1, 'one-start')]).isClean).toBe(false);
  });
});
