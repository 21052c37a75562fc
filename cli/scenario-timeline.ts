/**
 * What happens in scenario files, from their first moment to the last: a script is played in a world of its
 * own, recordings are replayed together.
 *
 *   files ─▶ sights, lines ─▶ moments as text has them (lanes.ts), or as a picture does (telling.ts)
 */
import { readFileSync } from 'node:fs';
import { readScenario } from '../scenarios/format/read.ts';
import { momentsOf, WORLD, type Moment } from '../scenarios/lanes.ts';
import { playScenario } from '../scenarios/play.ts';
import { replay, type Seen } from '../scenarios/replay.ts';
import type { Sight } from '../scenarios/sight.ts';
import { momentsOfLine } from '../scenarios/tape/moments.ts';
import { isTape } from '../scenarios/tape/read-tape.ts';
import { EVERY_LANE, type TapeLine } from '../scenarios/tape/tape-line.ts';
import { pathSentence, usage } from './failure.ts';

export interface Timeline<Each extends Moment = Moment> {
  readonly title: string;
  /** Names of the lanes, in the order of the columns. */
  readonly lanes: readonly string[];
  /** Those of them of which nothing is recorded. */
  readonly unrecorded: readonly string[];
  /** In order of time. */
  readonly moments: readonly Each[];
  /** Instant of the first moment of a recording, in ms since 1970; undefined for a script. */
  readonly beganMs?: number;
  /** Why it did not go on as it was to; undefined: it did. */
  readonly failure?: string;
  /** The same as data. */
  readonly detail?: unknown;
  /** False: of a recording not everything could be read or replayed; the notes say what. */
  readonly isWhole: boolean;
  readonly notes: readonly string[];
}

/** Says what of a sight or a line is a moment. */
export interface Teller<Each extends Moment> {
  readonly ofSight: (sight: Sight) => readonly Each[];
  readonly ofLine: (line: TapeLine, atMs: number) => readonly Each[];
}

/** Facts, and what was done to the world; without the messages. */
const plain: Teller<Moment> = { ofSight: momentsOf, ofLine: momentsOfLine };

/**
 * One timeline for each script, and one for all recordings.
 *
 * @throws {ScenarioError} {CommandFailed} when a file cannot be read
 */
export const timelinesOf = (files: readonly string[]): AsyncGenerator<Timeline> =>
  toldTimelines(files, () => plain);

/** How a timeline is called: by its files, and what they say. */
export const titleOf = (files: readonly string[], text: string) => `${files.join(', ')}: ${text}`;

/** The same, told otherwise. @param begin makes what tells of one timeline */
export async function* toldTimelines<Each extends Moment>(
  files: readonly string[],
  begin: () => Teller<Each>,
): AsyncGenerator<Timeline<Each>> {
  const texts = files.map((file) => ({ file, text: textOf(file) }));
  for (const { file, text } of texts) if (!isTape(text)) yield await played(file, text, begin());
  const tapes = texts.filter(({ text }) => isTape(text)).map(({ file }) => file);
  if (tapes.length > 0) yield await replayed(tapes, begin());
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(pathSentence('scenario', file, error), error);
  }
}

async function played<Each extends Moment>(
  file: string,
  text: string,
  teller: Teller<Each>,
): Promise<Timeline<Each>> {
  const scenario = readScenario(text, file);
  const moments: Each[] = [];
  const { failure, violation } = await playScenario(scenario, {
    hear: (sight) => void moments.push(...teller.ofSight(sight)),
  });
  const agents = scenario.setting.agents.map(({ id }) => id);
  const others = ['rival', 'twin'].filter((lane) => moments.some((moment) => moment.lane === lane));
  return {
    title: titleOf([file], scenario.title),
    lanes: [WORLD, 'controller', ...agents, ...others],
    moments,
    ...(failure !== undefined && { failure }),
    ...(violation && { detail: { checker: violation.checker, atMs: violation.atMs } }),
    unrecorded: [],
    isWhole: true,
    notes: [],
  };
}

async function replayed<Each extends Moment>(
  files: readonly string[],
  teller: Teller<Each>,
): Promise<Timeline<Each>> {
  const seen: Seen[] = [];
  const { lanes, divergence, isWhole, notes } = await replay(files, {
    see: (line) => {
      if (line.lane !== EVERY_LANE || line.word === 'gap') seen.push(line);
      return true;
    },
  });
  seen.sort((one, other) => one.wallMs - other.wallMs);
  const beganMs = seen[0]?.wallMs ?? 0;
  const names = lanes.map(({ lane }) => lane).sort();
  return {
    title: titleOf(files, `from ${new Date(beganMs).toISOString()}`),
    lanes: ['controller', ...names.filter((name) => name !== 'controller')],
    moments: seen.flatMap((line) => teller.ofLine(line, line.wallMs - beganMs)),
    unrecorded: names.includes('controller') ? [] : ['controller'],
    beganMs,
    ...(divergence && { failure: divergence.text, detail: divergence }),
    isWhole,
    notes,
  };
}
