/**
 * `lifeline/machines`: the statecharts and the rules beside them, alone. Nothing else is loaded but XState.
 *
 * ```ts
 * const order = createActor(subTransaction.provide({ actions: { askAgent } }), { input, inspect });
 * const end = withDeadlines(order, clock);
 * order.start();
 * ```
 *
 * Time is an event here: each event carries `at`, and a machine that must be woken says when in
 * `context.deadlineAt`; `withDeadlines` wakes it. State and context are plain JSON, so that
 * `getPersistedSnapshot()` is all that has to be kept.
 *
 * @module machines
 */
export {
  agentConnection,
  type AgentConnectionContext,
  type AgentConnectionEvent,
  type AgentConnectionInput,
  type AgentConnectionState,
} from '../machines/agent-connection.ts';
export {
  controller,
  type ControllerContext,
  type ControllerEvent,
  type ControllerInput,
  type ControllerState,
} from '../machines/controller.ts';
export {
  machineDefinitions,
  machineNames,
  type MachineDefinition,
  type MachineName,
  type StateDefinition,
  type TransitionDefinition,
} from '../machines/definitions.ts';
export { stateDiagram } from '../machines/diagram.ts';
export {
  job,
  type JobContext,
  type JobEvent,
  type JobInput,
  type JobState,
} from '../machines/job.ts';
export {
  lease,
  type LeaseContext,
  type LeaseEvent,
  type LeaseInput,
  type LeaseState,
} from '../machines/lease.ts';
export {
  selectAgent,
  type Candidate,
  type ClassView,
  type Obstacle,
  type Selecting,
  type Selection,
} from '../machines/process-class.ts';
export {
  REPORTS,
  verdict,
  viewOf,
  VIEWS,
  type Known,
  type Report,
  type Verdict,
  type View,
} from '../machines/reconciliation.ts';
export {
  checkPolicy,
  delayBeforeRetry,
  isPoison,
  mayLose,
  mayRetry,
  type FailureCause,
  type Fence,
  type RetryPolicy,
} from '../machines/retry.ts';
export {
  subTransaction,
  TERMINAL,
  type SubTransactionCause,
  type SubTransactionContext,
  type SubTransactionEvent,
  type SubTransactionInput,
  type SubTransactionPolicy,
  type SubTransactionState,
} from '../machines/sub-transaction.ts';
export {
  task,
  TASK_ENDS,
  type TaskContext,
  type TaskEvent,
  type TaskInput,
  type TaskState,
  type TaskStep,
} from '../machines/task.ts';
export {
  checkTiming,
  defaultMargins,
  defaultTiming,
  guardMs,
  handOutAfterMs,
  InvalidSetting,
  lateAfterMs,
  resendEveryMs,
  suspectAfterMs,
  type Margins,
  type Timing,
} from '../machines/timing.ts';
export { overdue, type Sweep, type Tracked } from '../machines/watchdog.ts';
export { withDeadlines, type DeadlineClock, type Wakeable } from '../machines/with-deadlines.ts';
