/** The agent under measurement: one handler that does nothing, on LMDB. */
import { join } from 'node:path';
import { createAgent, defineHandler, openStore, type Transport } from '../index.ts';
import type { LifelineSettings, Payload } from './role.ts';

/** It may run again when an agent is lost, as BullMQ does with a job that has stalled. */
export const noop = defineHandler({
  name: 'noop',
  onUnknown: 'retry',
  run: (_input: Payload) => null,
});

export async function openBenchAgent(
  { directory, agentId: id, works: slots }: LifelineSettings,
  transport: Transport,
): Promise<{ close(): Promise<void> }> {
  const store = await openStore(join(directory, id));
  const agent = await createAgent({ id, slots, transport, handlers: [noop], store });
  return {
    async close() {
      await agent.close();
      await store.close();
    },
  };
}
