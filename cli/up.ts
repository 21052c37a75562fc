/**
 * `lifeline up`: a controller and agents in one process, for one machine; with --nats, agents of other
 * machines may join them.
 */
import { memoryTransport } from '../transport/memory.ts';
import type { Transport } from '../transport/transport.ts';
import { runController } from './controller.ts';
import { openNodeNats } from './open-nats.ts';
import { httpSettings, natsSettings, recordSettings, spoolSettings } from './settings.ts';
import type { Call, Verb } from './verb.ts';

export const up: Verb = {
  name: 'up',
  arguments: '',
  summary: 'a controller and agents in one process, until a signal comes',
  notes: `
Work may run commands here, as in \`lifeline run\`: as the user who starts it. With --nats, agents of other machines may join (\`lifeline agent\`): --handover is for them, those in this process end with it. The first signal lets end what runs here, for as long as --drain-time says; the second kills it.`,
  settings: [
    'agents',
    'slots',
    ...spoolSettings,
    ...natsSettings,
    ...httpSettings,
    ...recordSettings,
    'handlers',
    'drain-time',
    'handover',
  ],
  options: [],
  run: (call) => runController(call, () => openTransport(call), call.values.agents),
};

async function openTransport(call: Call): Promise<Transport> {
  const { clock, values } = call;
  if (values.nats !== undefined) return openNodeNats(call, values.nats, 'controller');
  return memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
}
