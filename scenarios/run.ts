/**
 * One run of a plan: the world is opened, its steps are done at their instants, all faults end, and then
 * everything has to come to rest within a bound. Whoever checks sees each event as it happens.
 *
 *   chaos ── heal ── converge: at rest within the bound? ── a last look at everything
 *     └ each sight: checkers │ marks │ trace              ── the first violation ends the run
 */
import type { Tap } from '../actors/tap.ts';
import { boundOf } from './bound.ts';
import { createCheckers } from './checkers.ts';
import { mark } from './marks.ts';
import type { Action, Plan, PlanStep, Seat } from './plan.ts';
import { Violation, type Checker, type Sight } from './sight.ts';
import { createTrace } from './trace.ts';
import { World } from './world.ts';

/** What became of a run. */
export interface Outcome {
  readonly plan: Plan;
  /** The first property that did not hold. */
  readonly violation?: Violation;
  /** Over everything that was seen; the same plan gives the same one. */
  readonly digest: string;
  readonly simulatedMs: number;
  /** Turns of all nodes. */
  readonly turns: number;
  /** Names of the marks that were reached. */
  readonly marks: ReadonlySet<string>;
  /** What took effect, by kind: actions that are faults, and fates of frames. */
  readonly faults: Readonly<Record<string, number>>;
}

/** A question to the world at an instant. */
export interface Probe {
  readonly atMs: number;
  /** Line of the file it stands in: before the steps of its instant that stand further down. */
  readonly line?: number;
  /** @throws {Violation} when the answer is wrong: the run ends with it */
  ask(world: World): void;
}

/** Who looks on, and how the run is to end. */
export interface RunOptions {
  /** Default: all, fresh for this run. */
  readonly checkers?: readonly Checker[];
  /** Whether to note which marks are reached. Default true. */
  readonly marks?: boolean;
  /** Gets each sight as a line of text; slow. */
  readonly lines?: (line: string) => void;
  /** Whether it must come to rest in the end. Default true. */
  readonly converge?: boolean;
  /** How long that may take, in ms. Default by what the plan holds. */
  readonly withinMs?: number;
  /** Questions to ask on the way, in order of time. */
  readonly probes?: readonly Probe[];
  /** One more tap for the nodes of a seat. */
  readonly tap?: (seat: Seat) => Tap;
}

/** What people and programs ask for; all other actions are faults. */
const ASKED = new Set<Action['do']>([
  'submit',
  'job',
  'cancel',
  'retry',
  'accept',
  'giveUp',
  'stopJob',
  'drain',
  'leave',
  'handOver',
  'start',
  'backup',
  'resume',
  'heal',
  'mend',
]);

/** Plays a plan to its end, or to the first violation. One at a time in a process: worlds share its event loop. */
export async function run(plan: Plan, options: RunOptions = {}): Promise<Outcome> {
  const watch = new Watch(plan, options);
  const stray = (why: unknown) => watch.fail('unhandled', `a promise was rejected: ${reason(why)}`);
  process.on('unhandledRejection', stray);
  const world = World.open(plan.setting, (sight) => watch.see(sight, world), {
    ...(options.tap ? { tap: options.tap } : {}),
  });
  try {
    await play(world, plan, watch, options);
  } catch (error) {
    watch.fail('unhandled', `it throws: ${reason(error)}`, world.view.nowMs);
  } finally {
    world.close();
    process.off('unhandledRejection', stray);
  }
  return watch.outcome(world.view.nowMs);
}

async function play(world: World, plan: Plan, watch: Watch, options: RunOptions): Promise<void> {
  const isOver = () => watch.violation !== undefined;
  for (const event of inOrder(plan.steps, options.probes ?? [])) {
    const aheadMs = event.atMs - world.view.nowMs;
    if (aheadMs > 0 && (await world.until(isOver, aheadMs))) return;
    if ('action' in event) world.do(event.action);
    else {
      await world.advance(0);
      watch.ask(event, world);
    }
  }
  if (options.converge === false || isOver()) return;
  if (plan.steps.at(-1)?.action.do !== 'heal') world.do({ do: 'heal' });
  const withinMs = options.withinMs ?? boundOf(plan);
  const isAtRest = () => world.leftOver().next().done === true;
  if (!(await world.until(() => isOver() || isAtRest(), withinMs))) {
    const left = [...world.leftOver()];
    const more = left.length > 5 ? `; and ${left.length - 5} more` : '';
    const says = `${withinMs} ms after the last fault it is not at rest: ${left.slice(0, 5).join('; ')}${more}`;
    watch.fail('liveness', says, world.view.nowMs);
  }
  if (!isOver()) watch.end(world);
}

/** What has no line comes before what has one, and steps before the questions of their instant. */
const inOrder = (steps: readonly PlanStep[], probes: readonly Probe[]) =>
  [...steps, ...probes].sort(
    (one, other) => one.atMs - other.atMs || (one.line ?? 0) - (other.line ?? 0),
  );

/** Looks at each sight with everything that wants to, and keeps the first violation. */
class Watch {
  violation: Violation | undefined;
  readonly #plan: Plan;
  readonly #checkers: readonly Checker[];
  readonly #trace;
  readonly #marks = new Set<string>();
  readonly #faults: Record<string, number> = {};
  readonly #isMarking: boolean;
  #turns = 0;

  constructor(plan: Plan, { checkers, marks, lines }: RunOptions) {
    this.#plan = plan;
    this.#checkers = checkers ?? createCheckers(plan.setting);
    this.#isMarking = marks ?? true;
    this.#trace = createTrace(lines);
  }

  see(sight: Sight, { view }: World): void {
    if (this.violation) return;
    this.#trace.see(sight);
    this.#count(sight);
    this.#attempt(sight.atMs, () => {
      for (const checker of this.#checkers) checker.see(sight, view);
      if (this.#isMarking) mark(sight, this.#marks);
    });
  }

  ask(probe: Probe, world: World): void {
    this.#attempt(world.view.nowMs, () => probe.ask(world));
  }

  end({ view }: World): void {
    this.#attempt(view.nowMs, () => {
      for (const checker of this.#checkers) checker.end?.(view);
    });
  }

  fail(checker: string, says: string, atMs = 0): void {
    this.violation ??= new Violation(checker, atMs, says);
  }

  outcome(simulatedMs: number): Outcome {
    const { violation } = this;
    return {
      plan: this.#plan,
      ...(violation ? { violation } : {}),
      digest: this.#trace.digest(),
      simulatedMs,
      turns: this.#turns,
      marks: this.#marks,
      faults: this.#faults,
    };
  }

  /** Sights are seen from within the nodes, and what is thrown there is caught there. */
  #attempt(atMs: number, look: () => void): void {
    try {
      look();
    } catch (error) {
      if (error instanceof Violation) this.violation ??= error;
      else this.fail('unhandled', `a checker throws: ${reason(error)}`, atMs);
    }
  }

  #count(sight: Sight): void {
    if (sight.what === 'decided' || sight.what === 'turned') this.#turns++;
    else if (sight.what === 'frame') this.#add(`frame ${sight.fate}`);
    else if (sight.what === 'action' && !ASKED.has(sight.action.do))
      this.#add(kindOf(sight.action));
  }

  #add(kind: string): void {
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
  }
}

function kindOf(action: Action): string {
  if (action.do === 'disk') return `disk ${action.fault}`;
  if (action.do === 'crash' && action.lose) return 'crash with lost tail';
  return action.do;
}

const reason = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
