/**
 * The first file of a node of the reconciliation measurement: a controller that hands out tasks without
 * an end, or the agent that holds all of them. It tells what it sees of that, and ends with who started it.
 *
 *   controller ── facts about the agent ──▶ reconcile.ts ◀── "so many have begun" ── agent
 */
import { join } from 'node:path';
import {
  createAgent,
  createController,
  defineHandler,
  natsTransport,
  openStore,
} from '../index.ts';

export interface NodeSettings {
  readonly role: 'controller' | 'agent';
  /** Where its store lies. */
  readonly directory: string;
  /** Address of the broker, or of the cable to it. */
  readonly nats: string;
  /** Tasks that are in flight at once. */
  readonly tasks: number;
}

export type NodeNews =
  | { readonly begun: number }
  | { readonly fact: string; readonly detail: { readonly [name: string]: unknown } | null };

/** Short, so that an outage is one soon; what follows the heal does not depend on them. */
const TIMING = { periodMs: 1_000, delayMs: 200, timeoutMs: 60_000 };
const TASK_MS = 86_400_000;

let begun = 0;
/** Runs until it is told to end, as work does that goes on through an outage. */
const endless = defineHandler({
  name: 'endless',
  timeoutMs: TASK_MS,
  run: async (_input: number, { signal }) => {
    tell({ begun: ++begun });
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return null;
  },
});

const { role, directory, nats, tasks } = JSON.parse(process.argv[2]!) as NodeSettings;
const transport = await natsTransport({ servers: nats });
const store = await openStore(join(directory, role));
if (role === 'agent') {
  await createAgent({ id: 'agent-1', slots: tasks, transport, store, handlers: [endless] });
} else {
  const controller = await createController({ ...TIMING, transport, store });
  controller.follow((facts) => {
    for (const { about, kind, detail } of facts) {
      if (about === 'agent') tell({ fact: kind, detail: detail as Record<string, unknown> | null });
    }
  });
  const items = Array.from({ length: tasks }, (_, n) => n);
  await controller.startJob({ name: 'endless', handler: endless, items });
}
process.on('disconnect', () => process.exit());

function tell(news: NodeNews): void {
  process.send?.(news);
}
