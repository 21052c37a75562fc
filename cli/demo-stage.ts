/**
 * Where the demo is played: what it needs of its surroundings, so that it goes the same way in one process
 * and over NATS (demo-nats.ts). The last agent is the one that can be cut off.
 *
 *   one process   controller, agents and the link between them in memory; a fault of the transport cuts it
 *   over NATS     a nats-server, agents that are processes, a proxy in the place of a cable
 */
import { fromAgent, toAgent } from '../transport/subjects.ts';
import { createHandlers, openEmbedded, type Nodes } from './embedded.ts';
import type { Call } from './verb.ts';

/** A process of the play. */
export interface Player {
  readonly id: string;
  readonly pid: number;
}

/** Who plays, as it is told. */
export type Cast =
  | {
      readonly transport: 'nats';
      readonly server: { readonly version: string; readonly url: string; readonly pid: number };
      /** Empty until they have joined. */
      readonly agents: readonly Player[];
    }
  | {
      readonly transport: 'memory';
      /** Why not over NATS, as a sentence. */
      readonly why: string;
    };

export interface Stage extends Pick<Nodes, 'store' | 'controller' | 'join' | 'close'> {
  readonly settle: () => Promise<unknown>;
  readonly cast: () => Cast;
  /** The agent that is cut off. */
  readonly victim: string;
  /** From now on nothing passes between it and the controller, in either direction. */
  readonly cut: () => void;
  readonly heal: () => void;
  /** How that is done, to stand behind "is cut …" and "is healed". */
  readonly cutHow: string;
  readonly healHow: string;
  /** Why the play had to be broken off; the controller is closed then. */
  readonly trouble: () => Error | undefined;
}

/** The ids of the agents, first to last. */
export const agentIds = (agents: number): readonly string[] =>
  Array.from({ length: agents }, (_, index) => `agent-${index + 1}`);

/** @param why it is not played over NATS, as a sentence */
export async function stageInOneProcess(call: Call, why: string): Promise<Stage> {
  const { agents, namespace } = call.values;
  const { transport, ...nodes } = await openEmbedded(
    call,
    await createHandlers(call.clock),
    agents,
  );
  const victim = agentIds(agents).at(-1)!;
  let heals: readonly (() => void)[] = [];
  return {
    ...nodes,
    victim,
    cast: () => ({ transport: 'memory', why }),
    cut() {
      const subjects = [toAgent, fromAgent].map((to) => to(namespace, victim));
      heals = subjects.map((subject) => transport.faults.add({ subject, cut: true }));
    },
    heal() {
      for (const heal of heals) heal();
    },
    cutHow: 'in both directions',
    healHow: '',
    trouble: () => undefined,
  };
}
