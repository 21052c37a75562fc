/** What `lifeline simulate` prints at its end, for people. */
import type { Report, SeedResult } from '../scenarios/simulate.ts';

/** A seed that failed and was made small. */
export interface Shrunk {
  readonly seed: number;
  readonly checker: string;
  readonly file: string;
}

export function simulationLines(batch: {
  readonly from: number;
  /** How long it took, in ms. */
  readonly tookMs: number;
  readonly report: Report;
  readonly shrunk: readonly Shrunk[];
}): string[] {
  const { from, tookMs, report, shrunk } = batch;
  const { seeds, failures, simulatedMs, turns, faults, missed } = report;
  const perSecond = ((seeds * 1_000) / Math.max(1, tookMs)).toFixed(1);
  const ratio = Math.round(simulatedMs / Math.max(1, tookMs));
  const counts = Object.entries(faults).map(([kind, count]) => `${kind} ${grouped(count)}`);
  return [
    `${seedsFrom(seeds, from)}: ${verdict(failures)}`,
    ...failures.flatMap((failure) => failureLines(failure, shrunk)),
    `speed    ${perSecond} seeds/s; ${(simulatedMs / 3_600_000).toFixed(1)} simulated hours in ` +
      `${(tookMs / 1_000).toFixed(1)} s, ${grouped(ratio)} × faster than real; ${grouped(turns)} turns`,
    `faults   ${counts.join(', ') || 'none'}`,
    missed.length === 0 ? 'reached  everything' : `missed   ${missed.join(', ')}`,
  ];
}

export const seedsFrom = (seeds: number, from: number): string =>
  `${seeds === 1 ? 'seed' : `${grouped(seeds)} seeds from`} ${from}`;

function verdict(failures: readonly SeedResult[]): string {
  if (failures.length === 0) return 'every promise was kept.';
  const stuck = failures.filter(({ violation }) => violation!.checker === 'liveness').length;
  const parts = [
    ...(failures.length > stuck ? [`${failures.length - stuck} broke a promise`] : []),
    ...(stuck > 0 ? [`${stuck} did not come to rest`] : []),
  ];
  return `${parts.join(', ')}.`;
}

function failureLines({ seed, violation }: SeedResult, shrunk: readonly Shrunk[]): string[] {
  const { checker, atMs, says } = violation!;
  const file = shrunk.find((each) => each.seed === seed)?.file;
  return [
    `seed ${seed}  ${checker}, at ${grouped(Math.round(atMs))} ms: ${says}`,
    `         again: lifeline simulate --seeds 1 --seed ${seed}`,
    ...(file === undefined ? [] : [`         small: ${file}`]),
  ];
}

function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
