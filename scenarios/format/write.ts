/**
 * Writes a plan as a scenario file: what the shrinker leaves of a failing seed becomes a regression test.
 *
 *   plan ──▶ writePlan ──▶ text ──▶ readScenario ──▶ the same setting and the same actions
 */
import type { Action, AgentSetting, Plan, PlanStep } from '../plan.ts';
import { boundOf } from '../bound.ts';
import { durationText } from './duration.ts';
import { CONVERGE } from './expectations.ts';
import { ACTIONS, AGENT, WITH, wordOf } from './grammar.ts';
import { linesOf, singles, type AnyParts } from './parts.ts';
import { FIRST_LINE } from './problem.ts';

/** Width of the first column: times, and the words of the header. */
const COLUMN = 9;

/**
 * The whole text: the plan, and that everything must come to rest at its end.
 *
 * @param about `find`: the checker that found something in it
 */
export function writePlan(
  plan: Plan,
  about: {
    readonly title: string;
    readonly source?: string;
    readonly find?: string;
  },
): string {
  const { agents, ...world } = plan.setting;
  const lines = [
    FIRST_LINE,
    row('title', about.title),
    ...(about.source === undefined ? [] : [row('source', about.source)]),
    ...(about.find === undefined ? [] : [row('find', about.find)]),
    row('with', written(WITH, world)),
    ...agents.map((agent) => agentLine(agent)),
    ...plan.steps.flatMap((step) => stepLines(step)),
    convergeLine(plan),
    'end',
  ];
  return `${lines.join('\n')}\n`;
}

const row = (first: string, rest: string) => `${first.padEnd(COLUMN)} ${rest}`.trimEnd();

function agentLine({ id, ...agent }: AgentSetting): string {
  return row('agent', `${id} ${written(AGENT, agent)}`);
}

function convergeLine(plan: Plan): string {
  const atMs = plan.steps.at(-1)?.atMs ?? 0;
  const within = written(CONVERGE, { withinMs: boundOf(plan) });
  return row(durationText(atMs), `${'converge'.padEnd(COLUMN)} ${within}`);
}

function stepLines({ atMs, action }: PlanStep): string[] {
  return actionLines(action).map((line, i) => row(i === 0 ? durationText(atMs) : '', line));
}

/** An action as in a file, without its time and without lines below it. */
export const actionText = (action: Action) => actionLines(action)[0]!.replace(/ {2,}/, ' ');

function actionLines({ do: name, ...values }: Action): string[] {
  const parts: AnyParts = ACTIONS[name];
  const list = linesOf(parts);
  const items = list && ((values as Record<string, unknown>)[list.key] as readonly object[]);
  return [
    `${wordOf(name).padEnd(COLUMN)} ${written(parts, values)}`.trimEnd(),
    ...(items ?? []).map((item) => `  ${list!.word} ${written(list!.each, item)}`),
  ];
}

/** The values that are there, those that go by their place first. */
function written(parts: AnyParts, values: object): string {
  const all = [...singles(parts)].flatMap(({ path, part }) => {
    const value = path.reduce<unknown>((tree, key) => (tree as Tree | undefined)?.[key], values);
    if (value === undefined) return [];
    const text = part.kind.write(value);
    return [{ isField: part.name !== undefined, text: part.name ? `${part.name}=${text}` : text }];
  });
  const [places, fields] = [false, true].map((isField) =>
    all.filter((each) => each.isField === isField),
  );
  return [...places!, ...fields!].map(({ text }) => text).join(' ');
}

type Tree = Readonly<Record<string, unknown>>;
