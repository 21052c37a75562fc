/**
 * Follows a world for all checkers of one run: whatever a sight means is worked out here, once.
 *
 *   sight ─▶ books ─┬─ decision    a turn of a controller: its facts, and what it changes
 *                   ├─ turn        a turn of an agent: what it changes
 *                   ├─ execution   work that was started or has ended
 *                   └─ lives, what really ran, what disks have lost
 *
 * A life whose store another one has taken decides on ground that is gone: its turns are not judged.
 */
import type { AgentEffect, AgentInput } from '../../actors/agent-ground.ts';
import type { ControllerEffect, ControllerInput } from '../../actors/ground.ts';
import type { BootLife, Step, TermLife } from '../../actors/tap.ts';
import type { Value } from '../../store/store.ts';
import type { AgentFrame, ControllerFrame } from '../../transport/frame.ts';
import type { Seat, Setting } from '../plan.ts';
import type { Sight } from '../sight.ts';
import { Executions, type Execution } from './executions.ts';
import { Lies } from './lies.ts';
import { Decided, type Changes } from './life.ts';
import { factsIn, subChanges, type Fact, type SubChange } from './sheets.ts';

export type { Fact, SubChange };

export type ControllerStep = Step<ControllerInput, ControllerEffect>;
export type AgentStep = Step<AgentInput, AgentEffect>;

/** A term, or a boot, as far as it has come. */
export interface LifeOf<Of> {
  readonly seat: Seat;
  readonly life: Of;
  readonly decided: Decided;
  /** True time of its beginning. */
  readonly begunAtMs: number;
  /** The last turn on record; 0: none. */
  durableTurn: number;
  /** It has ended, or another life has its disk: what it decides any more counts for nothing. */
  isOver: boolean;
}

export interface Decision {
  readonly of: LifeOf<TermLife>;
  readonly step: ControllerStep;
  readonly facts: readonly Fact[];
  readonly changes: Changes;
  readonly subs: readonly SubChange[];
  /** Frames of agents that it has taken in. */
  readonly heard: readonly AgentFrame[];
}

export interface AgentTurn {
  readonly of: LifeOf<BootLife>;
  readonly step: AgentStep;
  readonly changes: Changes;
  readonly heard: readonly ControllerFrame[];
}

/** A step that is on disk and acted on. */
export interface Recorded {
  readonly of: AnyLife;
  readonly turn: number;
  /** The turn before it that was told to be durable; 0: none. */
  readonly last: number;
  readonly writes: ReadonlyMap<string, Value | undefined>;
  readonly entries: number;
}

type AnyLife = LifeOf<TermLife> | LifeOf<BootLife>;

export class Books {
  readonly setting: Setting;
  readonly work = new Executions();
  readonly lies = new Lies();
  readonly terms = new Map<Seat, LifeOf<TermLife>>();
  readonly boots = new Map<Seat, LifeOf<BootLife>>();
  /** The present sight, if it is of that kind. */
  decision: Decision | undefined;
  turn: AgentTurn | undefined;
  execution: Execution | undefined;
  recorded: Recorded | undefined;
  /** Lives that the present sight, a new one, follows on the same disk. */
  followed: readonly AnyLife[] = [];
  #last: Sight | undefined;

  constructor(setting: Setting) {
    this.setting = setting;
  }

  /** Takes a sight. Harmless when it was taken before. */
  follow(sight: Sight): void {
    if (sight === this.#last) return;
    this.#last = sight;
    this.decision = undefined;
    this.turn = undefined;
    this.execution = undefined;
    this.recorded = undefined;
    this.followed = [];
    switch (sight.what) {
      case 'term':
        return this.#term(sight.seat, sight.life, sight.atMs);
      case 'boot':
        return this.#boot(sight.seat, sight.life, sight.atMs);
      case 'decided':
        return this.#decided(sight.seat, sight.step);
      case 'turned':
        return this.#turned(sight.seat, sight.step);
      case 'durable':
        return this.#durable(sight.seat, sight.turn);
      case 'over':
        for (const lives of [this.terms, this.boots]) {
          const of = lives.get(sight.seat);
          if (of) of.isOver = true;
        }
        return;
      case 'ledger':
        this.execution = this.work.take(sight.line, sight.atMs);
        return;
      case 'lie':
        return this.lies.take(diskOf(sight.seat), sight.before, sight.after, sight.atMs);
      default:
        return;
    }
  }

  /** Whether a disk has lost what would excuse that this still runs, or runs again. */
  isExcused({ fence, id, seat, startedAt }: Execution): boolean {
    return (
      this.lies.coversBirth(fence.birth, id) || this.lies.coversLease(this.agentIn(seat), startedAt)
    );
  }

  /** The id of the agent that lives, or lived last, in a seat. */
  agentIn(seat: Seat): string | undefined {
    return this.boots.get(seat)?.life.agent;
  }

  #term(seat: Seat, life: TermLife, atMs: number): void {
    const disk = diskOf(seat);
    this.followed = [...this.terms.values()].filter((of) => diskOf(of.seat) === disk);
    for (const of of this.followed) of.isOver = true;
    this.terms.set(seat, newLife(seat, life, atMs));
  }

  #boot(seat: Seat, life: BootLife, atMs: number): void {
    const before = this.boots.get(seat);
    if (before) {
      before.isOver = true;
      this.followed = [before];
    }
    this.boots.set(seat, newLife(seat, life, atMs));
  }

  #decided(seat: Seat, step: ControllerStep): void {
    const of = this.terms.get(seat);
    if (!of || of.isOver) return;
    const first = of.decided.position + 1;
    const changes = of.decided.take(step.turn, step.entries.length, step.writes);
    this.decision = {
      of,
      step,
      facts: factsIn(step.entries, first, changes, of.decided),
      changes,
      subs: subChanges(changes, of.decided),
      heard: framesIn<AgentFrame>(step.inputs),
    };
  }

  #turned(seat: Seat, step: AgentStep): void {
    const of = this.boots.get(seat);
    if (!of || of.isOver) return;
    const changes = of.decided.take(step.turn, step.entries.length, step.writes);
    this.turn = { of, step, changes, heard: framesIn<ControllerFrame>(step.inputs) };
  }

  #durable(seat: Seat, turn: number): void {
    const of = this.terms.get(seat) ?? this.boots.get(seat);
    if (!of || of.isOver) return;
    const { writes = NOTHING, entries = 0 } = of.decided.durable(turn) ?? {};
    this.recorded = { of, turn, last: of.durableTurn, writes, entries };
    of.durableTurn = turn;
  }
}

const NOTHING: ReadonlyMap<string, Value | undefined> = new Map();

/** A rival shares the disk of the controller. */
export const diskOf = (seat: Seat): string => (seat === 'rival' ? 'controller' : seat);

function newLife<Of extends TermLife | BootLife>(seat: Seat, life: Of, atMs: number): LifeOf<Of> {
  const decided = new Decided(life);
  return { seat, life, decided, begunAtMs: atMs, durableTurn: 0, isOver: false };
}

interface WithFrame<Frame> {
  readonly kind: string;
  readonly frame?: Frame;
}

/** Asked several times of every turn. */
function framesIn<Frame>(
  among: readonly WithFrame<Frame>[],
  later: readonly WithFrame<Frame>[] = [],
): readonly Frame[] {
  const frames: Frame[] = [];
  for (const { kind, frame } of among) if (kind === 'frame' && frame) frames.push(frame);
  for (const { kind, frame } of later) if (kind === 'frame' && frame) frames.push(frame);
  return frames;
}

/** What a step says: frames that left at once, then those that wait for its record. */
export const saidNow = (step: AgentStep) => framesIn<AgentFrame>(step.now);
export const saidLater = (step: AgentStep) => framesIn<AgentFrame>(step.later);
export const toldNow = (step: ControllerStep) => framesIn<ControllerFrame>(step.now);
export const toldLater = (step: ControllerStep) => framesIn<ControllerFrame>(step.later);
export const said = (step: AgentStep) => framesIn<AgentFrame>(step.now, step.later);
export const told = (step: ControllerStep) => framesIn<ControllerFrame>(step.now, step.later);
