/** Process classes and how they stand, for people. */
import type { MemberView, ProcessClassView } from '../actors/obstacles.ts';
import { typedDuration } from './duration.ts';
import { counted, shownCount } from './shown.ts';
import { tableLines, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'PROCESS CLASS' },
  { title: 'SELECT' },
  { title: 'AT ONCE', align: 'right' },
  { title: 'RUNNING', align: 'right' },
  { title: 'WAITING', align: 'right' },
  { title: 'PERIOD', align: 'right' },
  { title: 'DELAY', align: 'right' },
  { title: 'TIMEOUT', align: 'right' },
  { title: 'REST', align: 'right' },
  { title: 'WAIT', align: 'right' },
  { title: 'AGENTS' },
];

/** A table, what stands in the way of each, and the agents that nobody knows. */
export function classesLines(classes: readonly ProcessClassView[]): readonly string[] {
  return [
    ...tableLines(COLUMNS, classes.map(cellsOf)),
    ...classes.flatMap(({ name, obstacle }) =>
      obstacle ? [`${name} waits: ${obstacle.text}.`] : [],
    ),
    ...unmatchedLines(classes),
  ];
}

/** A sentence for each address that no agent has told. */
export function unmatchedLines(
  classes: readonly Pick<ProcessClassView, 'name' | 'agents'>[],
): readonly string[] {
  const named = new Map<string, string[]>();
  for (const { name, agents } of classes) {
    for (const { id, address } of agents) {
      if (id === null && address !== null)
        named.set(address, [...(named.get(address) ?? []), name]);
    }
  }
  return [...named].map(
    ([address, names]) =>
      `No agent has told the address ${address} of the process ${names.length === 1 ? 'class' : 'classes'} ${names.join(', ')}: start one with --address ${address}, or name its id under agent-addresses.`,
  );
}

const countOrNot = (n: number | null) => (n === null ? '-' : shownCount(n));
const timeOrNot = (ms: number | null) => (ms === null || ms === 0 ? '-' : typedDuration(ms));

const cellsOf = (one: ProcessClassView): readonly string[] => [
  one.name,
  one.select,
  countOrNot(one.maxProcesses),
  countOrNot(one.running),
  countOrNot(one.waiting),
  typedDuration(one.periodMs),
  typedDuration(one.delayMs),
  typedDuration(one.timeoutMs),
  timeOrNot(one.restMs),
  timeOrNot(one.waitMs),
  one.isOfAll
    ? `all (${counted(one.agents.length, 'agent')})`
    : one.agents.map(memberCell).join(', '),
];

const memberCell = ({ id, address, state, restingUntil }: MemberView): string =>
  [
    id ?? address ?? '-',
    ...(state === null || state === 'connected' ? [] : [`(${state})`]),
    ...(restingUntil === null ? [] : [`(rests until ${restingUntil})`]),
  ].join(' ');
