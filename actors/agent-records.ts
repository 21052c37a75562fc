/**
 * What an agent writes down: who it is, what it has begun and how it ended, and what it still owes.
 *
 *   meta/agent                 store, boot, highest term seen, last place in the outbox
 *   task/<birth>/<attempt>     intent, then ending: until the controller says forget (R5)
 *   out/<boot>/<n>             pulses that must not be lost: until the controller has recorded them
 */
import type { Ending, Fence, OutboxEntry, OutboxPlace } from '../transport/frame.ts';
import { padded } from './padded.ts';

export const agentKey = {
  meta: 'meta/agent',
  task: ({ birth, attempt }: Fence) => `task/${padded(birth)}/${padded(attempt)}`,
  out: ({ boot, n }: OutboxPlace) => `out/${padded(boot)}/${padded(n)}`,
};

export interface AgentMeta {
  /** Made with the store: tells a restored or copied store from the one that was known. */
  readonly storeId: string;
  /** Grows with each life: process start, end of a lease, `gone`. */
  readonly boot: number;
  /** Made for this boot alone (R2). */
  readonly bootId: string;
  /** The lease of this boot is over, or it was closed: what it leaves open is no sign of a crash. */
  readonly isOver: boolean;
  /** The controller last followed and the highest term heard of it (R12). */
  readonly controllerId: string;
  readonly term: number;
  /** What it is called by beside its id, as it was started; left out: nothing. */
  readonly address?: string;
  /** The last entry ever put into the outbox. */
  readonly lastOut: OutboxPlace | null;
}

export interface TaskRow {
  readonly birth: number;
  readonly attempt: number;
  readonly id: string;
  readonly handler: string;
  readonly intentAt: number;
  /** Null between intent and exit. */
  readonly ended: {
    readonly ending: Ending['kind'];
    readonly place: OutboxPlace;
    readonly logLength: number;
  } | null;
}

/** What a boot takes up from its store. */
export interface BootRecords {
  readonly meta: AgentMeta;
  readonly tasks: readonly TaskRow[];
  readonly outbox: readonly OutboxEntry[];
}

/** One fact of an agent's journal. */
export interface AgentEntry {
  readonly at: number;
  readonly kind: 'boot' | 'intent' | 'exit' | 'forget' | 'kill' | 'lease' | 'link';
  readonly boot: number;
  readonly birth?: number;
  readonly attempt?: number;
  readonly id?: string;
  readonly detail?: string;
}
