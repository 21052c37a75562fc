/**
 * What the promises of a setting rest on, and the instants of its protocol that checkers need: how far clocks
 * may run apart, and how long an end takes.
 */
import { checkConfig } from '../../actors/controller-config.ts';
import type { ControllerConfig } from '../../actors/ground.ts';
import type { Setting } from '../plan.ts';

/** No clock runs further off than the settings say. */
export function isWithinBounds({ agents, controllerRate = 1, settings }: Setting): boolean {
  const { drift } = checkConfig(settings);
  return [controllerRate, ...agents.map(({ rate = 1 }) => rate)].every(
    (rate) => Math.abs(rate - 1) <= drift + 1e-9,
  );
}

/** How long a duration on some clock may last in true time, at most; whole ms are rounded twice. */
export const atMostMs = (ms: number, { drift }: ControllerConfig): number =>
  Math.ceil(ms / (1 - drift)) + 2;
