/**
 * One attempt, as its way of running sees it: where output, progress and end go.
 *
 *   output ──▶ spool, and once per microtask `logged`
 *   progress ──▶ fits? ──▶ `progress`
 *   step ──▶ `step` ─ ─ beginStep ─▶ its `begin`, once
 *   ended ──▶ result fits? ──▶ log written out ──▶ `ended`, later and just once
 */
import { failed } from './failure.ts';
import type { Exit, LogStream, RunnerEvents, StepNews, Work } from './handler.ts';
import type { Spool } from './spool.ts';
import { toValue } from './value.ts';

/** What each way of running reports to. */
export interface Attempt {
  readonly output: (stream: LogStream, bytes: Uint8Array) => void;
  readonly log: (line: string) => void;
  readonly progress: (given: unknown) => void;
  /** @param begin called once the step may be begun, if ever */
  readonly step: (news: StepNews, begin: () => void) => void;
  readonly ended: (end: Exit | { readonly kind: 'done'; readonly result: unknown }) => void;
}

/**
 * Turns what an attempt does into events and log records, and sees to it that it ends once.
 *
 * @param checkResult says what is wrong with a result, if something is
 * @param leave called just before `events.ended`
 */
export function bindAttempt(
  { fence, handler: name }: Work,
  events: RunnerEvents,
  { logs, clock }: { readonly logs: Spool; readonly clock: { now(): number } },
  checkResult: ((given: unknown) => string | undefined) | undefined,
  leave: () => void,
): Attempt & { readonly beginStep: (key: string) => void } {
  const waiting = new Map<string, () => void>();
  let over = false;
  let grown = false;
  const output = (stream: LogStream, bytes: Uint8Array) => {
    if (over) return;
    logs.append(fence, stream, bytes, clock.now());
    if (grown) return;
    grown = true;
    queueMicrotask(() => {
      grown = false;
      events.logged(fence);
    });
  };
  const log = (line: string) => output('log', Buffer.from(`${line}\n`));
  const checked = (end: Parameters<Attempt['ended']>[0]): Exit => {
    if (end.kind !== 'done') return end;
    const fitted = toValue(end.result);
    if ('why' in fitted) {
      return failed('error', `The result of handler "${name}" cannot be sent: it ${fitted.why}.`);
    }
    const flaw = checkResult?.(fitted.value);
    return flaw === undefined ? { kind: 'done', result: fitted.value } : failed('error', flaw);
  };
  return {
    output,
    log,
    progress(given) {
      if (over) return;
      const fitted = toValue(given);
      if ('value' in fitted) events.progress(fence, fitted.value);
      else log(`A progress was not reported: it ${fitted.why}.`);
    },
    step(news, begin) {
      if (over) return;
      if (!news.isDone) waiting.set(news.key, begin);
      events.step(fence, news);
    },
    beginStep(key) {
      const begin = waiting.get(key);
      waiting.delete(key);
      if (!over) begin?.();
    },
    ended(end) {
      if (over) return;
      over = true;
      logs.end(fence);
      const exit = checked(end);
      queueMicrotask(() => {
        leave();
        events.ended(fence, exit);
      });
    },
  };
}
