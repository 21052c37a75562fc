/**
 * `lifeline/scenarios`: what happened, again. Scripted stories and recordings of live systems, played by the
 * production controller and agents under virtual time.
 *
 * ```ts
 * const { divergence } = await replay('incident.scenario');
 * const { failure } = await playScenario(readScenario(text, 'cut.scenario'));
 * ```
 *
 * To test handlers of your own under virtual time, see `lifeline/testing`.
 *
 * @module scenarios
 */
export { readScenario } from '../scenarios/format/read.ts';
export { writePlan } from '../scenarios/format/write.ts';
export { ScenarioError } from '../scenarios/format/problem.ts';
export {
  type Action,
  type AgentSetting,
  type CrashPhase,
  type NamedScript,
  type Plan,
  type PlanStep,
  type Script,
  type Seat,
  type Setting,
  type Way,
} from '../scenarios/plan.ts';
export { playScenario, type Played, type PlayOptions } from '../scenarios/play.ts';
export {
  replay,
  type Divergence,
  type LaneReplayed,
  type Replayed,
  type ReplayOptions,
  type Seen,
} from '../scenarios/replay.ts';
export { run, type Outcome, type Probe, type RunOptions } from '../scenarios/run.ts';
export {
  type Expectation,
  type Happening,
  type Scenario,
  type ScenarioStep,
  type Subject,
} from '../scenarios/scenario.ts';
export { Violation, type Checker, type Sight, type WorldView } from '../scenarios/sight.ts';
export {
  playSeed,
  simulate,
  type Found,
  type Report,
  type SeedResult,
} from '../scenarios/simulate.ts';
export { planOf } from '../scenarios/swarm.ts';
export { cut, NothingToCut, type Incident } from '../scenarios/tape/cut.ts';
export {
  openRecording,
  type Recording,
  type RecordingOptions,
} from '../scenarios/tape/recording.ts';
