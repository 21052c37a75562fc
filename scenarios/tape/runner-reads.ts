/**
 * The runner of a boot that is recorded: what it says when a decision asks it is told.
 *
 *   decision ─▶ logs.length, logs.read, logs.held, killable ─▶ runner
 *                    └──▶ runner {"length":[50,1,4096]}      only where it is not what was told last
 */
import type { FenceToken, Runner } from '../../handlers/handler.ts';

/** An answer of a runner. A fence is a pair of birth and attempt. */
export type RunnerSaid =
  | { readonly length: readonly [birth: number, attempt: number, bytes: number] }
  | {
      readonly read: readonly [birth: number, attempt: number, offset: number, limit: number];
      /** Null: it could not be read. */
      readonly bytes: Uint8Array | null;
    }
  | { readonly held: readonly (readonly [birth: number, attempt: number])[] }
  | { readonly killable: readonly [handler: string, is: boolean] };

export interface RunnerReads {
  readonly runner: Runner;
  /** From here on all is told anew. */
  forget(): void;
}

export function createRunnerReads(runner: Runner, tell: (said: RunnerSaid) => void): RunnerReads {
  const { logs } = runner;
  const lengths = new Map<string, number>();
  const killable = new Map<string, boolean>();
  const nameOf = ({ birth, attempt }: FenceToken) => `${birth}/${attempt}`;

  const tapped: Runner = {
    handlers: runner.handlers,
    policies: runner.policies,
    containment: runner.containment,
    start: (work, events) => runner.start(work, events),
    stop: (fence, how) => runner.stop(fence, how),
    beginStep: (fence, key) => runner.beginStep(fence, key),
    killable(handler) {
      const is = runner.killable(handler);
      if (killable.get(handler) !== is) tell({ killable: [handler, is] });
      killable.set(handler, is);
      return is;
    },
    get endedByLease() {
      return runner.endedByLease;
    },
    leaseFor: (ms) => runner.leaseFor(ms),
    logs: {
      length(fence) {
        const bytes = logs.length(fence);
        if (lengths.get(nameOf(fence)) !== bytes)
          tell({ length: [fence.birth, fence.attempt, bytes] });
        lengths.set(nameOf(fence), bytes);
        return bytes;
      },
      read(fence, offset, limit) {
        const read = [fence.birth, fence.attempt, offset, limit] as const;
        try {
          const bytes = logs.read(fence, offset, limit);
          tell({ read, bytes });
          return bytes;
        } catch (error) {
          tell({ read, bytes: null });
          throw error;
        }
      },
      remove(fence) {
        lengths.delete(nameOf(fence));
        logs.remove(fence);
      },
      held() {
        const held = logs.held();
        tell({ held: held.map(({ birth, attempt }) => [birth, attempt]) });
        return held;
      },
    },
    close: () => runner.close(),
  };
  return {
    runner: tapped,
    forget() {
      lengths.clear();
      killable.clear();
    },
  };
}
