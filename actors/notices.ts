/**
 * What a controller tells a boot that it does not speak with: that it is over (`gone`), too old (`stale`), or
 * that another store has its name (`inUse`, `held`). Such a frame belongs to no link.
 */
import {
  PROTOCOL_VERSION,
  type AgentFrame,
  type ControllerFrame,
  type Notice,
} from '../transport/frame.ts';
import type { Ground } from './ground.ts';

export function noticeTo(
  { agent, storeId, boot }: AgentFrame,
  { controllerId, term, config: { timing } }: Ground,
  notice: Notice,
): ControllerFrame {
  return {
    v: PROTOCOL_VERSION,
    controllerId,
    term,
    agent,
    storeId,
    boot,
    link: 0,
    echo: null,
    timing,
    sent: 0,
    settled: 0,
    recorded: null,
    logs: [],
    missing: false,
    requests: [],
    notice,
  };
}
