/**
 * One life of a recording, lived again: the real term or boot, given what it took in then, turn by turn, at
 * the instants of then. What it decides is compared with what it decided then.
 *
 *   life ─▶ had, runner ─▶ turn ─▶ play, compare ─▶ durable ─▶ its effects run ─▶ … ─▶ over
 *
 * It may also begin where it was frozen. It runs nothing, sends nothing and writes nothing: its clock stands still, its timers never fire.
 */
import type { AgentEffect, AgentInput } from '../../actors/agent-ground.ts';
import { Boot } from '../../actors/boot.ts';
import type { Clock } from '../../actors/clock.ts';
import { freeze, thaw } from '../../actors/freezing.ts';
import type { ControllerEffect, ControllerInput } from '../../actors/ground.ts';
import type { BootLife, LifeTap, Step, TermLife } from '../../actors/tap.ts';
import { Term } from '../../actors/term.ts';
import type { TurnLoop } from '../../actors/turn-loop.ts';
import { entryOf } from '../../actors/entry-row.ts';
import { rowOf } from '../../actors/sub-row.ts';
import type { Runner } from '../../handlers/handler.ts';
import type { Value, Write } from '../../store/store.ts';
import { firstDifference, type Difference } from './difference.ts';
import { Reads } from './reads.ts';
import { ReplayRunner } from './replay-runner.ts';
import { NotRecorded, ReplayStore } from './replay-store.ts';
import type { RunnerSaid } from './runner-reads.ts';
import type { Had } from './store-reads.ts';
import { spell, unspell, type Json } from './spelling.ts';
import { DECIDED, stepBody, type StepBody } from './step-body.ts';
import type { TapeLine } from './tape-line.ts';

export type TermBegan = Omit<TermLife, 'store'> & { readonly kind: 'term' };

export type BootBegan = Omit<BootLife, 'store' | 'runner'> &
  Pick<Runner, 'handlers' | 'policies' | 'containment' | 'endedByLease'> & {
    readonly kind: 'boot';
  };

/** A life between two of its turns. */
interface Frozen {
  readonly life: TermBegan | BootBegan;
  readonly state: Value;
}

/** It decides something else, or cannot decide at all. */
export interface Divergent extends Difference {
  /** Number of the turn. */
  readonly turn: number;
  /** In a sentence, where it threw or read what it had not read. */
  readonly why?: string;
}

type AnyLoop = TurnLoop<unknown, { readonly kind: string }>;

const standing: Clock = { now: () => 0, elapsed: () => 0, after: () => () => {} };

export class LifeReplay {
  readonly began: TermBegan | BootBegan;
  readonly #store: ReplayStore;
  readonly #runner: ReplayRunner | undefined;
  /** What the runner said before the first turn. */
  #early: RunnerSaid[] | undefined = [];
  readonly #frozen: Value | undefined;
  readonly #reads: Reads | undefined;
  #life: Term | Boot | undefined;
  #decided: StepBody | undefined;
  #missing: NotRecorded | undefined;
  #turn = 0;

  /**
   * @param body of its line `life` or `frozen`
   * @param tell is told what it reads, each thing once; from `freeze` on all anew
   */
  constructor(body: Json, tell?: (word: 'had' | 'runner', body: Json) => void) {
    const whole = unspell(body) as TermBegan | BootBegan | Frozen;
    const began = 'state' in whole ? whole.life : whole;
    this.began = began;
    this.#frozen = 'state' in whole ? whole.state : undefined;
    const missing = (error: NotRecorded) => (this.#missing ??= error);
    this.#store = new ReplayStore(began.position + began.batch.entries.length, missing);
    this.#store.write(began.batch.writes);
    if (began.kind === 'boot') this.#runner = new ReplayRunner(began, missing);
    this.#reads = tell && new Reads(this.#store, this.#runner, tell);
  }

  /**
   * The body of a line `frozen` that it can be taken up from now. Nothing of it may be under way.
   */
  freeze(): Json {
    this.#reads?.forget();
    const { began } = this;
    const empty = { batch: { entries: [], writes: [] } };
    const records = began.kind === 'boot' && {
      records: { ...began.records, tasks: [], outbox: [] },
    };
    const state = freeze(this.#life ?? this.#begin());
    return spell({ life: { ...began, ...empty, ...records }, turn: this.#turn, state });
  }

  /** Takes the next line of this life. Returns where it diverges; after that it cannot go on. */
  take({ word, body }: Pick<TapeLine, 'word' | 'body'>): Divergent | undefined {
    switch (word) {
      case 'had':
        return void this.#store.had(unspell(body) as Had);
      case 'runner':
        return void this.#said(unspell(body) as RunnerSaid);
      case 'turn':
        return this.#play(body as unknown as StepBody);
      case 'durable':
        return this.#durable(unspell(body) as { turn: number; readings?: readonly number[] });
      case 'over':
        return this.#over(body as { why?: Json; open?: Json });
      default:
        return undefined;
    }
  }

  #said(said: RunnerSaid): void {
    this.#runner!.said(said);
    // What it is asked while it is made is answered by what was said first.
    this.#early?.push(said);
  }

  #begin(): Term | Boot {
    const { began } = this;
    const early = this.#early!;
    for (const said of [...early].reverse()) if ('length' in said) this.#runner!.said(said);
    const life = began.kind === 'term' ? this.#term(began) : this.#boot(began);
    if (this.#frozen !== undefined) thaw(life, this.#frozen);
    for (const said of early) if ('length' in said) this.#runner!.said(said);
    this.#early = undefined;
    this.#life = life;
    return life;
  }

  #loop(): AnyLoop {
    return (this.#life ?? this.#begin()).loop as unknown as AnyLoop;
  }

  #options<Input, Effect extends { readonly kind: string }>(startAt: number) {
    const tap: LifeTap<Input, Effect> = {
      store: this.#reads?.store ?? this.#store,
      turn: (step: Step<Input, Effect>) => {
        this.#decided = stepBody(step);
        this.#store.write(writesOf(step));
        this.#reads?.wrote(step.writes.keys());
      },
      durable: () => {},
      over: () => {},
    };
    const failed = (error: unknown) => {
      throw error;
    };
    return { clock: standing, store: tap.store, startAt, failed, tap };
  }

  #term({ at, controllerId, term, births, config }: TermBegan): Term {
    const meta = { controllerId, term, births, timing: config.timing };
    const options = this.#options<ControllerInput, ControllerEffect>(at);
    return new Term(meta, config, options, () => {});
  }

  #boot({ at, agent, slots, records }: BootBegan): Boot {
    const options = this.#options<AgentInput, AgentEffect>(at);
    const runner = this.#reads?.runner ?? this.#runner!;
    return new Boot(agent, slots, records, runner, options, () => {});
  }

  #play(expected: StepBody): Divergent | undefined {
    this.#turn = expected.turn;
    const {
      at,
      lateMs = 0,
      inputs = [],
      readings = [],
    } = unspell(inputsOf(expected) as Json) as StepBody;
    const thrown = this.#attempt(() => {
      this.#loop().play({ at, lateMs, inputs, readings });
    });
    if (thrown) return thrown;
    for (const part of DECIDED) {
      const difference = compare(part, expected, this.#decided!);
      if (difference) return { turn: this.#turn, ...difference };
    }
    return undefined;
  }

  #durable({ turn, readings = [] }: { turn: number; readings?: readonly number[] }) {
    this.#turn = turn;
    return this.#attempt(() => this.#loop().playDurable(readings));
  }

  /** A life that could not decide a turn must not be able to now. */
  #over({ why, open }: { why?: Json; open?: Json }): Divergent | undefined {
    if (open === undefined) return undefined;
    const { turn, at, lateMs = 0, inputs = [], readings = [] } = unspell(open) as StepBody;
    this.#turn = turn;
    try {
      this.#loop().play({ at, lateMs, inputs, readings });
    } catch (error) {
      const difference = firstDifference(why, error, 'over');
      return difference && { turn, ...difference };
    }
    return { turn, path: 'over', expected: why, actual: undefined };
  }

  #attempt(action: () => void): Divergent | undefined {
    let thrown: unknown;
    try {
      action();
    } catch (error) {
      thrown = error;
    }
    const error = this.#missing ?? thrown;
    if (error === undefined) return undefined;
    const why =
      error instanceof NotRecorded
        ? error.message
        : `It throws: ${error instanceof Error ? error.message : typeof error}`;
    return { turn: this.#turn, path: '', expected: undefined, actual: undefined, why };
  }
}

const inputsOf = ({ at, lateMs, inputs, readings }: StepBody) =>
  Object.fromEntries(
    Object.entries({ at, lateMs, inputs, readings }).filter(([, part]) => part !== undefined),
  );

const writesOf = ({ writes }: Step<never, never> | Step<unknown, unknown>): readonly Write[] =>
  [...writes].map(([key, value]) => (value === undefined ? { delete: key } : { put: key, value }));

/** Where a part of a turn differs; lists that stand for facts and rows are told by the names of their fields. */
function compare(
  part: (typeof DECIDED)[number],
  expected: StepBody,
  actual: StepBody,
): Difference | undefined {
  const [then, now] = [expected[part] ?? [], actual[part] ?? []];
  if (part === 'entries') {
    const found = firstDifference(then as Json, now, part);
    return found && firstDifference(named(then) as Json, asMuch(named(then), named(now)), part);
  }
  if (part !== 'writes') return firstDifference(then as Json, now, part);
  const found = firstDifference(byKey(then as Writes) as Json, byKey(now as Writes), part);
  return (
    found && (firstDifference(rows(then as Writes) as Json, rows(now as Writes), part) ?? found)
  );
}

type Writes = readonly (readonly [key: string, value?: unknown])[];

/** In which order a turn puts its writes down is its own affair. */
const byKey = (writes: Writes) => Object.fromEntries(writes.map(([key, ...value]) => [key, value]));

const rows = (writes: Writes) =>
  byKey(
    writes.map(([key, value]) =>
      key.startsWith('sub/') && Array.isArray(value) ? [key, rowOf(value as Value)] : [key, value],
    ),
  );

/** A fact that said nothing more of itself then may do so now: it tells of the same decision. */
const asMuch = (then: readonly unknown[], now: readonly unknown[]) =>
  now.map((fact, i) => {
    const known = then[i];
    return isFact(fact) && isFact(known) && known.detail === undefined
      ? { ...fact, detail: undefined }
      : fact;
  });

const isFact = (value: unknown): value is { readonly detail?: unknown } =>
  typeof value === 'object' && value !== null;

const named = (entries: readonly unknown[]) =>
  entries.map((entry) => (Array.isArray(entry) ? entryOf(entry as Value) : entry));
