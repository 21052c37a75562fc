/** `lifeline scenario check`: every scenario file of a directory is read and played, a line each. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ScenarioError } from '../scenarios/format/problem.ts';
import { exitCodes, pathSentence, usage } from './failure.ts';
import { jsonLine } from './json.ts';
import { timelinesOf } from './scenario-timeline.ts';
import type { Call } from './verb.ts';

const EXTENSION = '.scenario';

export async function checkDirectories(
  call: Call,
  directories: readonly string[],
): Promise<number> {
  let failed = 0;
  for (const file of directories.flatMap(scenariosIn)) {
    const problem = await problemOf(file);
    if (problem !== undefined) failed++;
    if (call.values.json)
      call.print(jsonLine({ file, holds: problem === undefined, problem: problem ?? null }));
    else call.print(problem === undefined ? `ok ${file}` : `FAILED ${problem}`);
  }
  return failed === 0 ? exitCodes.done : exitCodes.someFailed;
}

function scenariosIn(directory: string): readonly string[] {
  try {
    const names = readdirSync(directory, { recursive: true }) as string[];
    const files = names.filter((name) => name.endsWith(EXTENSION)).sort();
    if (files.length > 0) return files.map((name) => join(directory, name));
  } catch (error) {
    throw usage(pathSentence('directory', directory, error), error);
  }
  throw usage(`There is no *${EXTENSION} file in ${directory}; name the directory that has them.`);
}

async function problemOf(file: string): Promise<string | undefined> {
  try {
    for await (const { failure } of timelinesOf([file])) if (failure !== undefined) return failure;
    return undefined;
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
}
