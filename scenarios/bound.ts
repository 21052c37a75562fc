/** How long a world may take to come to rest when all faults have ended. */
import { checkConfig } from '../actors/controller-config.ts';
import { handOutAfterMs } from '../machines/timing.ts';
import type { NamedScript, Plan } from './plan.ts';

/**
 * After the last fault it takes at most two rounds of loss and hand-out, two sweeps, and the time that the
 * work itself takes: each piece so many times as it may be tried, one after the other on the slots.
 */
export function boundOf({ setting, steps }: Plan): number {
  const settings = [
    setting.settings,
    ...steps.flatMap(({ action }) => ('settings' in action ? [action.settings] : [])),
  ].map(checkConfig);
  const roundMs = Math.max(...settings.map((config) => handOutAfterMs(config.timing, config)));
  const { sweepMs, graceMs, idleMs, maxProcesses } = settings[0]!;
  const scripts = steps.flatMap(({ action }): readonly NamedScript[] =>
    action.do === 'submit' ? [action] : action.do === 'job' ? action.items : [],
  );
  const slots = Math.min(
    maxProcesses,
    setting.agents.reduce((sum, each) => sum + (each.slots ?? 2), 0),
  );
  const longestMs = scripts.map((script) => {
    const { runsMs = 100, timeoutMs = 3_600_000, delayMs = 1_000 } = script;
    const { maxRetries = 4, maxLosses = 4 } = script;
    const abortMs = Math.min(graceMs, script.abortMs ?? 0);
    const onceMs = Math.min(runsMs, timeoutMs) + abortMs + delayMs + 2_000;
    return onceMs * (1 + maxRetries + maxLosses);
  });
  const workMs = longestMs.reduce((sum, ms) => sum + ms, 0) / slots + Math.max(0, ...longestMs);
  return Math.ceil(2 * (roundMs + sweepMs + idleMs) + workMs);
}
