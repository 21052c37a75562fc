/**
 * What a process of a measurement can be, and what can be asked of it.
 *
 *   bench.ts ── settings, calls ──▶ role-process.ts ─▶ lifeline.ts | bullmq.ts
 *            ◀─ values, "n more are completed" ──
 *
 * An embedded contender is one process that submits and works; else one submits and others work.
 */
import type { SteadyLoad } from './open-loop.ts';
import type { ProfileSummary } from './profile.ts';

interface Shares {
  /** Whether it hands in work. */
  readonly submits: boolean;
  /** How many tasks it works on at once; 0: it does not work. */
  readonly works: number;
}

export interface LifelineSettings extends Shares {
  readonly product: 'lifeline';
  /** Where its stores lie. */
  readonly directory: string;
  /** Address of the nats-server; null: one process. */
  readonly nats: string | null;
  /** In one process: the agent has a thread of its own. */
  readonly thread: boolean;
  readonly agentId: string;
}

export interface BullMqSettings extends Shares {
  readonly product: 'bullmq';
  /** Port of the redis-server on this host. */
  readonly port: number;
}

export type RoleSettings = LifelineSettings | BullMqSettings;

/** No-op tasks that are handed in as fast as they are taken. */
export interface Burst {
  readonly tasks: number;
  readonly payloadBytes: number;
  /** How many are handed in at once. It is Lifeline's own number, and BullMQ is given the same. */
  readonly batch: number;
}

/** A steady load of no-op tasks. */
export interface Steady extends SteadyLoad {
  readonly payloadBytes: number;
}

export interface Role {
  /** Milliseconds from before the first is handed in until the last is known to be completed. */
  throughput(burst: Burst): Promise<number>;
  /** Of each task, milliseconds from when it was meant to be handed in until it is known to be completed. */
  latency(load: Steady): Promise<number[]>;
  /** So many more were completed in another process. */
  completedElsewhere(count: number): void;
  close(): Promise<void>;
}

/** Each call with what it takes and gives. */
export interface Calls {
  open: [RoleSettings, null];
  throughput: [Burst, number];
  latency: [Steady, number[]];
  startProfile: [null, null];
  /** `top`: how many costs are named. */
  stopProfile: [{ readonly top: number }, ProfileSummary];
  close: [null, null];
}

export type Call = {
  [K in keyof Calls]: { readonly n: number; readonly call: K; readonly given: Calls[K][0] };
}[keyof Calls];

export type Answer =
  | { readonly n: number; readonly value: Calls[keyof Calls][1] }
  | { readonly n: number; readonly error: string };

/** Told in both directions, without an answer. */
export interface News {
  readonly completed: number;
}

/** Inputs of about so many bytes as JSON. */
export function* payloads(tasks: number, bytes: number): Generator<Payload> {
  for (let n = 0; n < tasks; n++) yield payload(n, bytes);
}

export interface Payload {
  readonly n: number;
  readonly text: string;
}

const FRAME_BYTES = JSON.stringify({ n: 10_000, text: '' }).length;

export function payload(n: number, bytes: number): Payload {
  return { n, text: 'x'.repeat(Math.max(0, bytes - FRAME_BYTES)) };
}
