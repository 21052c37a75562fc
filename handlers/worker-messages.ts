/**
 * What a thread and its pool say to each other. A thread runs one task at a time; the task's number is
 * in every message, so that what a finished task still says is not taken for the next one's.
 */
import type { Exit, FenceToken, KnownStep, StepNews, Value } from './handler.ts';

/** Given to a thread when it is made. */
export interface ThreadData {
  /** Address of the module whose default export is the work. */
  readonly module: string;
  /** Two doubles, a `Deadline` (elapsed.ts): the agent's lease, readable while the agent is blocked. */
  readonly lease: SharedArrayBuffer;
}

/** Exit code of a thread that has ended itself because the lease was over. */
export const LEASE_OVER_CODE = 75;

export type ToThread =
  | {
      readonly kind: 'run';
      readonly task: number;
      readonly id: string;
      readonly job: string | null;
      readonly fence: FenceToken;
      readonly input: unknown;
      readonly properties: Value;
      readonly known: readonly KnownStep[];
    }
  /** The step may be begun. */
  | { readonly kind: 'beginStep'; readonly task: number; readonly key: string }
  | { readonly kind: 'abort'; readonly task: number };

export type FromThread =
  | { readonly kind: 'log'; readonly task: number; readonly line: string }
  | { readonly kind: 'progress'; readonly task: number; readonly value: unknown }
  | { readonly kind: 'step'; readonly task: number; readonly news: StepNews }
  | { readonly kind: 'ended'; readonly task: number; readonly exit: Exit };
