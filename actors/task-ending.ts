/**
 * How an attempt ended, as its agent tells it: from the state of its statechart and what the runner says of
 * the exit. What the guard killed while the agent itself did not run ended at the guard's instant.
 */
import type { Exit } from '../handlers/handler.ts';
import type { TaskContext } from '../machines/task.ts';
import type { Ending, HeldState, KillStep } from '../transport/frame.ts';

/** Why everything is killed when the lease ends, as it is told. */
export const LEASE_OVER = 'the lease is over';

export const endState = (ending: Ending['kind']): HeldState =>
  ending === 'done' ? 'done' : ending === 'lost' ? 'intentOnly' : 'ended';

/** When the guard killed it before this agent, which did not run then, could; undefined: it did not. */
export function guardedKill(
  { startedAt, steps }: TaskContext,
  exit: Exit | undefined,
  at: number,
): number | undefined {
  const killedAt = exit?.kind === 'stopped' ? exit.killedAt : undefined;
  if (killedAt === undefined || killedAt > at || killedAt < (startedAt ?? at)) return undefined;
  return steps.some((step) => step.step === 'kill' && step.at <= killedAt) ? undefined : killedAt;
}

function stepsOf(steps: TaskContext['steps'], guardedAt: number | undefined): readonly KillStep[] {
  if (guardedAt === undefined) return steps;
  return [...steps.filter(({ at }) => at < guardedAt), { at: guardedAt, step: 'guard' }];
}

export function endingOf(
  state: string,
  context: TaskContext,
  exit: Exit | undefined,
  guardedAt: number | undefined,
): Ending {
  const reason = guardedAt === undefined ? (context.cause ?? 'stopped') : LEASE_OVER;
  const steps = stepsOf(context.steps, guardedAt);
  const stopped = steps.length > 0 ? { steps: [...steps] } : {};
  if (state === 'done' && exit?.kind === 'done') return { kind: 'done', result: exit.result };
  if (state === 'failed' && context.cause === 'timedOut') {
    const message = `It ran longer than ${context.timeoutMs} ms.`;
    return { kind: 'failed', cause: 'timedOut', message, detail: null, ...stopped };
  }
  if (state === 'failed' && exit?.kind === 'failed') {
    const { cause, message, detail } = exit;
    return { kind: 'failed', cause, message: message.slice(0, 8192), detail };
  }
  return state === 'neverStarted'
    ? { kind: 'neverStarted', reason }
    : { kind: 'killed', reason, ...stopped };
}
