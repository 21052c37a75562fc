/**
 * `lifeline demo`: the main job of Lifeline before your eyes. A tree of small files is copied by two
 * agents, processes of their own on a nats-server; in the middle the link to one of them is cut, in both
 * directions, while it has work, and healed before its time is up.
 *
 *   a nats-server is here, or fetched ─▶ demo-nats.ts ──┐
 *   none, or --one-process ────────────▶ demo-stage.ts ─┤
 *                                                       ▼
 *   seed a tree ─▶ ingest ──▶ cut ─ suspect ─ re-sends ─ heal ─ reconciled ──▶ done
 *                                                                              │
 *   every file compared by checksum, every start counted, one task explained ◀─┘
 *
 * It uses nothing that a user could not type, but for the knife, and ends with 1 unless all of it happened.
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { walkEntries } from '../handlers/ingest-walk.ts';
import { cutOnce, type Cut } from './demo-cut.ts';
import { examine, type Evidence } from './demo-evidence.ts';
import { stageOverNats } from './demo-nats.ts';
import { openDemoServer, type DemoServer } from './demo-server.ts';
import { agentIds, stageInOneProcess, type Cast } from './demo-stage.ts';
import { demoStory, type Story } from './demo-story.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';
import { followJob } from './follow-job.ts';
import { ingestSource } from './ingest-job.ts';
import { jsonDocument } from './json.ts';
import { createScreen } from './screen.ts';
import { seedTree } from './seed-tree.ts';
import type { Call, Verb } from './verb.ts';
import { whoAmI } from './who.ts';

const JOB = 'demo';
/** The odd part of the tree alone has some; without plain ones there is nothing to cut. */
const FEWEST_FILES = 100;
const MOST_FILES = 1_000_000;

export const demo: Verb = {
  name: 'demo',
  arguments: '',
  summary:
    'copy 10,000 files through two agents, cut one of them off in the middle, prove the copy',
  notes: `
Its own defaults: --period 1s --delay 200ms --timeout 6s --files-per-task 10. It works in a temporary directory, whatever --data says, and where there is no nats-server it tries for 20 s to fetch one with apt into the user's cache.`,
  settings: ['agents', 'slots', 'files-per-task'],
  fallbacks: {
    period: '1s',
    delay: '200ms',
    timeout: '6s',
    'files-per-task': '10',
    'log-level': 'error',
  },
  options: [
    ['--files <N>', 'files to make (default 10000)'],
    ['--seed <N>', 'another tree for another number (default 42)'],
    ['--cut-after <PERCENT>', 'cut when so much is done (default 40%)'],
    ['--one-process', 'no nats-server and no processes: all in this one, the link in memory'],
    ['--keep', 'leave the trees and the data directory where they are'],
  ],
  async run(call) {
    const wanted = wantedOf(call);
    // From here on there is something to clean up.
    call.interruption();
    const directory = mkdtempSync(join(tmpdir(), 'lifeline-demo-'));
    let isKept = wanted.keep;
    try {
      const evidence = await perform(call, wanted, directory);
      isKept ||= evidence.flaws.length > 0;
      return evidence.flaws.length === 0 ? exitCodes.done : exitCodes.someFailed;
    } finally {
      if (isKept) call.screen.line(`Everything is left in ${directory}.`);
      else {
        call.screen.line('Removing the trees …');
        await rm(directory, { recursive: true, force: true });
      }
    }
  },
};

interface Wanted {
  readonly files: number;
  readonly seed: number;
  /** A fraction of the work. */
  readonly cutAfter: number;
  readonly keep: boolean;
  readonly oneProcess: boolean;
}

function wantedOf({ options, values }: Call): Wanted {
  const number = (name: string, fallback: number, least: number, most: number) => {
    const text = options[name];
    if (text === undefined) return fallback;
    const given = Number(String(text).replace(name === 'cutAfter' ? /%$/ : '', ''));
    if (Number.isInteger(given) && given >= least && given <= most) return given;
    const typed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usage(`--${typed} must be a whole number from ${least} to ${most}, not ${String(text)}.`);
  };
  const wanted = {
    files: number('files', 10_000, FEWEST_FILES, MOST_FILES),
    seed: number('seed', 42, 0, 2 ** 32 - 1),
    cutAfter: number('cutAfter', 40, 1, 90) / 100,
    keep: options['keep'] === true,
    oneProcess: options['oneProcess'] === true,
  };
  if (values.agents < 2)
    throw usage('The demo needs two agents: one is cut off, the other goes on.');
  return wanted;
}

async function perform(call: Call, wanted: Wanted, directory: string): Promise<Evidence> {
  const { values, clock } = call;
  const page = createScreen(call.stdout, call.env);
  const trees = { source: join(directory, 'source'), target: join(directory, 'target') };
  const data = join(directory, 'data');
  const server = wanted.oneProcess
    ? 'You asked for it with --one-process.'
    : await openDemoServer(call, directory);
  try {
    const isOverNats = typeof server !== 'string';
    const about = { directory, values, isKept: wanted.keep, isOverNats };
    const story = demoStory(page, values.json ? () => {} : call.print, about);
    const startedAt = clock.elapsed();
    const tree = seedTree(trees.source, wanted.files, wanted.seed);
    story.begin(tree, wanted, clock.elapsed() - startedAt);
    const played = { ...call, values: { ...values, data } };
    const { cut, cast } = await ingestAndCut(played, server, wanted, trees, story);
    const agents = agentIds(values.agents);
    const evidence = await examine({ ...trees, data, agents, job: JOB, tree, cut }, clock);
    if (values.json) call.print(jsonDocument({ ...trees, data, tree, ...cast, cut, ...evidence }));
    else story.end(evidence, cut, clock.elapsed() - startedAt);
    return evidence;
  } finally {
    if (typeof server !== 'string') await server.server.stop();
  }
}

async function ingestAndCut(
  call: Call,
  server: DemoServer | string,
  wanted: Wanted,
  trees: { readonly source: string; readonly target: string },
  story: Story,
): Promise<{ readonly cut: Cut | undefined; readonly cast: Cast }> {
  const filesPerTask = call.values['files-per-task'];
  const tasks = await countTasks(trees.source, filesPerTask);
  const stage = await (typeof server === 'string'
    ? stageInOneProcess(call, server)
    : stageOverNats(call, server));
  const knife = cutOnce(call, stage, Math.floor(tasks * wanted.cutAfter));
  try {
    const spec = { kind: 'ingest', ...trees, filesPerTask };
    const wanted = await ingestSource(call.values.data)(spec, { name: JOB, by: whoAmI() });
    const job = await stage.controller.startJob(wanted);
    const join = async () => {
      await stage.join();
      story.started(tasks, stage.cast());
    };
    const ended = await followJob(call, { ...stage, join }, job);
    if (ended === undefined) throw new CommandFailed(exitCodes.interrupted, 'Interrupted.');
    knife.end();
    return { cut: knife.cut(), cast: stage.cast() };
  } catch (error) {
    throw stage.trouble() ?? error;
  } finally {
    knife.end();
    await stage.close();
  }
}

/** Tasks up to the times of the directories, which come when the rest is done. */
async function countTasks(source: string, filesPerTask: number): Promise<number> {
  const items = walkEntries(source, { filesPerTask });
  let tasks = 0;
  while (!(await items.next()).done) tasks++;
  return tasks;
}
