/**
 * What happens in scenario files, from their first moment to the last: a script is played in a world of its
 * own, recordings are replayed together.
 */
import { readFileSync } from 'node:fs';
import { readScenario } from '../scenarios/format/read.ts';
import { momentsOf, WORLD, type Moment } from '../scenarios/lanes.ts';
import { playScenario } from '../scenarios/play.ts';
import { replay, type Seen } from '../scenarios/replay.ts';
import { momentsOfLine } from '../scenarios/tape/moments.ts';
import { isTape } from '../scenarios/tape/read-tape.ts';
import { EVERY_LANE } from '../scenarios/tape/tape-line.ts';
import { pathSentence, usage } from './failure.ts';

export interface Timeline {
  readonly title: string;
  /** Names of the lanes, in the order of the columns. */
  readonly lanes: readonly string[];
  /** In order of time. */
  readonly moments: readonly Moment[];
  /** Why it did not go on as it was to; undefined: it did. */
  readonly failure?: string;
  /** The same as data. */
  readonly detail?: unknown;
  readonly notes: readonly string[];
}

/**
 * One timeline for each script, and one for all recordings.
 *
 * @throws {ScenarioError} {CommandFailed} when a file cannot be read
 */
export async function* timelinesOf(files: readonly string[]): AsyncGenerator<Timeline> {
  const texts = files.map((file) => ({ file, text: textOf(file) }));
  for (const { file, text } of texts) if (!isTape(text)) yield await played(file, text);
  const tapes = texts.filter(({ text }) => isTape(text)).map(({ file }) => file);
  if (tapes.length > 0) yield await replayed(tapes);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(pathSentence('scenario', file, error), error);
  }
}

async function played(file: string, text: string): Promise<Timeline> {
  const scenario = readScenario(text, file);
  const moments: Moment[] = [];
  const { failure, violation } = await playScenario(scenario, {
    hear: (sight) => void moments.push(...momentsOf(sight)),
  });
  const agents = scenario.setting.agents.map(({ id }) => id);
  const others = ['rival', 'twin'].filter((lane) => moments.some((moment) => moment.lane === lane));
  return {
    title: `${file}: ${scenario.title}`,
    lanes: [WORLD, 'controller', ...agents, ...others],
    moments,
    ...(failure !== undefined && { failure }),
    ...(violation && { detail: { checker: violation.checker, atMs: violation.atMs } }),
    notes: [],
  };
}

async function replayed(files: readonly string[]): Promise<Timeline> {
  const seen: Seen[] = [];
  const { lanes, divergence, notes } = await replay(files, {
    see: (line) => {
      if (line.lane !== EVERY_LANE || line.word === 'gap') seen.push(line);
      return true;
    },
  });
  seen.sort((one, other) => one.wallMs - other.wallMs);
  const beganMs = seen[0]?.wallMs ?? 0;
  const names = lanes.map(({ lane }) => lane).sort();
  return {
    title: `${files.join(', ')}: from ${new Date(beganMs).toISOString()}`,
    lanes: ['controller', ...names.filter((name) => name !== 'controller')],
    moments: seen.flatMap((line) => momentsOfLine(line, line.wallMs - beganMs)),
    ...(divergence && { failure: divergence.text, detail: divergence }),
    notes,
  };
}
