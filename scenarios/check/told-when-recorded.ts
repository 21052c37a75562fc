/**
 * Recorded first, told then: what does not wait for the disk promises nothing. A frame that goes at once
 * acknowledges only what is on disk, asks for nothing, and names a timeout only where that is waited for by
 * every later term (R16).
 */
import { isAfter } from '../../actors/outbox.ts';
import { key, type AgentRow } from '../../actors/records.ts';
import type { ControllerFrame } from '../../transport/frame.ts';
import type { Store } from '../../store/store.ts';
import { saidNow, toldNow } from './books.ts';
import { property, type Fail } from './checker.ts';
import { fenceName } from './executions.ts';

/** What may be done before the record of its turn. */
const AT_ONCE = new Set(['frame', 'probe', 'stop', 'lease']);

export const toldWhenRecorded = property('told-when-recorded', (books, fail) => ({
  see(sight, world) {
    const { decision, turn } = books;
    if (!decision && !turn) return;
    const { step, of } = (decision ?? turn)!;
    for (const effect of step.now) {
      const isAbort = effect.kind === 'stop' && effect.how === 'abort';
      if (!AT_ONCE.has(effect.kind) || isAbort)
        fail(sight.atMs, `${of.seat} does ${effect.kind} before it is recorded.`);
    }
    for (const { answers, outbox, bye } of turn ? saidNow(turn.step) : []) {
      if (answers.length + outbox.length > 0 || bye)
        fail(sight.atMs, `${of.seat} answers before it has recorded.`);
    }
    const store = decision && world.storeOf(decision.of.seat);
    if (!store) return;
    for (const frame of toldNow(decision.step)) {
      if (!frame.notice) checkFrame(store, frame, sight.atMs, fail);
    }
  },
}));

function checkFrame(store: Store, frame: ControllerFrame, atMs: number, fail: Fail): void {
  const { agent, requests, recorded, logs, timing } = frame;
  if (requests.length > 0) fail(atMs, `${agent} is asked before it is recorded.`);
  const row = store.get(key.agent(agent)) as unknown as AgentRow | undefined;
  if (recorded && (row === undefined || isAfter(recorded, row.recorded)))
    fail(
      atMs,
      `${agent} is told that ${recorded.boot}/${recorded.n} is recorded, which it is not.`,
    );
  for (const { length, ...fence } of logs) {
    const known = (store.get(key.logged(fence.birth, fence.attempt)) ?? 0) as number;
    if (length > known)
      fail(
        atMs,
        `${agent} is told of ${length} bytes of ${fenceName(fence)}; ${known} are on disk.`,
      );
  }
  if (row && row.boot === frame.boot && timing.timeoutMs > row.timeoutMs)
    fail(atMs, `${agent} is granted ${timing.timeoutMs} ms, and ${row.timeoutMs} are on record.`);
}
