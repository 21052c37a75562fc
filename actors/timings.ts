/**
 * Which timing each agent has: that of the first process class which names it and has one of its own, else that
 * of the class `default`, else that of the settings. A planned end may grant all of them more (handover.ts).
 *
 *   plan (plain data) ─▶ Timings ─of(agent)─▶ Timing, the version of the plan in each
 *
 * There is one version for all: whatever changes for anybody makes a new plan with a higher one.
 */
import {
  beatsOf,
  DEFAULT_CLASS,
  isSameBeat,
  type Beats,
  type ClassSettings,
} from '../machines/class-settings.ts';
import { key } from './records.ts';
import { suspectAfterMs, type Timing } from '../machines/timing.ts';

/** By what a class may name an agent. */
export interface Addressed {
  readonly id: string;
  readonly address?: string | null | undefined;
}

/** From which the timing of everybody follows. */
export interface TimingPlan {
  /** Of the settings, with the version of the plan. */
  readonly timing: Timing;
  readonly classes: readonly ClassSettings[];
  /** Leases run for at least so long, in whole periods; 0: as long as they do. */
  readonly atLeastMs: number;
}

/** The classes that are configured, in their order. */
export const classesIn = (records: { get(key: string): unknown }): readonly ClassSettings[] =>
  (records.get(key.classes) ?? []) as readonly ClassSettings[];

export class Timings {
  readonly plan: TimingPlan;
  /** The classes of the plan by name. */
  readonly classes: ReadonlyMap<string, ClassSettings>;
  /** That of agents which no class names. */
  readonly usual: Timing;
  readonly #named = new Map<string, Timing>();
  /** That by which beats are furthest apart. */
  readonly slowest: Timing;
  /** The longest timeout of all. */
  readonly longestMs: number;

  constructor(plan: TimingPlan) {
    this.plan = plan;
    const { timing, classes } = plan;
    this.classes = new Map(classes.map((one) => [one.name, one]));
    const usual = this.classes.get(DEFAULT_CLASS);
    this.usual = this.#timing((usual && beatsOf(usual)) ?? timing);
    for (const one of classes) {
      const beats = beatsOf(one);
      if (!beats || one.agents === 'all') continue;
      const own = this.#timing(beats);
      for (const agent of one.agents) if (!this.#named.has(agent)) this.#named.set(agent, own);
    }
    const all = [this.usual, ...this.#named.values()];
    this.slowest = all.reduce((one, other) =>
      suspectAfterMs(other) > suspectAfterMs(one) ? other : one,
    );
    this.longestMs = all.reduce((longest, { timeoutMs }) => Math.max(longest, timeoutMs), 0);
  }

  /** Whether one class gives an agent a timing by its id, and another a different one by its address. */
  isTorn({ id, address }: Addressed): boolean {
    const byId = this.#named.get(id);
    const byAddress = address ? this.#named.get(address) : undefined;
    return byId !== undefined && byAddress !== undefined && !isSameBeat(byId, byAddress);
  }

  /** The timing of an agent, as it is decided. A class that names it by its id comes first. */
  of({ id, address }: Addressed): Timing {
    const byAddress = address ? this.#named.get(address) : undefined;
    return this.#named.get(id) ?? byAddress ?? this.usual;
  }

  #timing({ periodMs, delayMs, timeoutMs }: Beats): Timing {
    const { timing, atLeastMs } = this.plan;
    const leastMs = Math.ceil(atLeastMs / periodMs) * periodMs;
    return {
      version: timing.version,
      periodMs,
      delayMs,
      timeoutMs: Math.max(timeoutMs, leastMs),
    };
  }
}
