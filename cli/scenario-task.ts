/**
 * One scenario, played for the page: what happens in it as data.
 *
 *   { path } or { file, text } ──▶ toldTimelines ──▶ PlayedScenario
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import type { PlayedScenario, ScenarioFailure } from '../dashboard/server/scenario-player.ts';
import { ScenarioError } from '../scenarios/format/problem.ts';
import { createTelling, type Told } from '../scenarios/telling.ts';
import { usage } from './failure.ts';
import { toldTimelines, type Timeline } from './scenario-timeline.ts';

/** So many items are enough for a person, and few enough for a page. */
const ITEMS_MAX = 20_000;
/** Of what differs, for each side. */
const SIDE_MAX = 4_000;

/** A file of this machine, or the text of one. */
export type ScenarioTask =
  { readonly path: string } | { readonly file: string; readonly text: string };

/** Plays it. @throws {CommandFailed} one sentence, when it cannot be read */
export async function playTask(asked: ScenarioTask): Promise<PlayedScenario> {
  if ('path' in asked) return played(asked.path);
  // A recording is read as files are.
  const directory = mkdtempSync(join(tmpdir(), 'lifeline-scenario-'));
  try {
    const path = join(directory, asked.file);
    writeFileSync(path, asked.text);
    return await played(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function played(path: string): Promise<PlayedScenario> {
  // Whoever looks at the page need not know where on this machine a file lies.
  const bare = (text: string) => text.replaceAll(`${dirname(path)}${sep}`, '');
  const timeline = await toldTimeline(path).catch((error: unknown) => {
    if (!(error instanceof ScenarioError)) throw error;
    throw usage(bare(error.message), error);
  });
  const { beganMs, moments, lanes, notes, title } = timeline;
  const failure = failureIn(timeline);
  return {
    kind: beganMs === undefined ? 'script' : 'recording',
    title: bare(title).replace(`${basename(path)}: `, ''),
    beganAt: beganMs === undefined ? null : new Date(beganMs).toISOString(),
    lanes,
    items: moments.slice(0, ITEMS_MAX),
    left: Math.max(0, moments.length - ITEMS_MAX),
    failure: failure && { ...failure, text: bare(failure.text) },
    notes: notes.map(bare),
  };
}

async function toldTimeline(path: string): Promise<Timeline<Told>> {
  const first = await toldTimelines([path], createTelling).next();
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
