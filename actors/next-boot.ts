/**
 * What an agent writes down when it begins a boot: its number, and what the boots before left open.
 *
 *   meta row, tasks without an exit, outbox ─▶ meta row, `boot`, an exit `lost` for each ─▶ one batch
 *
 * It is durable before the boot says a word (R1, R6).
 */
import type { Runner } from '../handlers/handler.ts';
import type { Batch, Store, Value } from '../store/store.ts';
import { agentKey, type AgentEntry, type AgentMeta, type BootRecords } from './agent-records.ts';
import { findLost } from './unended.ts';

/**
 * The batch that begins the next boot behind what is on disk now, and what that boot takes up.
 *
 * @param world `atLeast`: its number is higher; `isFirst`: this process has begun none before; `newId` names
 *   a new store, and the boot; `at`: now; `address`: what it is called by beside its id
 */
export function nextBoot(
  store: Store,
  runner: Runner,
  world: {
    at: number;
    atLeast: number;
    isFirst: boolean;
    newId: () => string;
    address: string | undefined;
  },
): { readonly batch: Batch; readonly position: number; readonly records: BootRecords } {
  const { at, atLeast, isFirst, newId, address } = world;
  const position = store.position();
  const known = store.get(agentKey.meta) as AgentMeta | undefined;
  const meta: AgentMeta = {
    storeId: known?.storeId ?? newId(),
    boot: Math.max(known?.boot ?? 0, atLeast) + 1,
    bootId: newId(),
    isOver: false,
    controllerId: known?.controllerId ?? '',
    term: known?.term ?? 0,
    lastOut: known?.lastOut ?? null,
    ...(address === undefined ? {} : { address }),
  };
  // A process that ends behind the end of its lease has not died of what it ran (B10).
  const crashed = isFirst && known?.isOver !== true && !runner.endedByLease;
  const { records, lost, owed } = findLost(store, meta, at, crashed, runner);
  const exitOf = ({ birth, attempt, id }: (typeof lost)[number]): AgentEntry => {
    return { at, kind: 'exit', boot: meta.boot, birth, attempt, id, detail: 'lost' };
  };
  const entries: AgentEntry[] = [{ at, kind: 'boot', boot: meta.boot }, ...lost.map(exitOf)];
  const put = (key: string, value: object) => ({ put: key, value: value as Value });
  const writes = [
    put(agentKey.meta, records.meta),
    ...lost.map((row) => put(agentKey.task(row), row)),
    ...owed.map((entry) => put(agentKey.out(entry.place), entry)),
  ];
  return { batch: { entries: entries as unknown as Value[], writes }, position, records };
}
