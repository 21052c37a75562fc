/** What the JSON interface answers from: a controller that runs, or the records of one that does not. */
import type { Clock } from '../../actors/clock.ts';
import type { Controller } from '../../actors/controller-api.ts';
import type { Recorded } from '../../actors/facts.ts';
import type { Logger } from '../../actors/logger.ts';
import type { HandlerInfo } from '../../actors/work-item.ts';
import type { JobSource } from './job-sources.ts';
import type { ScenarioPlayer } from './scenario-player.ts';
import type { Samples } from './samples.ts';

export interface ApiAccess {
  /** The controller's store. */
  readonly store: Recorded;
  readonly clock: Clock;
  /** Hears of what nobody foresaw: an answer of 500. */
  readonly logger: Logger;
  /** Left out for an idle directory: nothing can be asked for then but what is recorded. */
  readonly controller?: Controller;
  /** What charts are drawn from (`openSamples`). Left out: there are none. */
  readonly samples?: Samples;
  readonly about: { readonly namespace: string; readonly version: string };
  /** Handlers whose inputs are checked here, by name; others must be offered by an agent. */
  readonly handlers: ReadonlyMap<string, HandlerInfo>;
  /** What makes a job of a source, by its kind. */
  readonly sources: ReadonlyMap<string, JobSource>;
  /** Plays scenarios for people. Left out: nobody does. */
  readonly scenarios?: ScenarioPlayer;
}
