/** The seat of a controller: of the one that a world has, or of a rival on the same store. */
import { ControllerNode } from '../actors/controller.ts';
import type { ControllerSettings } from '../actors/controller-config.ts';
import type { Store } from '../store/store.ts';
import type { Disk } from './disk.ts';
import type { Seat } from './plan.ts';
import { WorldSeat, type SeatPorts } from './world-seat.ts';
import type { Stage } from './world-stage.ts';

/** So long a controller that is to be started anew may take to end in order. */
const CLOSE_WITHIN_MS = 5_000;

export class ControllerSeat extends WorldSeat<ControllerNode> {
  #settings: ControllerSettings;
  /** Appends that wait until the store can be reached again; undefined: it can. */
  #unreached: (() => void)[] | undefined;

  constructor(stage: Stage, seat: Seat, disk: Disk, rate?: number, offsetMs?: number) {
    super(stage, seat, disk, rate, offsetMs);
    this.#settings = stage.setting.settings;
  }

  protected open(ports: SeatPorts): Promise<ControllerNode> {
    return ControllerNode.open(this.#settings, ports);
  }

  protected override died(): void {
    this.#unreached = undefined;
  }

  /** It ends in order, or is ended, and is started anew, with other settings if they are given. */
  renew(settings: ControllerSettings = {}): void {
    this.#settings = { ...this.#settings, ...settings };
    const { process, node } = this;
    if (!process) return;
    const cancel = this.stage.clock.after(CLOSE_WITHIN_MS, () => this.exit(process));
    if (!node) return;
    this.closing();
    void node.close().then(() => {
      cancel();
      this.exit(process, true);
    });
  }

  /** Its store cannot be reached any more. Returns what ends that; undefined: it is so already. */
  cutStore(): (() => void) | undefined {
    if (this.#unreached || !this.isUp) return undefined;
    this.#unreached = [];
    return () => {
      const appends = this.#unreached ?? [];
      this.#unreached = undefined;
      for (const append of appends) append();
    };
  }

  protected override hold(store: Store): Store {
    return {
      ...store,
      append: (batch, options) =>
        this.#unreached
          ? new Promise((resolve, reject) => {
              this.#unreached!.push(() => void store.append(batch, options).then(resolve, reject));
            })
          : store.append(batch, options),
    };
  }
}
