/** The first file of a thread: an agent that shares a process, and no loop, with its controller. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { threadTransport } from '../index.ts';
import { openBenchAgent } from './lifeline-agent.ts';
import type { LifelineSettings } from './role.ts';

const settings = workerData as LifelineSettings;
const transport = threadTransport(settings.directory);
const agent = await openBenchAgent(settings, transport);
parentPort!.postMessage('ready');
await once(parentPort!, 'message');
await agent.close();
await transport.close();
parentPort!.close();
