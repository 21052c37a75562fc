/**
 * What a controller writes down of an agent when a boot of it is first heard.
 *
 *   the boot before, of the same store ─▶ its handlers, what is recorded of its outbox, the gap in it
 *   any boot before                    ─▶ whether the agent is being drained
 */
import { agentAddress } from '../machines/agent-address.ts';
import type { AgentFrame } from '../transport/frame.ts';
import type { AgentRow } from './records.ts';

/** @param now `keptMs`: a boot that is taken for lost keeps the id for its store that long */
export function rowOfBoot(
  frame: AgentFrame,
  before: AgentRow | undefined,
  state: AgentRow['state'],
  now: { readonly at: number; readonly timeoutMs: number; readonly keptMs: number },
): AgentRow {
  const same = before?.storeId === frame.storeId ? before : undefined;
  return {
    id: frame.agent,
    storeId: frame.storeId,
    boot: frame.boot,
    bootId: frame.hello?.bootId ?? null,
    bootAt: now.at,
    state,
    // Its next boot finds the id free: of two that have one id each would else take it from the other, for ever.
    heldUntil: state === 'lost' ? now.at + now.keptMs : null,
    timeoutMs: now.timeoutMs,
    slots: frame.beat.slots,
    handlers: frame.hello?.handlers ?? same?.handlers ?? [],
    containment: frame.hello?.containment ?? same?.containment ?? null,
    address: frame.hello ? addressOf(frame.hello) : (same?.address ?? null),
    recorded: same?.recorded ?? null,
    gap: same?.gap ?? false,
    draining: before?.draining ?? false,
  };
}

/** Spelled in the one way, whatever the agent makes of it. */
function addressOf({ address }: NonNullable<AgentFrame['hello']>): string | null {
  return address === undefined ? null : (agentAddress(address) ?? null);
}
