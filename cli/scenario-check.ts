/** `lifeline scenario check`: every scenario file of a directory, or one that is named, is read and played, a line each. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ScenarioError } from '../scenarios/format/problem.ts';
import { exitCodes, pathSentence, usage } from './failure.ts';
import { jsonLine } from './json.ts';
import { timelinesOf } from './scenario-timeline.ts';
import type { Call } from './verb.ts';

const EXTENSION = '.scenario';

export async function checkScenarios(call: Call, paths: readonly string[]): Promise<number> {
  let failed = 0;
  for (const file of paths.flatMap(scenariosIn)) {
    const problem = await problemOf(file);
    if (problem !== undefined) failed++;
    if (call.values.json)
      call.print(jsonLine({ file, holds: problem === undefined, problem: problem ?? null }));
    else call.print(problem === undefined ? `ok ${file}` : `FAILED ${problem}`);
  }
  return failed === 0 ? exitCodes.done : exitCodes.someFailed;
}

function scenariosIn(path: string): readonly string[] {
  try {
    if (statSync(path).isFile()) return [path];
    const names = readdirSync(path, { recursive: true }) as string[];
    const files = names.filter((name) => name.endsWith(EXTENSION)).sort();
    if (files.length > 0) return files.map((name) => join(path, name));
  } catch (error) {
    throw usage(pathSentence('directory', path, error), error);
  }
  throw usage(`There is no *${EXTENSION} file in ${path}; name the directory that has them.`);
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
