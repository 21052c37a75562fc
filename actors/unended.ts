/**
 * What the boots before left behind, read before a new one says a word.
 *
 *   task/<fence> without an exit ──▶ lost, and owed to the controller in the outbox (R6)
 *   a log nobody asks for again  ──▶ removed
 */
import type { Runner } from '../handlers/handler.ts';
import type { Store } from '../store/store.ts';
import type { Fence, OutboxEntry, OutboxPlace } from '../transport/frame.ts';
import { agentKey, type AgentMeta, type BootRecords, type TaskRow } from './agent-records.ts';
import { under } from './records.ts';

/** What the boots before left open: intents without an exit are lost, and owed to the controller. */
export function findLost(
  store: Store,
  meta: AgentMeta,
  at: number,
  crashed: boolean,
  runner: Runner,
) {
  // A spool is not synced: after a power failure a log may be shorter than what was said of it.
  const lengthOf = (fence: Fence, said: number) =>
    Math.min(said, runner.logs.length({ birth: fence.birth, attempt: fence.attempt }));
  const tasks = [...store.range(under('task'))].map(([, value]): TaskRow => {
    const row = value as unknown as TaskRow;
    const { ended } = row;
    return ended ? { ...row, ended: { ...ended, logLength: lengthOf(row, ended.logLength) } } : row;
  });
  const outbox = [...store.range(under('out'))].map(([, value]): OutboxEntry => {
    const entry = value as unknown as OutboxEntry;
    if ('step' in entry) return entry;
    return { ...entry, logLength: lengthOf(entry, entry.logLength) };
  });
  const owed: OutboxEntry[] = [];
  const lost: TaskRow[] = [];
  let last: OutboxPlace | null = meta.lastOut;
  for (const row of tasks.filter(({ ended }) => ended === null)) {
    const { birth, attempt, intentAt } = row;
    const place = { boot: meta.boot, n: owed.length + 1 };
    const logLength = runner.logs.length({ birth, attempt });
    const ending = { kind: 'lost', crashed } as const;
    owed.push({
      place,
      after: last,
      birth,
      attempt,
      at,
      startedAt: intentAt,
      ending,
      logLength,
    });
    lost.push({ ...row, ended: { ending: 'lost', place, logLength } });
    last = place;
  }
  const byFence = new Map(lost.map((row) => [agentKey.task(row), row]));
  const records: BootRecords = {
    meta: { ...meta, lastOut: last },
    tasks: tasks.map((row) => byFence.get(agentKey.task(row)) ?? row),
    outbox: [...outbox, ...owed],
  };
  return { records, owed, lost };
}

/** A crash may come between the record of a forget and the removal of the log: nobody asks for it again. */
export function removeForgotten(tasks: readonly TaskRow[], { logs }: Runner): void {
  const kept = new Set(tasks.map((row) => agentKey.task(row)));
  for (const fence of logs.held()) if (!kept.has(agentKey.task(fence))) logs.remove(fence);
}
