/**
 * A short name for what the statecharts and the verdict table say, so that a replay can tell whether they
 * are those of the recording. Descriptions are for people and do not count.
 */
import { createHash } from 'node:crypto';
import { agentConnection } from '../../machines/agent-connection.ts';
import { controller } from '../../machines/controller.ts';
import { job } from '../../machines/job.ts';
import { lease } from '../../machines/lease.ts';
import { REPORTS, VIEWS, verdict } from '../../machines/reconciliation.ts';
import { subTransaction } from '../../machines/sub-transaction.ts';
import { task } from '../../machines/task.ts';

/** 16 hex digits. */
export function machinesDigest(): string {
  const machines = [agentConnection, controller, job, lease, subTransaction, task];
  const verdicts = VIEWS.map((view) =>
    REPORTS.map((report) => ({ ...verdict(view, report), why: '' })),
  );
  const said = JSON.stringify([machines.map(({ config }) => config), verdicts], inOrder);
  return createHash('sha256').update(said).digest('hex').slice(0, 16);
}

/** Properties in order of their names, without descriptions. */
function inOrder(name: string, value: unknown): unknown {
  if (name === 'description') return undefined;
  if (typeof value === 'function') return value.name;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
