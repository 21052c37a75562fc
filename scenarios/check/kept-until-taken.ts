/**
 * What an agent owes is kept until it is taken over (R5): an ending leaves its outbox only when the controller
 * says that it is recorded, a fence is forgotten only when it is told to be, after its end; and the controller
 * has a fence forgotten only when it has the end and all of the log.
 */
import { agentKey, type AgentMeta, type TaskRow } from '../../actors/agent-records.ts';
import { isAfter } from '../../actors/outbox.ts';
import { key } from '../../actors/records.ts';
import { isInFlight } from '../../actors/sub-indexes.ts';
import type { ControllerFrame, OutboxEntry } from '../../transport/frame.ts';
import { told, type AgentTurn, type Decision } from './books.ts';
import { property, type Fail } from './checker.ts';
import { fenceName } from './executions.ts';
import { takenOver } from './done-counts.ts';

export const keptUntilTaken = property('kept-until-taken', (books, fail) => {
  /** Length of the log that the taken-over ending of a fence has told. */
  const logs = new Map<string, number>();
  return {
    see(sight) {
      const { turn, decision } = books;
      if (turn) checkAgent(turn, sight.atMs, fail);
      if (!decision) return;
      for (const { entry } of takenOver(decision)) logs.set(fenceName(entry), entry.logLength);
      for (const frame of told(decision.step))
        checkForgets(decision, frame, logs, sight.atMs, fail);
    },
  };
});

function checkAgent({ changes, heard, of }: AgentTurn, atMs: number, fail: Fail): void {
  const { controllerId } = (of.decided.get(agentKey.meta) ?? {}) as unknown as AgentMeta;
  const isForeign =
    changes.get(agentKey.meta)?.before !== undefined &&
    (changes.get(agentKey.meta)!.before as unknown as AgentMeta).controllerId !== controllerId;
  if (isForeign) return;
  for (const [name, { before, after }] of changes) {
    if (before === undefined || after !== undefined) continue;
    if (name.startsWith('out/')) {
      const { place, birth, attempt } = before as unknown as OutboxEntry;
      if (!heard.some(({ recorded }) => recorded !== null && !isAfter(place, recorded)))
        fail(atMs, `${of.seat} drops the end of ${birth}/${attempt}, which nobody has recorded.`);
    } else if (name.startsWith('task/')) {
      const row = before as unknown as TaskRow;
      if (!row.ended) fail(atMs, `${of.seat} forgets ${fenceName(row)}, which has not ended.`);
      if (!heard.some((frame) => hasForgotten(frame, fenceName(row))))
        fail(atMs, `${of.seat} forgets ${fenceName(row)} without being told to.`);
    }
  }
}

const hasForgotten = ({ requests }: ControllerFrame, fence: string) =>
  requests.some(
    (request) =>
      request.kind === 'forget' && request.fences.some((each) => fenceName(each) === fence),
  );

function checkForgets(
  { of: { decided } }: Decision,
  { agent, requests }: ControllerFrame,
  logs: ReadonlyMap<string, number>,
  atMs: number,
  fail: Fail,
): void {
  for (const request of requests) {
    if (request.kind !== 'forget') continue;
    for (const fence of request.fences) {
      const row = decided.sub(fence.birth);
      const isMine = row?.context.agent === agent && row.context.attempt === fence.attempt;
      if (!row || !isMine) continue;
      if (isInFlight(row))
        fail(atMs, `${agent} is to forget ${fenceName(fence)}, which is ${row.state}.`);
      const length = (decided.get(key.logged(fence.birth, fence.attempt)) ?? 0) as number;
      const told = logs.get(fenceName(fence)) ?? 0;
      if (length < told)
        fail(
          atMs,
          `${agent} is to forget ${fenceName(fence)} with ${length} of ${told} bytes here.`,
        );
    }
  }
}
