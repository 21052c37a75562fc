/**
 * How long it takes after an outage until both sides have compared notes on everything that is in flight:
 * from the moment the link is whole again until the controller has it on disk that the agent is reconciled.
 *
 *   cut ── agent.suspect ──▶ heal ─────── agent.reconciling ─────── agent.reconciled
 *                             │  it is heard again   │  report, verdicts   │
 *                             └────────────── what is measured ───────────┘
 *
 * Cut in two ways: `pulled`, where nobody is told and the connection stands again at once, and `broken`,
 * where it is reset, new ones are refused, and the agent has to come back by itself.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../actors/clock.ts';
import { startTcpProxy } from '../cli/tcp-proxy.ts';
import type { Numbers } from './arguments.ts';
import type { Surroundings } from './contenders.ts';
import type { NodeNews, NodeSettings } from './reconcile-process.ts';
import { cpuMsOf } from './cpu.ts';
import { startNats } from './servers.ts';
import { areKnown, spreadOf, type Spread } from './statistics.ts';
import { elapsedMs } from './stopwatch.ts';

const ENTRY = fileURLToPath(new URL('./reconcile-process.js', import.meta.url));
/** Between two outages, so that the one before is not felt. */
const REST_MS = 2_000;

export const CUTS = ['pulled', 'broken'] as const;
export type Cut = (typeof CUTS)[number];

/** Milliseconds from the heal. */
export interface Healing {
  /** Until the controller had heard the agent. */
  readonly heardMs: number;
  /** Until it was reconciled, on disk. */
  readonly reconciledMs: number;
  /** CPU of both nodes meanwhile: what to look at when the machine is shared; null where it cannot be read. */
  readonly cpuMs: number | null;
}

/** What was measured of one way to cut. */
export interface Reconciliation {
  readonly cut: Cut;
  /** Tasks in flight, all of which went on. */
  readonly tasks: number;
  readonly rounds: readonly Healing[];
  readonly heard: Spread;
  readonly reconciled: Spread;
  readonly cpu: Spread | null;
}

/**
 * Cuts and heals the link of one agent that holds all the tasks: each way some rounds, after a warm-up.
 *
 * @param told hears of each round; 0 is the warm-up
 * @throws {Error} when a task did not go on, or a node ended
 */
export async function measureReconciliation(
  { node, binaries, directory }: Pick<Surroundings, 'node' | 'binaries' | 'directory'>,
  { inFlight: tasks, rounds }: Pick<Numbers, 'inFlight' | 'rounds'>,
  told: (round: number, cut: Cut, healing: Healing) => void,
): Promise<readonly Reconciliation[]> {
  const place = join(directory, 'reconcile');
  mkdirSync(place, { recursive: true });
  const server = await startNats(binaries.nats, place);
  let cable = await startTcpProxy(server.port);
  const open = (role: NodeSettings['role'], nats: string) =>
    new Watched(node, { role, directory: place, nats, tasks });
  const agent = open('agent', `nats://127.0.0.1:${cable.port}`);
  const controller = open('controller', server.address);
  const pids = [agent.pid, controller.pid];

  /** Null: the agent was suspect for another reason, since the machine was busy. */
  const cutAndHeal = async (cut: Cut): Promise<Healing | null> => {
    const { port } = cable;
    controller.forget();
    if (cut === 'pulled') cable.freeze();
    else await cable.close();
    await controller.next(isFact('agent.suspect'));
    const cpuBefore = cpuMsOf(pids);
    const healedAt = elapsedMs();
    if (cut === 'pulled') cable.release();
    else cable = await startTcpProxy(server.port, port);
    const heard = await controller.next(isFact('agent.reconciling'));
    const { at, news } = await controller.next(isFact('agent.reconciled'));
    if (heard.at < healedAt) return null;
    const cpuAfter = cpuMsOf(pids);
    const wentOn = 'fact' in news ? news.detail?.['continue'] : undefined;
    if (wentOn !== tasks) throw new Error(`Of ${tasks} tasks ${String(wentOn)} went on.`);
    const cpuMs = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
    return { heardMs: heard.at - healedAt, reconciledMs: at - healedAt, cpuMs };
  };

  try {
    await agent.next((news) => 'begun' in news && news.begun === tasks);
    const measured: Reconciliation[] = [];
    for (const cut of CUTS) {
      const healings: Healing[] = [];
      for (let round = 0; round <= rounds;) {
        await new Promise<void>((resolve) => void systemClock.after(REST_MS, resolve));
        const healing = await cutAndHeal(cut);
        if (healing === null) continue;
        if (round > 0) healings.push(healing);
        told(round++, cut, healing);
      }
      const cpu = healings.map(({ cpuMs }) => cpuMs);
      measured.push({
        cut,
        tasks,
        rounds: healings,
        heard: spreadOf(healings.map(({ heardMs }) => heardMs)),
        reconciled: spreadOf(healings.map(({ reconciledMs }) => reconciledMs)),
        cpu: areKnown(cpu) ? spreadOf(cpu) : null,
      });
    }
    return measured;
  } finally {
    await Promise.all([controller.close(), agent.close()]);
    await cable.close();
    await server.close();
  }
}

const isFact = (fact: string) => (news: NodeNews) => 'fact' in news && news.fact === fact;

/** A node in a process of its own, and what it tells, in order. */
class Watched {
  readonly #child: ChildProcess;
  #told: { readonly at: number; readonly news: NodeNews }[] = [];
  #hasEnded = false;
  #wake = () => {};

  constructor(node: string, settings: NodeSettings) {
    this.#child = fork(ENTRY, [JSON.stringify(settings)], { execPath: node, execArgv: [] })
      .on('message', (news: NodeNews) => {
        this.#told.push({ at: elapsedMs(), news });
        this.#wake();
      })
      .on('exit', () => {
        this.#hasEnded = true;
        this.#wake();
      });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Passes over what it has told up to now. */
  forget(): void {
    this.#told = [];
  }

  /** The next news that fits, with the instant at which they came; those before are passed over. */
  async next(fits: (news: NodeNews) => boolean) {
    for (;;) {
      for (let one = this.#told.shift(); one; one = this.#told.shift()) {
        if (fits(one.news)) return one;
      }
      if (this.#hasEnded) throw new Error('A node of the measurement has ended.');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Its store is thrown away, so nothing has to be put in order. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
