/**
 * The sweep: asks again, same fence, what is overdue and whose agent is connected. It runs every
 * `sweepMs` and at once when a connection returns; what it has asked is due again a sweep later, so that
 * overlapping sweeps send nothing twice.
 */
import { overdue, type Tracked } from '../machines/watchdog.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { SubTransactions } from './sub-transaction.ts';

/** Questions of one sweep; the next one takes the rest. */
const PER_SWEEP = 10_000;

/** Asks what is overdue at `at`; returns how many were asked. */
export function sweep(
  subs: SubTransactions,
  connections: AgentConnections,
  at: number,
  sweepMs: number,
): number {
  const tracked = function* (): Iterable<Tracked> {
    for (const [deadlineAt, key] of subs.overdue.entries()) {
      const { state, context } = subs.row(Number(key))!;
      const connection = connections.stateOf(context.agent!);
      const agentConnected = connection === 'connected' || connection === 'reconciled';
      yield { key, deadlineAt, state, agentConnected };
    }
  };
  const { ask } = overdue(tracked(), { at, limit: PER_SWEEP });
  for (const key of ask) {
    subs.send(Number(key), { type: 'ask', at }, { rule: 'watchdog' });
    subs.overdue.set(key, at + sweepMs);
  }
  return ask.length;
}
