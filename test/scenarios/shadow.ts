/**
 * Shadows of lives: now and then, when a life is quiet, what it remembers is frozen, taken through msgpack, and
 * thawed into another one, which is given all that the life takes in from then on.
 *
 *   life ──turn──▶ turn ──▶ quiet ──freeze──▶ bytes ──thaw──▶ shadow          each step, and all that is remembered
 *     │                                                        │             at the next quiet moment, must be the same
 *     └──turn, durable, turn …─────────────────────────────────┘
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { Boot } from '../../actors/boot.ts';
import type { Clock } from '../../actors/clock.ts';
import { freeze, thaw } from '../../actors/freezing.ts';
import type { BootLife, LifeTap, Step, Tap, TermLife } from '../../actors/tap.ts';
import { Term } from '../../actors/term.ts';
import type { Logic, TurnLoop } from '../../actors/turn-loop.ts';
import { createView, type Layer } from '../../actors/view.ts';
import type { LogStore, Runner } from '../../handlers/handler.ts';
import type { Dice } from '../../scenarios/dice.ts';
import type { KeyRange, Store, Value } from '../../store/store.ts';
import { pack, unpack } from '../../transport/msgpack.ts';

export interface Shadows extends Tap {
  /** How often a life was frozen and thawed, and turns that were compared. */
  readonly thawed: number;
  readonly compared: number;
  /** Where a shadow did something else than its life; the first one comes first. */
  readonly differences: readonly string[];
}

/** A life that is lived again turn by turn. */
interface Shadow {
  readonly logic: Logic<never, never>;
  readonly loop: TurnLoop<never, never>;
  /** Its last step. */
  step: Step<never, never> | undefined;
}

/** Makes a life as it is at its beginning. */
type Make = (tap: LifeTap<never, never>) => Logic<never, never> & { loop: Shadow['loop'] };

const stopped: Clock = { now: () => 0, elapsed: () => 0, after: () => () => {} };

/** @param oneIn so many quiet moments: after one of them a life is frozen and thawed */
export function createShadows(dice: Dice, oneIn: number): Shadows {
  const told = { thawed: 0, compared: 0, differences: [] as string[] };
  const options = (tap: LifeTap<never, never>) => ({
    clock: stopped,
    store: tap.store,
    startAt: 0,
    failed(error: unknown) {
      throw error;
    },
    tap,
  });

  /** The tap of one life, whose shadows `make` makes. */
  const follow = (name: string, real: Store, make: Make, forget: () => void) => {
    const view = createView(real);
    const layers = new Map<number, Layer>();
    const store = {
      position: () => 0,
      get: (key: string) => view.get(key),
      range: (range: KeyRange) => view.range(range),
    } as unknown as Store;
    let shadow: Shadow | undefined;
    const differs = (where: string, real: unknown, other: unknown) => {
      told.compared++;
      if (!isDeepStrictEqual(real, other))
        told.differences.push(`${name}, ${where}: ${firstDifference(real, other)}`);
    };
    const guarded = (where: string, play: () => void) => {
      try {
        play();
      } catch (error) {
        told.differences.push(`${name} ${where}: it throws ${String((error as Error).stack)}`);
        shadow = undefined;
      }
    };
    const begin = (frozen: Value): Shadow => {
      const ears = { store, turn: (step: Step<never, never>) => (next.step = step) };
      const logic = make({ ...ears, durable: () => {}, over: () => {} });
      const next: Shadow = { logic, loop: logic.loop, step: undefined };
      thaw(logic, frozen);
      told.thawed++;
      return next;
    };
    const tap: LifeTap<never, never> = {
      store: real,
      get waits() {
        return dice.oneIn(4);
      },
      turn(step) {
        guarded(`turn ${step.turn}`, () => shadow?.loop.play(step));
        if (shadow) differs(`turn ${step.turn}`, comparable(step), comparable(shadow.step!));
        forget();
        const layer = view.begin();
        for (const [key, value] of step.writes) layer.write(key, value);
        layers.set(step.turn, layer);
      },
      durable(turn, _at, readings) {
        guarded(`durable ${turn}`, () => shadow?.loop.playDurable(readings));
        forget();
        view.end(layers.get(turn)!);
        layers.delete(turn);
      },
      quiet(turn, freezeLife) {
        if (!dice.oneIn(oneIn)) return;
        const frozen = freezeLife();
        if (shadow) differs(`memory after turn ${turn}`, frozen, freeze(shadow.logic));
        guarded(`thawing after turn ${turn}`, () => (shadow = begin(throughFile(frozen))));
      },
      over: () => {},
    };
    return tap;
  };

  const term = (life: TermLife) => {
    const { controllerId, term: number, births, config } = life;
    const meta = { controllerId, term: number, births, timing: config.timing };
    const make = (tap: LifeTap<never, never>) => new Term(meta, config, options(tap), () => {});
    return follow(`term ${number}`, life.store, make as never, () => {});
  };
  const boot = (life: BootLife) => {
    const { agent, slots, runner } = life;
    const answers: (() => unknown)[] = [];
    const records = { meta: life.records.meta, tasks: [], outbox: [] };
    const inert = { start: () => {}, stop: () => {}, leaseFor: () => {} };
    const mute: Runner = {
      ...runner,
      ...inert,
      killable: (handler) => runner.killable(handler),
      logs: reading(runner.logs, () => answers.shift()!()),
    };
    const noted = reading(runner.logs, (answer) => {
      const value = outcomeOf(answer);
      answers.push(value);
      return value();
    });
    const make = (tap: LifeTap<never, never>) =>
      new Boot(agent, slots, records, mute, options(tap), () => {});
    const forget = () => void (answers.length = 0);
    const tap = follow(`${agent} boot ${life.boot}`, life.store, make as never, forget);
    return Object.assign(tap, {
      runner: Object.create(runner, { logs: { value: noted } }) as Runner,
    });
  };
  return Object.assign(told, { term, boot });
}

/** What a question has come to, to be asked again. */
function outcomeOf(answer: () => unknown): () => unknown {
  try {
    const value = answer();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The logs with each question passed on. */
function reading(logs: LogStore, ask: (answer: () => unknown) => unknown): LogStore {
  return {
    length: (fence) => ask(() => logs.length(fence)) as number,
    read: (fence, offset, limit) => ask(() => logs.read(fence, offset, limit)) as Uint8Array,
    held: () => ask(() => logs.held()) as never,
    remove: (fence) => void ask(() => logs.remove(fence)),
  };
}

/** A step with its writes in order. */
const comparable = (step: Step<never, never>) => ({ ...step, writes: [...step.writes] });

/** Where two values that differ do so first, and what stands there. */
function firstDifference(one: unknown, other: unknown, path = ''): string {
  const isOpen = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
  if (isOpen(one) && isOpen(other)) {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
      if (!isDeepStrictEqual(one[name], other[name]))
        return firstDifference(one[name], other[name], `${path}.${name}`);
  }
  return `${path} is ${inspect(one)}, and ${inspect(other)} in the shadow`;
}

/** What is read of it when it was written to a file. */
function throughFile(frozen: Value): Value {
  const unpacked = unpack(pack(frozen), 0, 64);
  if (!unpacked.ok) throw new Error(unpacked.why);
  return unpacked.value as Value;
}
