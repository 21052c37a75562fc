/**
 * A seat of a world: a machine with a disk and a clock, and the process of one node on it, which comes and goes.
 *
 *   down ── start ─▶ up ── crash, end by itself ─▶ down ── (supervised: 1 s) ─▶ up …
 *
 * A process that was taken down on purpose stays down until somebody starts it.
 */
import type { Clock } from '../actors/clock.ts';
import type { Logger } from '../actors/logger.ts';
import type { Tap } from '../actors/tap.ts';
import type { Phase } from '../actors/turn-loop.ts';
import { openMemoryStore, readMemoryDisk, type MemoryDisk } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import type { Transport } from '../transport/transport.ts';
import type { Disk } from './disk.ts';
import type { CrashPhase, Seat } from './plan.ts';
import type { NodeClock } from './virtual-clock.ts';
import { Process } from './world-process.ts';
import type { Stage } from './world-stage.ts';
import { Watch } from './world-watch.ts';

/** A supervisor starts a process again this long after it ended by itself. */
const RESTART_MS = 1_000;

/** What a crash leaves on the disk; see `Action`. */
export interface Remains {
  readonly keep?: number;
  readonly lose?: number;
}

/** What a node of either kind is to its seat. */
interface SeatNode {
  readonly ended: Promise<unknown>;
  halt(): void;
}

/** What a node is opened with. */
export interface SeatPorts {
  readonly transport: Transport;
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly observe: (phase: Phase) => void;
  readonly tap: Tap;
}

interface Life<Node> {
  readonly process: Process;
  readonly clock: NodeClock;
  readonly watch: Watch;
  node: Node | undefined;
  /** Its node is being closed: when that has ended, the process does so in order. */
  isClosing: boolean;
}

const SILENT: Logger = { info: () => {}, warn: () => {}, error: () => {} };

export abstract class WorldSeat<Node extends SeatNode> {
  readonly seat: Seat;
  readonly disk: Disk;
  /** The clock of the machine: it runs whatever becomes of processes. */
  readonly machine: NodeClock;
  protected readonly stage: Stage;
  readonly #rate: number;
  #life: Life<Node> | undefined;
  #isKeptDown = true;
  #awaited: { readonly phase: CrashPhase; readonly reached: () => void } | undefined;
  #backup: MemoryDisk | undefined;

  constructor(stage: Stage, seat: Seat, disk: Disk, rate = 1, offsetMs = 0) {
    this.stage = stage;
    this.seat = seat;
    this.disk = disk;
    this.#rate = rate;
    this.machine = stage.clock.view({ rate, offsetMs });
  }

  /** Opens the node of a process that has just begun. */
  protected abstract open(ports: SeatPorts, process: Process): Promise<Node>;

  /** The process is gone. */
  protected died(): void {}

  get node(): Node | undefined {
    return this.#life?.node;
  }

  get process(): Process | undefined {
    return this.#life?.process;
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** What lies on its disk now. */
  get store(): Store {
    return this.disk.reader;
  }

  /** Starts a process here, now or when the one that is leaving has left. False: one is there. */
  start(): boolean {
    this.#isKeptDown = false;
    if (this.#life) return false;
    const { clock } = this.stage;
    const offsetMs = this.machine.now() - clock.now();
    const view = clock.view({ rate: this.#rate, offsetMs });
    const watch = new Watch(this.stage, this.seat);
    const life = {
      process: new Process(view),
      clock: view,
      watch,
      node: undefined,
      isClosing: false,
    };
    this.#life = life;
    this.disk.holders.add(this);
    this.stage.alive.add(this.seat);
    void this.#open(life);
    return true;
  }

  /** It does not come back by itself. */
  keepDown(): void {
    this.#isKeptDown = true;
  }

  /** The process dies at once, unless its node was closed before (`isInOrder`). */
  die({ keep = 0, lose = 0 }: Remains = {}, isInOrder = false): void {
    const life = this.#life;
    if (!life) return;
    this.#life = undefined;
    this.stage.alive.delete(this.seat);
    this.#awaited = undefined;
    life.node?.halt();
    life.process.kill();
    this.died();
    this.disk.holders.delete(this);
    if (this.disk.holders.size === 0) this.#loseTail(keep, lose);
    if (!isInOrder) life.watch.died();
  }

  /**
   * The process ends by itself: a supervisor starts another one, unless it is kept down.
   *
   * @param isInOrder its node was closed before
   */
  exit(of: Process, isInOrder = false): void {
    if (this.#life?.process !== of) return;
    this.die({}, isInOrder);
    this.stage.clock.after(RESTART_MS, () => {
      if (!this.#isKeptDown) this.start();
    });
  }

  /** The node of its process is being closed. */
  protected closing(): void {
    if (this.#life) this.#life.isClosing = true;
  }

  /** Calls `reached` at the first such phase of a turn from now on; undefined: no more. */
  await(phase?: CrashPhase, reached: () => void = () => {}): void {
    this.#awaited = phase && { phase, reached };
  }

  /** Its disk is taken from it: the process dies, and does not come back by itself. */
  evict(): void {
    this.keepDown();
    this.die();
  }

  jump(byMs: number): void {
    this.machine.jump(byMs);
    this.#life?.clock.jump(byMs);
  }

  backup(): void {
    this.#backup = this.disk.medium.copy();
  }

  get hasBackup(): boolean {
    return this.#backup !== undefined;
  }

  /** Nobody holds its disk any more, and that becomes what it was at the last backup. */
  restore(): void {
    if (!this.#backup) return;
    this.die();
    for (const other of [...this.disk.holders]) other.evict();
    const before = this.store;
    this.disk.replace(this.#backup.copy());
    this.stage.see({ what: 'lie', seat: this.seat, before, after: this.store });
  }

  async #open(life: Life<Node>): Promise<void> {
    const { process } = life;
    const { network, setting, newId } = this.stage;
    try {
      const force = setting.sharedStore === true;
      const store = await openMemoryStore(this.disk.medium, { force });
      const ports: SeatPorts = {
        transport: process.socket(network.socket(this.seat)),
        store: process.hold(this.hold(store)),
        clock: process.clock,
        newId,
        logger: SILENT,
        observe: (phase) => this.#observe(phase),
        tap: life.watch,
      };
      const node = await this.open(ports, process);
      life.node = node;
      await node.ended;
    } catch {
      // It ends before it has begun: the store refuses.
    }
    this.exit(process, life.isClosing);
  }

  /** What stands between the process and its disk. */
  protected hold(store: Store): Store {
    return store;
  }

  #observe(phase: Phase): void {
    if (this.#awaited?.phase !== phase) return;
    const { reached } = this.#awaited;
    this.#awaited = undefined;
    reached();
  }

  #loseTail(keep: number, lose: number): void {
    const { medium } = this.disk;
    const loseSynced = Math.min(lose, medium.recallable);
    const before = loseSynced > 0 ? readMemoryDisk(medium.copy()) : undefined;
    medium.crash({ keepUnsynced: keep, loseSynced });
    if (before) this.stage.see({ what: 'lie', seat: this.seat, before, after: this.store });
  }
}
