/**
 * Plays seeds on all cores: a child process for each, which is given the next seed when it has told what
 * became of the one before.
 *
 *   seeds ──▶ child 1 … child n ──result──▶ whoever counts
 *
 * A child that ends in the middle of a seed, or is not done with it for two minutes, is a finding too.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { argumentsToRun, sibling } from '../handlers/sibling.ts';
import type { SeedResult } from '../scenarios/simulate.ts';

/** No seed takes a tenth of that; one that does goes round in circles. */
const LONGEST_MS = 120_000;

/** Resolves when all are played, or with the first abort. Children are gone by then. */
export async function playSeeds(
  seeds: Iterator<number>,
  heard: (result: SeedResult) => void,
  signal: AbortSignal,
): Promise<void> {
  const lanes = Array.from({ length: availableParallelism() }, () =>
    playSome(seeds, heard, signal),
  );
  await Promise.all(lanes);
}

async function playSome(
  seeds: Iterator<number>,
  heard: (result: SeedResult) => void,
  signal: AbortSignal,
): Promise<void> {
  let child: ChildProcess | undefined;
  const kill = () => child?.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  try {
    for (let next = seeds.next(); !next.done && !signal.aborted; next = seeds.next()) {
      child ??= startChild();
      const result = await played(child, next.value);
      if (signal.aborted) return;
      if (result.violation?.checker === 'process') {
        kill();
        child = undefined;
      }
      heard(result);
    }
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

function startChild(): ChildProcess {
  const toRun = argumentsToRun(sibling('../scenarios/simulate-process.ts', import.meta.url));
  const child = spawn(process.execPath, toRun, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  // Whoever waits for it hears of its end.
  child.on('error', () => {});
  return child;
}

function played(child: ChildProcess, seed: number): Promise<SeedResult> {
  return new Promise((resolve) => {
    const lost = (says: string) => {
      const violation = { checker: 'process', atMs: 0, says };
      finish({ seed, violation, digest: '', simulatedMs: 0, turns: 0, marks: [], faults: {} });
    };
    const timer = setTimeout(
      () => lost(`it is not done after ${LONGEST_MS / 1_000} s`),
      LONGEST_MS,
    );
    const ended = (code: number | null, by: string | null) =>
      lost(`the process that played it has ended by itself (${by ?? code})`);
    const finish = (result: SeedResult) => {
      clearTimeout(timer);
      child.off('message', finish);
      child.off('exit', ended);
      resolve(result);
    };
    child.on('message', finish);
    child.on('exit', ended);
    child.send(seed, (error) => error && lost(`its process cannot be reached: ${error.message}`));
  });
}
