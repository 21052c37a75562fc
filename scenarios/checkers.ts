/**
 * The properties that every run is held to, a file each in `check/`. They share the books of the run, which say
 * what a sight means; each sees every sight, and keeps no more than it needs to judge the next one.
 *
 *   World ──sight──▶ books ──▶ one-start │ never-two-at-once │ … ──▶ Violation { checker, atMs, says }
 *
 * A fault excuses nothing but what a disk has lost of what it had acknowledged (`lie`).
 */
import { addressed } from './check/addressed.ts';
import { Books } from './check/books.ts';
import { bounded } from './check/bounded.ts';
import { cancelHolds } from './check/cancel-holds.ts';
import type { Property } from './check/checker.ts';
import { completionOnce } from './check/completion-once.ts';
import { costOfLoss } from './check/cost-of-loss.ts';
import { counters } from './check/counters.ts';
import { currentFenceOnly } from './check/current-fence-only.ts';
import { doneCounts } from './check/done-counts.ts';
import { inOrder } from './check/in-order.ts';
import { indexes } from './check/indexes.ts';
import { keptUntilTaken } from './check/kept-until-taken.ts';
import { leaseBeforeGive } from './check/lease-before-give.ts';
import { legalMoves } from './check/legal-moves.ts';
import { logsOnce } from './check/logs-once.ts';
import { neverTwoAtOnce } from './check/never-two-at-once.ts';
import { nothingInvented } from './check/nothing-invented.ts';
import { nothingLost } from './check/nothing-lost.ts';
import { oneStart } from './check/one-start.ts';
import { outboxInOrder } from './check/outbox-in-order.ts';
import { quiet } from './check/quiet.ts';
import { recovered } from './check/recovered.ts';
import { resends } from './check/resends.ts';
import { selfFence } from './check/self-fence.ts';
import { speaks } from './check/speaks.ts';
import { terminalIsFinal } from './check/terminal-is-final.ts';
import { timeline } from './check/timeline.ts';
import { toldOnce } from './check/told-once.ts';
import { toldWhenRecorded } from './check/told-when-recorded.ts';
import type { Setting } from './plan.ts';
import type { Checker } from './sight.ts';

/** What harms people first: two of these may see the same event, and the first names it. */
const PROPERTIES: readonly Property[] = [
  oneStart, neverTwoAtOnce, leaseBeforeGive, nothingInvented, currentFenceOnly, terminalIsFinal, selfFence,
  nothingLost, recovered, doneCounts, costOfLoss, cancelHolds, completionOnce, toldOnce, toldWhenRecorded,
  keptUntilTaken, outboxInOrder, logsOnce, addressed, legalMoves, counters, indexes, inOrder, timeline,
  resends, speaks, bounded, quiet,
]; // prettier-ignore

/** All checkers, with fresh state for one run of that setting. */
export function createCheckers(setting: Setting): Checker[] {
  const books = new Books(setting);
  return PROPERTIES.map((create) => create(books));
}
