/** Statecharts in the words of the page. */
import type { MachineName } from '../../../machines/definitions.ts';

export const machineTitles: Readonly<Record<MachineName, string>> = {
  subTransaction: 'Sub-transaction',
  agentConnection: 'Agent connection',
  job: 'Job',
  task: 'Task',
  lease: 'Lease',
  controller: 'Controller',
};

type Counts = Readonly<Record<string, number | null>>;

/** The fullest states first. */
export const fullest = (counts: Counts): readonly (readonly [state: string, count: number])[] =>
  Object.entries(counts)
    .filter((one): one is [string, number] => one[1] !== null && one[1] > 0)
    .sort(([, one], [, other]) => other - one);

/** `most are done (1,204 of 1,300)`. */
export function countsInWords(counts: Counts): string {
  const all = fullest(counts);
  const [first] = all;
  if (!first) return 'none now';
  const [state, count] = first;
  const total = all.reduce((sum, [, one]) => sum + one, 0);
  if (total === 1) return `one is ${state}`;
  const shown = (n: number) => n.toLocaleString('en-US');
  return all.length === 1
    ? `all ${shown(total)} are ${state}`
    : `most are ${state}: ${shown(count)} of ${shown(total)}`;
}
