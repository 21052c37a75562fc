/**
 * `lifeline/actors`: who runs it. Controller and agent on ports of one's own (clock, ids, runner of tasks, tap),
 * and the queries over a store that no controller holds.
 *
 * ```ts
 * const node = await AgentNode.open({ id: 'a1' }, { transport, store, clock, newId, logger, runner });
 * for (const sentence of explain(store, 'resize-17')) console.log(sentence.text);
 * ```
 *
 * Most programs want `createController` and `createAgent` of `lifeline`, which bring these ports.
 *
 * @module actors
 */
export { AgentNode, type AgentPorts, type AgentSettings } from '../actors/agent.ts';
export { type AgentLive } from '../actors/agent-live.ts';
export {
  listAgents,
  showAgent,
  type AgentFilter,
  type AgentSummary,
  type Live,
} from '../actors/agent-queries.ts';
export { auditPage, type AuditBounds, type AuditLine, type AuditPage } from '../actors/audit.ts';
export { NamespaceInUse } from '../actors/claim.ts';
export { systemClock, type Clock } from '../actors/clock.ts';
export { type ControllerPorts } from '../actors/controller.ts';
export { type Controller } from '../actors/controller-api.ts';
export { type ControllerSettings } from '../actors/controller-config.ts';
export { explain, type Sentence } from '../actors/explain.ts';
export { type Recorded } from '../actors/facts.ts';
export { history, type HistoryFilter, type HistoryPage } from '../actors/history.ts';
export { silent, type Logger } from '../actors/logger.ts';
export {
  openController,
  type ControllerApiPorts,
  type Halting,
} from '../actors/open-controller.ts';
export {
  listJobs,
  show,
  type JobDetail,
  type JobList,
  type JobPage,
  type Kind,
  type Shown,
} from '../actors/queries.ts';
export { readLog, type LogOptions, type LogView } from '../actors/read-log.ts';
export { report, type ReportFilter, type ReportView } from '../actors/report.ts';
export { settleAgents, type Leaving } from '../actors/settling.ts';
export { type TaskNews } from '../actors/takeover.ts';
export {
  type BootLife,
  type BootTap,
  type LifeTap,
  type Step,
  type Tap,
  type TermLife,
  type TermTap,
} from '../actors/tap.ts';
export {
  type Exit,
  type FenceToken,
  type KnownStep,
  type LogStore,
  type OfferedPolicy,
  type Runner,
  type RunnerEvents,
  type StepNews,
  type Value,
  type Work,
} from '../handlers/handler.ts';
export { createRunner, type RunnerOptions } from '../handlers/runner.ts';
export { openKillList, type KillList } from '../handlers/kill-list.ts';
export { checkOf } from '../handlers/schema.ts';
export { createMemorySpool, openSpool, type Spool } from '../handlers/spool.ts';
export { type SpoolLimits } from '../handlers/spool-room.ts';
