/**
 * Lifeline measured beside BullMQ, in one run on one machine. README.md says what, and how to read it.
 *
 *   for each mode   open all contenders ─▶ throughput, A B C A B C … ─▶ latency, A B C … ─▶ close
 *   reconcile       cut and heal the link of an agent that holds 10,000 tasks, again and again
 *   at the end      one report: tables, or JSON
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArguments, planOf, USAGE, type Mode, type Plan } from './arguments.ts';
import { openBullMq, openLifeline, type Contender, type Surroundings } from './contenders.ts';
import { measureReconciliation, type Cut, type Healing } from './reconcile.ts';
import { textOf } from './report-text.ts';
import { latencySection, throughputSection, type Machine, type Report } from './report.ts';
import { alternate } from './rounds.ts';
import { findServers, type Binaries } from './servers.ts';
import { percentile } from './statistics.ts';

/** Costs that a profile names. */
const TOP = 15;
/** Of statfs: where writing through costs nothing, and a figure says nothing of durability. */
const TMPFS = 0x01021994;

type Sections = Pick<Report, 'throughput' | 'latency' | 'profiles'>;

async function measure(mode: Mode, plan: Plan, around: Surroundings): Promise<Sections> {
  const contenders: Contender[] = [];
  try {
    contenders.push(await openLifeline(around, mode));
    if (mode === 'embedded') contenders.push(await openLifeline(around, 'oneLoop'));
    contenders.push(await openBullMq(around, mode, 'always'));
    contenders.push(await openBullMq(around, mode, 'everysec'));
    const { tasks, rounds, perSecond, seconds, payloadBytes, batch } = plan.numbers;
    const burst = { tasks, payloadBytes, batch };
    const bursts = await alternate(
      contenders,
      rounds,
      (contender) => contender.throughput(burst),
      (round, { name }, ms) =>
        say(
          `${mode} throughput ${label(round)} ${name}: ${((tasks * 1000) / ms).toFixed(0)} tasks/s`,
        ),
    );
    const load = { perSecond, total: perSecond * seconds, payloadBytes };
    const loads = await alternate(
      contenders,
      rounds,
      (contender) => contender.latency(load),
      (round, { name }, latencies) =>
        say(
          `${mode} latency ${label(round)} ${name}: p50 ${percentile(latencies, 0.5).toFixed(2)} ms`,
        ),
    );
    const [ours] = contenders as [Contender, ...Contender[]];
    const profiles = plan.prof ? await ours.profiled(() => ours.throughput(burst), TOP) : {};
    return {
      throughput: [throughputSection(mode, contenders, bursts, tasks)],
      latency: [latencySection(mode, contenders, loads, load.total)],
      profiles: Object.entries(profiles).map(([process, costs]) => ({ mode, process, costs })),
    };
  } finally {
    for (const contender of contenders.reverse()) await contender.close();
  }
}

const label = (round: number) => (round === 0 ? 'warm-up' : `round ${round}`);

const tellHealing = (round: number, cut: Cut, { heardMs, reconciledMs }: Healing) =>
  say(
    `reconcile ${cut} ${label(round)}: heard after ${heardMs.toFixed(0)} ms, reconciled after ${reconciledMs.toFixed(0)} ms`,
  );

function machineOf(node: string, directory: string, binaries: Binaries): Machine {
  const said = (command: string) => execFileSync(command, ['--version'], { encoding: 'utf8' });
  const version = (command: string) => /\d+\.\d+\.\d+/.exec(said(command))?.[0] ?? 'unknown';
  const packageAt = (path: string) =>
    JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string };
  const processors = cpus();
  return {
    node: said(node).trim(),
    processors: `${processors.length} × ${processors[0]?.model.trim()}`,
    filesystem:
      statfsSync(directory).type === TMPFS
        ? 'tmpfs (NOTHING IS DURABLE HERE; set TMPDIR to a disk)'
        : 'on a disk',
    lifeline: packageAt('../../../package.json').version,
    bullmq: packageAt('../../node_modules/bullmq/package.json').version,
    redis: version(binaries.redis),
    nats: version(binaries.nats),
  };
}

async function main(): Promise<void> {
  const plan = planOf(process.argv.slice(2), process.execPath, process.env);
  const { node, json, parts, numbers } = plan;
  const binaries = await findServers(process.env);
  const directory = mkdtempSync(join(tmpdir(), 'lifeline-bench-'));
  // Servers and processes end with this one; only the directory would be left.
  const interrupted = () => {
    rmSync(directory, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const machine = machineOf(node, directory, binaries);
    const { concurrency, workers } = numbers;
    const around = { node, binaries, directory, concurrency, workers };
    const sections: Sections = { throughput: [], latency: [], profiles: [] };
    for (const part of parts) {
      if (part === 'reconcile') continue;
      const { throughput, latency, profiles } = await measure(part, plan, around);
      sections.throughput.push(...throughput);
      sections.latency.push(...latency);
      sections.profiles.push(...profiles);
    }
    const reconciliation = parts.includes('reconcile')
      ? await measureReconciliation(around, numbers, tellHealing)
      : [];
    const report: Report = { machine, numbers, ...sections, reconciliation };
    process.stdout.write(`${json ? JSON.stringify(report, null, 2) : textOf(report)}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** How it is getting on; the report alone goes to stdout. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof InvalidArguments)) throw error;
  say(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
