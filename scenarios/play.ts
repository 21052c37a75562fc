/**
 * Plays a scenario in a world, and asks at its instants whether what is expected is so. Everything else is as
 * in a run of the simulator: all checkers look on.
 *
 *   scenario ─┬─ actions ──────▶ plan ────▶ run ──▶ holds, or the line that does not
 *             ├─ expect now ───▶ probes ──▶  ▲
 *             └─ expect a span ▶ checker ────┘
 */
import { createCheckers } from './checkers.ts';
import { differs, type Answers } from './expect.ts';
import { durationText } from './format/duration.ts';
import { run, type Outcome, type Probe, type RunOptions } from './run.ts';
import type { Plan } from './plan.ts';
import type { Expectation, Scenario, ScenarioStep } from './scenario.ts';
import { Violation, type Checker, type Sight, type WorldView } from './sight.ts';

/** What became of a scenario. */
export interface Played extends Outcome {
  readonly scenario: Scenario;
  /** What did not hold, with the file and, where it is an expectation, its line; undefined: all is well. */
  readonly failure?: string;
}

/** The name under which an expectation that is not met stands as a violation. */
export const EXPECT = 'expect';

/** The world of a scenario and what is done to it, without what is expected. */
export const planOfScenario = ({ setting, steps }: Scenario): Plan => ({
  setting,
  steps: steps.flatMap(({ atMs, line, ...step }) =>
    step.do === 'act' ? [{ atMs, line, action: step.action }] : [],
  ),
});

/** Who looks on while a scenario is played. */
export interface PlayOptions extends Pick<RunOptions, 'lines' | 'tap'> {
  /** Gets each sight, in order. */
  readonly hear?: (sight: Sight) => void;
}

/** Plays it to its end, or to the first thing that does not hold. One at a time in a process. */
export async function playScenario(
  scenario: Scenario,
  { hear = () => {}, ...options }: PlayOptions = {},
): Promise<Played> {
  const expectations = new Expectations(scenario);
  const { converge } = expectations;
  const outcome = await run(planOfScenario(scenario), {
    ...options,
    checkers: [{ name: 'heard', see: hear }, ...createCheckers(scenario.setting), expectations],
    probes: expectations.probes,
    converge: converge !== undefined,
    ...(converge && { withinMs: converge.withinMs }),
  });
  const { violation } = outcome;
  if (!violation) return { ...outcome, scenario };
  const { file } = scenario;
  const failure =
    violation.checker === EXPECT
      ? violation.message
      : `${file}: ${violation.checker}: ${violation.message}`;
  return { ...outcome, scenario, failure };
}

interface Watched {
  readonly expectation: Expectation;
  readonly line: number;
  isMet: boolean;
}

/** Asks at the instants of a file, and between them at each sight that may change an answer. */
class Expectations implements Checker {
  readonly name = EXPECT;
  readonly probes: readonly Probe[];
  readonly converge: (ScenarioStep & { readonly do: 'converge' }) | undefined;
  readonly #file: string;
  readonly #watched = new Set<Watched>();
  #answers: Answers = { answered: 0, refused: 0 };

  constructor({ file, steps }: Scenario) {
    this.#file = file;
    this.converge = steps.find((step) => step.do === 'converge');
    const lastAtMs = steps.findLast((step) => step.do !== 'converge')?.atMs;
    const isAtOnce = this.converge?.atMs === lastAtMs;
    this.probes = steps.flatMap((step) =>
      isAtOnce && step.do === 'converge' ? [] : this.#probesOf(step),
    );
  }

  see(sight: Sight, view: WorldView): void {
    if (sight.what === 'answered') {
      const { answered, refused } = this.#answers;
      this.#answers = { answered: answered + 1, refused: refused + (sight.refusal ? 1 : 0) };
    }
    if (!CHANGES.has(sight.what)) return;
    for (const watched of this.#watched) this.#look(watched, view);
  }

  #probesOf(step: ScenarioStep): Probe[] {
    const { atMs, line } = step;
    if (step.do === 'act') return [];
    // It asks nothing, but it is when the faults end.
    if (step.do === 'converge') return [{ atMs, line, ask: () => {} }];
    const { expectation } = step;
    const { when, lastsMs } = expectation;
    const watched = { expectation, line, isMet: false };
    const begin: Probe = {
      atMs,
      line,
      ask: ({ view }) => {
        if (when !== 'now') this.#watched.add(watched);
        this.#look(watched, view);
      },
    };
    if (lastsMs === undefined) return [begin];
    const end: Probe = {
      atMs: atMs + lastsMs,
      ask: ({ view }) => {
        this.#look(watched, view);
        this.#watched.delete(watched);
        if (when === 'within' && !watched.isMet) this.#fail(watched, view);
      },
    };
    return [begin, end];
  }

  #look(watched: Watched, view: WorldView): void {
    const { expectation } = watched;
    const isSo = differs(expectation, view, this.#answers) === undefined;
    if (expectation.when === 'within') watched.isMet ||= isSo;
    else if (isSo === (expectation.when === 'never')) this.#fail(watched, view);
    if (watched.isMet) this.#watched.delete(watched);
  }

  #fail({ expectation, line }: Watched, view: WorldView): never {
    const difference = differs(expectation, view, this.#answers);
    const says =
      difference === undefined
        ? `${expectation.name} is as it must never be`
        : `otherwise than expected, ${difference}`;
    throw new Violation(
      EXPECT,
      view.nowMs,
      `${this.#file}:${line}: At ${durationText(view.nowMs)} ${says}.`,
    );
  }
}

/** After these sights what is on record, in the ledger or alive may be another. */
const CHANGES = new Set<Sight['what']>(['durable', 'ledger', 'term', 'boot', 'over', 'action']);
