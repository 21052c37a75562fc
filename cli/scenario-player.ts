/**
 * Plays scenarios for the page, each in a process of its own, so that the controller's loop never waits for one.
 *
 *   DATA/*.scenario, the recording that is being written, and the scripts that come with Lifeline ──▶ list
 *   named or dropped ──▶ scenario-process.ts ──▶ the JSON of what happens │ too long, too large: ended
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { badRequest, RequestRefused } from '../dashboard/server/problem.ts';
import type {
  ScenarioAsked,
  ScenarioPlayer,
  ScenarioSummary,
} from '../dashboard/server/scenario-player.ts';
import { argumentsToRun, sibling } from '../handlers/sibling.ts';
import { filesOf, isTape } from '../scenarios/tape/read-tape.ts';
import { exitCodes } from './failure.ts';
import type { ScenarioTask } from './scenario-task.ts';

const EXTENSION = '.scenario';
/** Where the scripts may lie, seen from the sources, the compiled file, and a file of the bundle. */
const SHIPPED = ['../scenarios/scripted/', '../../scenarios/scripted/'];
/** A title stands in the first lines. */
const HEAD_BYTES = 2_000;
/** A story of an hour takes a second. */
const WITHIN_MS = 60_000;
const MEMORY_MB = 1_024;

interface Found extends ScenarioSummary {
  readonly path: string;
}

/**
 * @param data the data directory
 * @param recording the file of `--record`
 */
export function createScenarioPlayer(data: string, recording?: string): ScenarioPlayer {
  const current = recording === undefined ? undefined : resolve(recording);
  let isPlaying = false;
  let shipped: Promise<readonly Found[]> | undefined;
  const find = async () => {
    const own = (await scenariosIn(data)).filter((path) => path !== current);
    const paths = current === undefined ? own : [current, ...own];
    const found = await Promise.all(
      paths.map((path) => summaryOf(path, { isBeingWritten: path === current })),
    );
    return [...found.flat(), ...(await (shipped ??= findShipped()))];
  };
  return {
    list: async () => (await find()).map(({ path: _path, ...summary }) => summary),
    async play(asked) {
      const task = await taskOf(asked, find);
      if (isPlaying) {
        throw new RequestRefused(
          'busy',
          'Another scenario is being played: try again in a moment.',
        );
      }
      isPlaying = true;
      try {
        return await played(task);
      } finally {
        isPlaying = false;
      }
    },
  };
}

async function taskOf(
  asked: ScenarioAsked,
  find: () => Promise<readonly Found[]>,
): Promise<ScenarioTask> {
  if ('files' in asked) {
    const safe = (file: string) => basename(file).replace(/[^\w.-]/g, '_') || 'dropped';
    return { files: asked.files.map(({ file, text }) => ({ file: safe(file), text })) };
  }
  const found = (await find()).find(({ name }) => name === asked.name);
  if (found) return { path: found.path };
  throw new RequestRefused(
    'noScenario',
    `There is no scenario "${asked.name}"; GET /api/v1/scenarios lists them.`,
  );
}

async function played(task: ScenarioTask): Promise<Uint8Array> {
  const toRun = argumentsToRun(sibling('./scenario-process.ts', import.meta.url));
  const child = spawn(process.execPath, [`--max-old-space-size=${MEMORY_MB}`, ...toRun], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), WITHIN_MS);
  try {
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    // It may be gone before it has read all.
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify(task));
    const [said, complaint, [code]] = await Promise.all([
      buffer(child.stdout),
      buffer(child.stderr),
      ended,
    ]);
    if (code === exitCodes.done) return said;
    if (code === exitCodes.usage) throw badRequest(said.toString());
    // Out of memory it ends by a signal, as when it is killed.
    if (code !== null) throw new Error(`A scenario could not be played: ${complaint.toString()}`);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
  throw new RequestRefused(
    'tooLarge',
    `It takes more than ${WITHIN_MS / 1_000} s or ${MEMORY_MB} MB to play this: cut out what you want to see with \`lifeline scenario cut\`.`,
  );
}

async function scenariosIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  const wanted = names.filter((name) => name.endsWith(EXTENSION)).sort();
  return wanted.map((name) => join(resolve(directory), name));
}

async function findShipped(): Promise<readonly Found[]> {
  const folder = SHIPPED.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(
    (path) => existsSync(path),
  );
  const paths = folder === undefined ? [] : await scenariosIn(folder);
  return (await Promise.all(paths.map((path) => summaryOf(path, { isShipped: true })))).flat();
}

/** What the first lines say; nothing of a file that cannot be read, or is no scenario. */
async function summaryOf(
  path: string,
  { isShipped = false, isBeingWritten = false },
): Promise<readonly Found[]> {
  try {
    const head = await headOf(path);
    if (!head.startsWith('lifeline scenario ')) return [];
    const { size, mtime } = await stat(path);
    const valueOf = (word: string) => new RegExp(`^${word} +(.*)$`, 'm').exec(head)?.[1]?.trim();
    // A recording goes back as far as its oldest file.
    const oldest = filesOf(path).at(-1) ?? path;
    const began = /"began":"([^"]+)"/.exec(await headOf(oldest))?.[1];
    const isRecording = isTape(head);
    const recorded = `Recorded from ${began?.slice(0, 19).replace('T', ' ') ?? 'an unknown time'} UTC`;
    return [
      {
        path,
        name: basename(path, EXTENSION),
        kind: isRecording ? 'recording' : 'script',
        isShipped,
        isBeingWritten,
        title: isRecording ? recorded : (valueOf('title') ?? basename(path)),
        source: valueOf('source') ?? null,
        bytes: size,
        at: isShipped ? null : mtime.toISOString(),
      },
    ];
  } catch {
    return [];
  }
}

async function headOf(path: string): Promise<string> {
  await using file = await open(path);
  const { bytesRead, buffer: bytes } = await file.read({ buffer: Buffer.alloc(HEAD_BYTES) });
  return bytes.toString('utf8', 0, bytesRead);
}
