/**
 * One scenario, played for the page: what happens in it as data.
 *
 *   { path } or { files } ──▶ toldTimelines ──▶ PlayedScenario
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import type {
  PlayedScenario,
  ScenarioFailure,
  ScenarioFile,
} from '../dashboard/server/scenario-player.ts';
import { ScenarioError } from '../scenarios/format/problem.ts';
import { isTape } from '../scenarios/tape/read-tape.ts';
import { createTelling, type Told } from '../scenarios/telling.ts';
import { usage } from './failure.ts';
import { titleOf, toldTimelines, type Timeline } from './scenario-timeline.ts';

/** So many items are enough for a person, and few enough for a page. */
const ITEMS_MAX = 20_000;
/** Of what differs, for each side. */
const SIDE_MAX = 4_000;

/** A file of this machine, or the text of one script or of recordings. */
export type ScenarioTask = { readonly path: string } | { readonly files: readonly ScenarioFile[] };

/** Plays it. @throws {CommandFailed} one sentence, when it cannot be read */
export async function playTask(asked: ScenarioTask): Promise<PlayedScenario> {
  if ('path' in asked) return played([asked.path]);
  const named = namesToPlay(asked.files);
  // A recording is read as files are.
  const directory = mkdtempSync(join(tmpdir(), 'lifeline-scenario-'));
  try {
    for (const { file, text } of asked.files) writeFileSync(join(directory, file), text);
    return await played(named.map((file) => join(directory, file)));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** @throws {CommandFailed} when they are not for one timeline */
function namesToPlay(files: readonly ScenarioFile[]): readonly string[] {
  const names = files.map(({ file }) => file);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw usage(`Two of the files are called ${twice}: rename one.`);
  const script = files.find(({ text }) => !isTape(text));
  if (script && files.length > 1) {
    throw usage(
      `${script.file} is no recording: open it alone. Only recordings are played together.`,
    );
  }
  // The older files of a recording go with it.
  return names.filter((name) => !names.some((other) => isOlderOf(other, name)));
}

const isOlderOf = (file: string, name: string) =>
  name.startsWith(`${file}.`) && /^\d+$/.test(name.slice(file.length + 1));

async function played(paths: readonly string[]): Promise<PlayedScenario> {
  // Whoever looks at the page need not know where on this machine a file lies.
  const bare = (text: string) => text.replaceAll(`${dirname(paths[0]!)}${sep}`, '');
  const timeline = await toldTimeline(paths).catch((error: unknown) => {
    if (!(error instanceof ScenarioError)) throw error;
    throw usage(bare(error.message), error);
  });
  const { beganMs, moments, lanes, notes, title, isWhole } = timeline;
  const more = spokenTo(moments).filter((lane) => !lanes.includes(lane));
  const failure = failureIn(timeline);
  return {
    kind: beganMs === undefined ? 'script' : 'recording',
    title: title.slice(titleOf(paths, '').length),
    beganAt: beganMs === undefined ? null : new Date(beganMs).toISOString(),
    lanes: [...lanes, ...more],
    unrecorded: [...timeline.unrecorded, ...more],
    items: moments.slice(0, ITEMS_MAX),
    left: Math.max(0, moments.length - ITEMS_MAX),
    failure: failure && { ...failure, text: bare(failure.text) },
    isWhole,
    notes: notes.map(bare),
  };
}

const spokenTo = (moments: readonly Told[]): readonly string[] =>
  [...new Set(moments.flatMap(({ to }) => to ?? []))].sort();

async function toldTimeline(paths: readonly string[]): Promise<Timeline<Told>> {
  const first = await toldTimelines(paths, createTelling).next();
  return first.value as Timeline<Told>;
}

/** What a timeline says of a recording that is decided otherwise, or of a script that does not hold. */
interface Detail {
  readonly atMs: number;
  readonly lane?: string;
  readonly turn?: number;
  readonly line?: number;
  readonly path?: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
}

function failureIn({ failure, detail, beganMs }: Timeline<Told>): ScenarioFailure | null {
  if (failure === undefined) return null;
  const told = detail as Detail | undefined;
  if (!told) return { text: failure, atMs: null, divergence: null };
  const { atMs, lane, turn = 0, line = 0, path = '', expected, actual } = told;
  const divergence =
    lane === undefined ? null : { lane, turn, line, path, then: side(expected), now: side(actual) };
  return { text: failure, atMs: atMs - (beganMs ?? 0), divergence };
}

const side = (json: unknown) =>
  json === undefined ? '' : JSON.stringify(json, null, 2).slice(0, SIDE_MAX);
