/**
 * What a controller writes down of an agent when a boot of it is first heard.
 *
 *   the boot before, of the same store ─▶ its handlers, what is recorded of its outbox, the gap in it
 *   any boot before                    ─▶ whether the agent is being drained
 */
import { agentAddress } from '../machines/agent-address.ts';
import type { AgentFrame } from '../transport/frame.ts';
import type { AgentTimings } from './agent-timing.ts';
import type { AgentRow } from './records.ts';

/** @param granted what the timing of the agent grants: a boot that is taken for lost keeps its id for `everyMs` */
export function rowOfBoot(
  frame: AgentFrame,
  before: AgentRow | undefined,
  state: AgentRow['state'],
  at: number,
  granted: Pick<AgentTimings, 'everyMs' | 'grantedMs'>,
): AgentRow {
  const same = before?.storeId === frame.storeId ? before : undefined;
  const address = frame.hello ? addressOf(frame.hello) : (same?.address ?? null);
  const { policies } = frame.hello ?? same ?? {};
  const agent = { id: frame.agent, address };
  return {
    ...agent,
    storeId: frame.storeId,
    boot: frame.boot,
    bootId: frame.hello?.bootId ?? null,
    bootAt: at,
    state,
    // Its next boot finds the id free: of two that have one id each would else take it from the other, for ever.
    heldUntil: state === 'lost' ? at + granted.everyMs(agent) : null,
    timeoutMs: granted.grantedMs(agent),
    slots: frame.beat.slots,
    handlers: frame.hello?.handlers ?? same?.handlers ?? [],
    ...(policies && { policies }),
    containment: frame.hello?.containment ?? same?.containment ?? null,
    recorded: same?.recorded ?? null,
    gap: same?.gap ?? false,
    draining: before?.draining ?? false,
  };
}

/** Spelled in the one way, whatever the agent makes of it. */
function addressOf({ address }: NonNullable<AgentFrame['hello']>): string | null {
  return address === undefined ? null : (agentAddress(address) ?? null);
}
