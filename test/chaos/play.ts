/**
 * One chaos run from beginning to end: the stage is set, work flows, faults befall it, all is healed, what
 * is left ends, the nodes leave, and the checker looks.
 *
 *   stage ─▶ feed + faults ─▶ quiet: everything ended or parked ─▶ SIGTERM ─▶ check ─▶ scorecard
 */
import { mkdtempSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../../actors/clock.ts';
import { controllerDirectory } from '../../cli/controller-store.ts';
import { processesWith } from '../process/gate.ts';
import { agentFacts, check, type Checked } from './checker.ts';
import { direct, type Played } from './director.ts';
import { feed, JOB } from './feed.ts';
import { pause } from './faults.ts';
import { readLedger } from './ledger.ts';
import { kindNames, kindOf, schedule, type Fault, type KindName } from './schedule.ts';
import { scorecard, type Scorecard } from './scorecard.ts';
import { openStage, timing, type Stage } from './stage.ts';
import { watch, type Watch } from './watch.ts';

export interface PlayOptions {
  readonly seed: number;
  readonly faults: number;
  readonly tasks: number;
  readonly agents: number;
  /** Of each agent. */
  readonly slots: number;
  readonly pauseMs: number;
  /** Default: all that this host allows. */
  readonly only?: readonly KindName[];
  /** Leaves the directory of the run behind. */
  readonly keep?: boolean;
  /** Hears what happens, line by line. */
  readonly told: (line: string) => void;
}

/** Tasks that are handed over beyond those that the faults so far have earned. */
const AHEAD = 150;
/** Longest time that what is left may take when all is healed. */
const QUIET_WITHIN_MS = 180_000;
const ORPHANS_WITHIN_MS = 10_000;

export async function play(options: PlayOptions): Promise<Scorecard> {
  const { told } = options;
  const directory = mkdtempSync(join(tmpdir(), 'lifeline-chaos-'));
  const ids = Array.from({ length: options.agents }, (_, n) => `a${n + 1}`);
  const startedAt = clock.elapsed();
  const stage = await openStage(directory, ids, options.slots);
  const notes: string[] = [];
  try {
    const names = (options.only ?? kindNames).filter(
      (name) => stage.disks !== undefined || kindOf(name).needsDisk !== true,
    );
    if (stage.disks === undefined) {
      notes.push('Not tried: full disks, since this host allows no mounts (unshare --mount).');
    }
    const { seed, faults: count, pauseMs } = options;
    const faults = schedule({ seed, count, agents: ids, kinds: names, pauseMs });
    await Promise.all([stage.controller, ...stage.agents].map(({ node }) => node.start()));
    told(`The stage is set: ${count} faults, ${options.tasks} tasks, seed ${seed}, ${directory}`);
    const played = await faulted(stage, options, faults, notes);
    const orphans = await takeDown(stage, notes);
    // What is on small disks is gone with them.
    if (options.keep === true && stage.disks !== undefined) {
      await cp(stage.seen(join(directory, 'disks')), join(directory, 'kept'), { recursive: true });
    }
    const checked = await checkAll(stage, notes);
    const { stalls, list } = played;
    const card = scorecard({
      seed,
      tasks: options.tasks,
      played: list,
      checked: { ...checked, findings: [...checked.findings, ...orphans] },
      stalls,
      elapsedMs: clock.elapsed() - startedAt,
      notes,
    });
    return card;
  } finally {
    await stage.close();
    if (options.keep !== true) await rm(directory, { recursive: true, force: true });
  }
}

async function faulted(
  stage: Stage,
  { tasks, seed, told, faults: count }: PlayOptions,
  faults: readonly Fault[],
  notes: string[],
) {
  const work = await feed(stage, tasks, seed);
  const eyes = watch(stage, JOB);
  const list: Played[] = [];
  work.allow(AHEAD);
  await direct(
    stage,
    eyes,
    faults,
    ({ n }) => work.allow(Math.ceil((n / count) * tasks) + AHEAD),
    (one) => {
      list.push(one);
      told(accountOf(one));
    },
  );
  work.allow(tasks);
  await work.ended;
  told('All is healed; what is left may end.');
  const isQuiet = await eyes.until(({ job }) => job.remaining === 0, QUIET_WITHIN_MS);
  if (!isQuiet) notes.push(`Not at rest ${QUIET_WITHIN_MS / 1000} s after all was healed.`);
  await eyes.end();
  return { list, stalls: eyes.stalls satisfies Watch['stalls'] };
}

function accountOf({ n, kind, agent, beganAt, healedAt, recoveredAt }: Played): string {
  const span = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
  const well =
    recoveredAt === null ? 'not recovered' : `well again in ${span(healedAt, recoveredAt)}`;
  const at = new Date(beganAt).toISOString().slice(11, 23);
  return `${at} ${String(n).padStart(3)} ${kind} ${agent ?? 'all'}: ${span(beganAt, healedAt)}, ${well}`;
}

/** Agents first, so that they can hand over what they have. Afterwards nothing of the work may live. */
async function takeDown(stage: Stage, notes: string[]): Promise<Checked['findings']> {
  await Promise.all(stage.agents.map(({ node }) => node.down('SIGTERM')));
  await stage.controller.node.down('SIGTERM');
  for (const { id, node } of [stage.controller, ...stage.agents]) {
    if (node.ends.length === 0) continue;
    const counts = new Map<string, number>();
    for (const { how } of node.ends) counts.set(how, (counts.get(how) ?? 0) + 1);
    const hows = [...counts].map(([how, times]) => `${how} × ${times}`).join(', ');
    notes.push(`${id} has ended by itself and was started again: ${hows}.`);
  }
  const until = clock.elapsed() + ORPHANS_WITHIN_MS;
  const living = () => processesWith(stage.work);
  while (living().length > 0 && clock.elapsed() < until) await pause(50);
  return living().map((pid) => ({
    sight: 'overlap',
    at: clock.now(),
    agent: null,
    says: `process ${pid} of a task outlives its agent by ${ORPHANS_WITHIN_MS / 1000} s`,
  }));
}

async function checkAll(stage: Stage, notes: string[]): Promise<Checked> {
  const controller = controllerDirectory(stage.seen(stage.controller.data));
  const agents = new Map(stage.agents.map(({ id, data }) => [id, join(stage.seen(data), id)]));
  const ledger = readLedger(join(stage.work, 'ledger'));
  const checked = await check({ controller, agents, ledger });
  const facts = [...(await agentFacts(controller))].sort(([a], [b]) => a.localeCompare(b));
  notes.push(`Facts: ${facts.map(([kind, count]) => `${kind} ${count}`).join(', ')}.`);
  notes.push(`Timing: ${timing.periodMs} ms, ${timing.delayMs} ms, ${timing.timeoutMs} ms.`);
  return checked;
}
