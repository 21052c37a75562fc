/**
 * What came of an outage, in words: what it did to the agent's boot, what notes were compared to, how that ended.
 *
 *   { boot: 2, verdicts: { accept: 2 }, ends: { leaseOver: 2, parked: 2 } }
 *     ──▶ boot 2 began, since its lease was over; 2 tasks were killed with the lease; 2 of them wait for a decision
 */
import type { OutageView } from '../../../actors/outages.ts';
import { counted, verdictsInWords } from '../../../cli/shown.ts';

const ENDS: readonly (readonly [end: keyof OutageView['ends'], one: string, many: string])[] = [
  ['done', 'was done meanwhile and counts', 'were done meanwhile and count'],
  ['failed', 'had failed meanwhile', 'had failed meanwhile'],
  ['leaseOver', 'was killed when the lease was over', 'were killed when the lease was over'],
  ['killed', 'was killed', 'were killed'],
  ['lost', 'is lost', 'are lost'],
  ['neverStarted', 'was never started', 'were never started'],
];

/** What became of the tasks; '' where nothing had to be decided. */
export function tasksInWords({ verdicts, ends }: OutageView): string {
  const told = ENDS.flatMap(([end, one, many]) => {
    const n = ends[end] ?? 0;
    return n > 0 ? [`${counted(n, 'task')} ${n === 1 ? one : many}`] : [];
  });
  const known = ENDS.reduce((sum, [end]) => sum + (ends[end] ?? 0), 0);
  const { accept = 0, lost = 0, ...others } = verdicts;
  // Those that are lost have their ends at once: what is not told yet is of the others.
  const lostLeft = Math.max(0, lost - (ends.lost ?? 0));
  const left = { ...others, lost: lostLeft, accept: Math.max(0, accept + lost - known - lostLeft) };
  const parked = ends.parked ?? 0;
  return [
    verdictsInWords(left),
    told.join(', '),
    parked === 0 ? '' : `${parked} of these ${parked === 1 ? 'was' : 'were'} parked for a decision`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What became of the boot; '' where the same one goes on. */
export function bootInWords({ boot, ends }: OutageView): string {
  if (boot === null) return '';
  return ends.leaseOver ? `its lease was over, boot ${boot} began` : `boot ${boot} began`;
}
