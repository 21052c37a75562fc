/**
 * The tap of a world on the lives of a process: each becomes sights, and is told to one more tap if there is one.
 *
 *   life ──▶ sight ──▶ hear (checkers, marks, trace)
 *        └─▶ the other tap (a recorder), which may stand between the life and its store and runner
 */
import type { AgentEffect, AgentInput } from '../actors/agent-ground.ts';
import type { ControllerEffect, ControllerInput } from '../actors/ground.ts';
import type { BootLife, BootTap, LifeTap, Step, Tap, TermLife, TermTap } from '../actors/tap.ts';
import type { Runner } from '../handlers/handler.ts';
import type { Store, Value } from '../store/store.ts';
import type { Seat } from './plan.ts';
import type { Stage } from './world-stage.ts';

/** What a seat and its taps have to do with each other. */
interface Ear {
  durable(turn: number): void;
  over(crashed: boolean, why: unknown): void;
}

/** Watches the lives of one process. */
export class Watch implements Tap {
  readonly #stage: Stage;
  readonly #seat: Seat;
  readonly #more: Tap | undefined;
  readonly #ear: Ear;
  #isAlive = false;

  constructor(stage: Stage, seat: Seat) {
    this.#stage = stage;
    this.#seat = seat;
    this.#more = stage.tapOf(seat);
    this.#ear = {
      durable: (turn) => stage.see({ what: 'durable', seat, turn }),
      over: (crashed, why) => {
        if (this.#isAlive) stage.see({ what: 'over', seat, crashed, why });
        this.#isAlive = false;
      },
    };
  }

  term(life: TermLife): TermTap {
    const other = this.#more?.term(life);
    const seat = this.#seat;
    this.#isAlive = true;
    this.#stage.see({ what: 'term', seat, life });
    const turn = (step: Step<ControllerInput, ControllerEffect>) =>
      this.#stage.see({ what: 'decided', seat, step });
    return new Heard(life.store, other, this.#ear, turn);
  }

  boot(life: BootLife): BootTap {
    const other = this.#more?.boot(life);
    const seat = this.#seat;
    this.#isAlive = true;
    this.#stage.see({ what: 'boot', seat, life });
    const turn = (step: Step<AgentInput, AgentEffect>) =>
      this.#stage.see({ what: 'turned', seat, step });
    return new HeardBoot(life.store, other, this.#ear, turn, other?.runner ?? life.runner);
  }

  /** The process is gone, and its life with it; it may also die between two lives. */
  died(): void {
    this.#isAlive = true;
    this.#ear.over(true, undefined);
  }
}

/** One life: the world hears first, then the other tap. */
class Heard<Input, Effect> implements LifeTap<Input, Effect> {
  readonly store: Store;
  readonly #other: LifeTap<Input, Effect> | undefined;
  readonly #ear: Ear;
  readonly #turn: (step: Step<Input, Effect>) => void;

  constructor(
    store: Store,
    other: LifeTap<Input, Effect> | undefined,
    ear: Ear,
    turn: (step: Step<Input, Effect>) => void,
  ) {
    this.store = other?.store ?? store;
    this.#other = other;
    this.#ear = ear;
    this.#turn = turn;
  }

  get waits(): boolean {
    return this.#other?.waits ?? false;
  }

  turn(step: Step<Input, Effect>): void {
    this.#turn(step);
    this.#other?.turn(step);
  }

  durable(turn: number, at: number, readings: readonly number[]): void {
    this.#ear.durable(turn);
    this.#other?.durable(turn, at, readings);
  }

  quiet(turn: number, freeze: () => Value): void {
    this.#other?.quiet?.(turn, freeze);
  }

  over(why: unknown, open?: Step<Input, Effect>): void {
    this.#ear.over(false, why);
    this.#other?.over(why, open);
  }
}

class HeardBoot extends Heard<AgentInput, AgentEffect> implements BootTap {
  readonly runner: Runner;

  constructor(
    store: Store,
    other: BootTap | undefined,
    ear: Ear,
    turn: (step: Step<AgentInput, AgentEffect>) => void,
    runner: Runner,
  ) {
    super(store, other, ear, turn);
    this.runner = runner;
  }
}
