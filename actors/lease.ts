/**
 * The lease that a boot holds from its controller, once there has been a first echo.
 *
 * `expired` is told at once, before any record (R8); no lease is no right to start (R7).
 */
import { lease as leaseMachine } from '../machines/lease.ts';
import type { Timing } from '../machines/timing.ts';
import { ActorSet } from './actor.ts';
import type { Deadlines } from './deadlines.ts';
import type { Memory, Remembering } from './freezing.ts';

export class Lease implements Remembering {
  readonly #actors: ActorSet<'lease', typeof leaseMachine>;

  /** @param expired called when the lease is over: kill everything, now */
  constructor(deadlines: Deadlines, expired: () => void) {
    const machine = leaseMachine.provide({ actions: { endBoot: expired } });
    this.#actors = new ActorSet(machine, 'lease', deadlines);
  }

  /** The controller has echoed the beat that left at `stamp`. */
  echo(at: number, stamp: number, timing: Timing): void {
    if (this.#actors.has('lease')) this.#actors.send('lease', { type: 'echo', at, stamp, timing });
    else if (at - stamp < timing.timeoutMs) this.#actors.start('lease', { stamp, timing, at });
  }

  due(at: number): void {
    this.#actors.send('lease', { type: 'timeout', at });
  }

  get state(): 'none' | 'held' | 'late' | 'expired' {
    return this.#actors.read('lease')?.state ?? 'none';
  }

  get timing(): Timing | undefined {
    return this.#actors.read('lease')?.context.timing;
  }

  /** Milliseconds that are left at `at`; 0 without a lease. Read at the moment of a start, not before (R7). */
  leftMs(at: number): number {
    const lease = this.#actors.read('lease');
    if (!lease || lease.state === 'expired') return 0;
    return Math.max(0, lease.context.stamp + lease.context.timing.timeoutMs - at);
  }

  remember(memory: Memory): void {
    memory.part('lease', this.#actors);
  }
}
