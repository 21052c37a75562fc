/**
 * What somebody asked for, among the facts of a journal: whoever gave the command is written down with each.
 *
 *   job.stop, cancel, agent.drain, handler.set, …  ─▶ yes, each of them
 *   job.started                                    ─▶ yes, unless its schedule began the run
 *   accepted                                       ─▶ only where it does one that has ended again
 *   enqueued, emptied, a batch of work             ─▶ no: they follow from what was asked
 *   what a run or the retention does of itself     ─▶ no
 */
import { RUN_ITSELF } from './evidence.ts';
import type { Fact, Recorded } from './facts.ts';
import { subject } from './records.ts';
import { RETENTION } from './retention.ts';
import { subOf } from './sheet-rows.ts';

const COMMANDS = new Set([
  ...['cancel', 'retry', 'accept', 'giveUp'],
  ...['job.stop', 'job.abandon', 'job.retry', 'job.cleanedUp'],
  ...['agent.drain', 'agent.undrain', 'handler.set', 'handler.removed'],
  ...['controller.classes', 'controller.pruned'],
]);

/** Whether somebody asked for what that fact tells. */
export function isAskedFor(store: Recorded, { kind, by, cause, subject: about }: Fact): boolean {
  if (by === undefined || RUN_ITSELF.has(by) || by === RETENTION) return false;
  if (kind === 'job.started') return cause !== 'tick';
  if (kind !== 'accepted') return COMMANDS.has(kind);
  const birth = subject.birthOf(about);
  return birth !== undefined && subOf(store, birth)?.retryOf !== undefined;
}
