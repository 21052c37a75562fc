/**
 * Everything goes to whom it concerns: an attempt is given to the boot that its record names and to no other
 * (R3), a boot that is over gets nothing but a notice (R1), and an echo is of a beat that this boot has sent in
 * this term (R11, R13).
 */
import { key, type AgentRow } from '../../actors/records.ts';
import { isInFlight } from '../../actors/sub-indexes.ts';
import type { ControllerFrame } from '../../transport/frame.ts';
import { told, type Decision } from './books.ts';
import { property, type Fail } from './checker.ts';

export const addressed = property('addressed', (books, fail) => {
  /** Newest stamp of each boot in the present term of a seat. */
  const stamps = new Map<string, Map<string, number>>();
  /** Highest request of each link that was sent. */
  const sent = new Map<string, Map<string, number>>();
  return {
    see(sight) {
      if (sight.what === 'term') {
        stamps.set(sight.seat, new Map());
        sent.set(sight.seat, new Map());
      }
      const { decision } = books;
      if (!decision) return;
      const heard = stamps.get(decision.of.seat)!;
      for (const { agent, storeId, boot, stamp } of decision.heard) {
        const name = `${agent} ${storeId} ${boot}`;
        heard.set(name, Math.max(heard.get(name) ?? -Infinity, stamp));
      }
      for (const frame of told(decision.step)) {
        if (frame.notice) continue;
        const { agent, storeId, boot, echo } = frame;
        if (echo !== null && echo > (heard.get(`${agent} ${storeId} ${boot}`) ?? -Infinity))
          fail(sight.atMs, `${agent} gets an echo of ${echo}, which boot ${boot} has not sent.`);
        checkBoot(decision, frame, sight.atMs, fail);
        checkAssigns(decision, frame, sent.get(decision.of.seat)!, sight.atMs, fail);
      }
    },
  };
});

function checkBoot({ of }: Decision, frame: ControllerFrame, atMs: number, fail: Fail): void {
  const { agent, storeId, boot } = frame;
  const row = of.decided.get(key.agent(agent)) as unknown as AgentRow | undefined;
  if (row?.storeId !== storeId || row.boot !== boot)
    fail(atMs, `Boot ${boot} of ${agent} is spoken to, and boot ${row?.boot ?? '?'} is known.`);
  else if (row.state === 'lost')
    fail(atMs, `Boot ${boot} of ${agent} is lost, and is spoken to as if it were not.`);
}

/** What is sent for the first time is of the present attempt, and of this boot. */
function checkAssigns(
  { of }: Decision,
  frame: ControllerFrame,
  sent: Map<string, number>,
  atMs: number,
  fail: Fail,
): void {
  const { agent, storeId, boot, link, requests } = frame;
  const name = `${agent} ${storeId} ${boot} ${link}`;
  const last = sent.get(name) ?? 0;
  for (const request of requests) {
    if (request.n <= last) continue;
    sent.set(name, Math.max(sent.get(name) ?? 0, request.n));
    if (request.kind !== 'assign') continue;
    for (const { id, birth, attempt } of request.tasks) {
      const row = of.decided.sub(birth);
      const { context } = row ?? {};
      const isHere =
        context?.attempt === attempt && context.agent === agent && context.boot === boot;
      if (row?.id !== id || !isHere || !isInFlight(row))
        fail(
          atMs,
          `${id}#${attempt} is given to boot ${boot} of ${agent}, and its record says ${row?.state} ` +
            `(attempt ${context?.attempt}, boot ${context?.boot} of ${context?.agent}).`,
        );
    }
  }
}
