/**
 * The seat of an agent, with the work that runs on that machine and its logs. A guard outlives the agent's loop:
 * it ends what runs when the lease is over.
 */
import { AgentNode } from '../actors/agent.ts';
import { under } from '../actors/records.ts';
import { createSpool } from '../handlers/spool.ts';
import { createMemoryFiles, type SpoolFiles } from '../handlers/spool-files.ts';
import { defaultMargins } from '../machines/timing.ts';
import { createDisk } from './disk.ts';
import type { AgentSetting, Seat } from './plan.ts';
import { createScriptedRunner, type ScriptedRunner } from './scripted-runner.ts';
import { HANDLERS } from './work-script.ts';
import type { Process } from './world-process.ts';
import { WorldSeat, type SeatPorts } from './world-seat.ts';
import type { Stage } from './world-stage.ts';

const SLOTS = 2;

/** An agent that takes leave looks this often whether it has handed all over, and for so long at most. */
const LOOK_EVERY_MS = 250;
const HAND_OVER_WITHIN_MS = 30_000;

export class AgentSeat extends WorldSeat<AgentNode> {
  readonly id: string;
  readonly #slots: number;
  #files = createMemoryFiles();
  #savedFiles: SpoolFiles | undefined;
  #runner: ScriptedRunner | undefined;
  #endedByLease = false;

  /** @param seat where it sits; a twin sits elsewhere than its id says */
  constructor(stage: Stage, agent: AgentSetting, seat: Seat = agent.id) {
    const disk = createDisk(stage.clock, stage.setting.syncMs ?? 2);
    super(stage, seat, disk, agent.rate, agent.offsetMs);
    this.id = agent.id;
    this.#slots = agent.slots ?? SLOTS;
  }

  protected open(ports: SeatPorts, process: Process): Promise<AgentNode> {
    const runner = this.#createRunner(process);
    this.#runner = runner;
    const unkillable = () => this.exit(process);
    const { namespace } = this.stage;
    return AgentNode.open(
      { id: this.id, namespace, slots: this.#slots },
      { ...ports, runner, unkillable },
    );
  }

  protected override died(): void {
    this.#runner?.crash();
    this.#runner = undefined;
  }

  /** Takes no more work, stops what runs, hands over, says goodbye and ends. False: there is nobody. */
  leave(): boolean {
    const { node, process } = this;
    if (!node || !process) return false;
    this.keepDown();
    node.leave();
    node.stopTasks();
    const untilMs = process.clock.elapsed() + HAND_OVER_WITHIN_MS;
    const look = () => {
      if (!node.isSettled && process.clock.elapsed() < untilMs)
        return void process.clock.after(LOOK_EVERY_MS, look);
      void node.close().then(() => this.exit(process, true));
    };
    look();
    return true;
  }

  override backup(): void {
    super.backup();
    this.#savedFiles = copyOf(this.#files);
  }

  override restore(): void {
    super.restore();
    if (this.#savedFiles) this.#files = copyOf(this.#savedFiles);
  }

  /** What it still has to run, to tell or to forget. */
  *leftOver(): Generator<string> {
    for (const table of ['task', 'out'])
      for (const [name] of this.store.range(under(table))) yield `${this.seat} keeps ${name}`;
    for (const { birth, attempt } of this.#files.held())
      yield `${this.seat} keeps the log ${birth}/${attempt}`;
    for (const { birth, attempt } of this.#runner?.running ?? [])
      yield `${this.seat} runs ${birth}/${attempt}`;
  }

  #createRunner(process: Process): ScriptedRunner {
    const { stage } = this;
    return createScriptedRunner({
      agent: this.seat,
      clock: stage.clock,
      ledger: stage.ledger,
      logs: createSpool(this.#onDisk(this.#files)),
      behave: (work) => stage.behave(work),
      handlers: [HANDLERS.outside, HANDLERS.inside],
      inside: [HANDLERS.inside],
      host: {
        clock: process.clock,
        reach: (call) => process.reach(call),
        crash: () => this.exit(process),
      },
      guard: {
        clock: this.machine,
        killTimeMs: stage.setting.settings.killTimeMs ?? defaultMargins.killTimeMs,
        endedByLease: this.#endedByLease,
        began: () => (this.#endedByLease = false),
        over: () => (this.#endedByLease = true),
      },
    });
  }

  /** Logs lie on the same disk: when that is full, nothing is added. */
  #onDisk(files: SpoolFiles): SpoolFiles {
    return {
      ...files,
      append: (fence, bytes) => {
        if (this.disk.isFull) throw new Error('The disk is full; make room on it and try again.');
        files.append(fence, bytes);
      },
    };
  }
}

function copyOf(files: SpoolFiles): SpoolFiles {
  const copy = createMemoryFiles();
  for (const fence of files.held()) copy.append(fence, files.read(fence, 0, files.size(fence)));
  return copy;
}
