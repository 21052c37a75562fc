/**
 * Makes a failing plan small: takes away what the failure does not need, as long as the same checker finds
 * it. Greedy and in a fixed order, so that the same plan gives the same small one.
 *
 *   behind the failure ─▶ steps, halves first ─▶ work ─▶ agents ─▶ settings ─▶ what each step says ─▶ again
 */
import type { Action, NamedScript, Plan, PlanStep, Setting } from './plan.ts';
import type { Violation } from './sight.ts';

export interface ShrinkBudget {
  /** Runs at most. Default 300. */
  readonly runs?: number;
  /** Asked before each run: enough time was spent. */
  readonly isSpent?: () => boolean;
}

/**
 * The smallest plan that was found.
 *
 * @param violation what the plan ends with
 * @param violationOf runs a plan
 */
export async function shrink(
  plan: Plan,
  violation: Violation,
  violationOf: (plan: Plan) => Promise<Violation | undefined>,
  { runs = 300, isSpent = () => false }: ShrinkBudget = {},
): Promise<Plan> {
  let best = plan;
  let foundAtMs = violation.atMs;
  let left = runs;
  const isEnough = () => left <= 0 || isSpent();
  const accept = async (candidate: Plan): Promise<boolean> => {
    if (isEnough()) return false;
    left--;
    const found = await violationOf(candidate);
    if (found?.checker !== violation.checker) return false;
    best = candidate;
    foundAtMs = found.atMs;
    return true;
  };
  /** Tries one candidate after the other; each is made from the best so far. */
  const tryAll = async (count: () => number, candidateOf: (i: number) => Plan | undefined) => {
    for (let i = count() - 1; i >= 0 && !isEnough(); i--) {
      const candidate = i < count() ? candidateOf(i) : undefined;
      if (candidate) await accept(candidate);
    }
  };

  await accept(endingAt(best, foundAtMs));
  let before: Plan | undefined;
  while (before !== best && !isEnough()) {
    before = best;
    await withoutRuns(() => best, accept);
    await tryAll(
      () => itemsOf(best).length,
      (i) => withoutItem(best, itemsOf(best)[i]!),
    );
    await tryAll(
      () => best.setting.agents.length,
      (i) => withoutAgent(best, i),
    );
    await tryAll(
      () => plainer(best.setting).length,
      (i) => ({ ...best, setting: plainer(best.setting)[i]! }),
    );
    for (let at = 0; at < best.steps.length && !isEnough(); at++) {
      const others = () => simpler(best.steps[at]);
      await tryAll(
        () => others().length,
        (i) => replaced(best, at, others()[i]!),
      );
    }
  }
  return best;
}

/** The faults end right after the failure, and nothing comes behind. */
function endingAt({ setting, steps }: Plan, atMs: number): Plan {
  const endMs = Math.ceil(atMs) + 1;
  const kept = steps.filter((step) => step.atMs < endMs && step.action.do !== 'heal');
  return { setting, steps: [...kept, { atMs: endMs, action: { do: 'heal' } }] };
}

/** Takes out runs of steps: half of all, a quarter, … one by one, from the end. */
async function withoutRuns(
  best: () => Plan,
  accept: (candidate: Plan) => Promise<boolean>,
): Promise<void> {
  for (let size = best().steps.length >> 1; size >= 1; size >>= 1) {
    for (let end = best().steps.length; end > 0; end -= size) {
      const { setting, steps } = best();
      const from = Math.max(0, end - size);
      const kept = steps.filter(({ action }, i) => i < from || i >= end || action.do === 'heal');
      if (kept.length < steps.length) await accept({ setting, steps: kept });
    }
  }
}

const itemsOf = ({ steps }: Plan): readonly NamedScript[] =>
  steps.flatMap(({ action }) =>
    action.do === 'job' && action.items.length > 1 ? action.items : [],
  );

function withoutItem({ setting, steps }: Plan, item: NamedScript): Plan {
  const kept = steps.map((step): PlanStep => {
    const { action } = step;
    if (action.do !== 'job') return step;
    return { ...step, action: { ...action, items: action.items.filter((each) => each !== item) } };
  });
  return { setting, steps: kept };
}

function withoutAgent({ setting, steps }: Plan, i: number): Plan | undefined {
  const gone = setting.agents[i]!.id;
  const agents = setting.agents.filter(({ id }) => id !== gone);
  if (agents.length === 0) return undefined;
  const isOf = (action: Action) =>
    ('agent' in action && action.agent === gone) || ('seat' in action && action.seat === gone);
  return { setting: { ...setting, agents }, steps: steps.filter(({ action }) => !isOf(action)) };
}

/** The setting with one thing less that is not as by default. */
function plainer(setting: Setting): Setting[] {
  const { controllerRate, controllerOffsetMs, syncMs, ...rest } = setting;
  const clocks = { controllerRate, controllerOffsetMs };
  const found: Setting[] = [];
  if (controllerRate !== undefined || controllerOffsetMs !== undefined)
    found.push({ ...rest, ...defined({ syncMs }) });
  if (syncMs !== undefined) found.push({ ...rest, ...defined(clocks) });
  setting.agents.forEach(({ id, slots }, i) => {
    const agents = setting.agents.map((each, at) =>
      at === i ? { id, ...defined({ slots }) } : each,
    );
    if (Object.keys(setting.agents[i]!).some((key) => key !== 'id' && key !== 'slots'))
      found.push({ ...setting, agents });
  });
  // What a shared store needs, and what makes the timing, stays together.
  const isSteady = [{ rate: controllerRate }, ...setting.agents].every(
    ({ rate = 1 }) => rate === 1,
  );
  const names = ['sweepMs', 'idleMs', 'graceMs', 'select', 'maxProcesses'] as const;
  // Clocks that are worse than they may be would break what holds for the others.
  for (const name of isSteady ? ([...names, 'drift'] as const) : names) {
    if (setting.settings[name] === undefined) continue;
    found.push({ ...setting, settings: without(setting.settings, name) });
  }
  return found;
}

function defined<T extends object>(from: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(from).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** The step saying less, or something rounder: a field that may be left out, a duration in whole seconds. */
function simpler(step: PlanStep | undefined): PlanStep[] {
  if (!step) return [];
  const { atMs, action, ...rest } = step;
  const found: PlanStep[] = [];
  const add = (other: object) => found.push({ ...rest, atMs, action: other as Action });
  for (const [name, value] of Object.entries(action)) {
    if (name === 'forMs' && value % 1_000 !== 0) {
      add({ ...action, forMs: Math.ceil(value / 1_000) * 1_000 });
      add({ ...action, forMs: Math.max(1_000, Math.floor(value / 1_000) * 1_000) });
    }
    if (canSpare(action, name)) add(without(action, name));
  }
  if (action.do === 'job') {
    action.items.forEach((item, i) => {
      for (const name of Object.keys(item)) {
        if (!canSpare(item, name)) continue;
        const items = action.items.map((each, at) => (at === i ? without(each, name) : each));
        add({ ...action, items });
      }
    });
  }
  if (atMs % 1_000 !== 0) found.push({ ...rest, atMs: Math.floor(atMs / 1_000) * 1_000, action });
  return found;
}

/** Fields without which an action is still one, and plainer. */
const OPTIONAL = new Set([
  ...['phase', 'keep', 'lose', 'drop', 'duplicate', 'reorder', 'delayMs', 'frames', 'batch'],
  ...['fails', 'poisons', 'result', 'lines', 'lineBytes', 'abortMs', 'killMs', 'unkillable'],
  ...['maxRetries', 'timeoutMs', 'onUnknown', 'maxLosses'],
]);

/** Whether it can do without that field; work that never returns needs its time limit. */
const canSpare = (from: object, name: string): boolean =>
  OPTIONAL.has(name) && !(name === 'timeoutMs' && 'runsMs' in from && from.runsMs === Infinity);

function without<T extends object>(from: T, name: string): T {
  return Object.fromEntries(Object.entries(from).filter(([key]) => key !== name)) as T;
}

/** The plan with another step in that place, in order of time. */
function replaced({ setting, steps }: Plan, at: number, step: PlanStep): Plan {
  const changed = steps.map((each, i) => (i === at ? step : each));
  return { setting, steps: changed.sort((one, other) => one.atMs - other.atMs) };
}
