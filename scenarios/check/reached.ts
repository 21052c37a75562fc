/**
 * The marks that a sight reaches, by name. A name says what happened, not what was planned: `crash while
 * appending` is told when a process died there.
 *
 *   action ─▶ fault:…     frame ─▶ frame:…     turn of a controller ─▶ fact:…, verdict:…, notice:…
 *   turn of an agent ─▶ answer:…, end:…, boot:…      end of a life ─▶ over:…
 */
import type { AgentEntry } from '../../actors/agent-records.ts';
import { entryOf } from '../../actors/entry-row.ts';
import type { Entry } from '../../actors/records.ts';
import type { Value } from '../../store/store.ts';
import type { Action } from '../plan.ts';
import type { Sight } from '../sight.ts';
import { said, told, type AgentStep, type ControllerStep } from './books.ts';

const FAULTS = [
  'fault:crash taken', 'fault:crash decided', 'fault:crash appending', 'fault:crash recorded',
  'fault:crash acted', 'fault:crash at once', 'fault:crash keeps', 'fault:crash loses', 'fault:pause agent',
  'fault:pause controller', 'fault:restore agent', 'fault:restore controller', 'fault:twin', 'fault:rival',
  'fault:retime', 'fault:classes', 'fault:cut to', 'fault:cut from', 'fault:cut both', 'fault:offline agent',
  'fault:offline controller', 'fault:lossy', 'fault:echo', 'fault:hold', 'fault:disk stall',
  'fault:disk slow', 'fault:disk full', 'fault:disk fail nothing', 'fault:disk fail lost',
  'fault:disk fail applied', 'fault:disk gone', 'fault:jump', 'fault:leave', 'fault:handOver',
] as const; // prettier-ignore

const FRAMES = [
  'frame:cut', 'frame:dropped', 'frame:duplicated', 'frame:delayed', 'frame:reordered', 'frame:held',
  'frame:echoed',
] as const; // prettier-ignore

const FACTS = [
  'fact:suspect silent', 'fact:suspect deaf', 'fact:lost from suspect', 'fact:lost from reconciling',
  'fact:reconciled', 'fact:left', 'fact:gap', 'fact:request repeated', 'fact:next boot', 'fact:done',
  'fact:done late', 'fact:superseded', 'fact:failed', 'fact:failed and waits',
  'fact:timed out', 'fact:killed', 'fact:lost', 'fact:loss confirmed', 'fact:never started',
  'fact:parked lost', 'fact:parked poison', 'fact:idle', 'fact:asked again', 'fact:hold', 'fact:release',
  'fact:cancelled before start', 'fact:cancelled while out', 'fact:retried by hand', 'fact:accepted by hand',
  'fact:given up by hand', 'fact:drained', 'fact:job finished', 'fact:job stopped', 'fact:longer lease',
] as const; // prettier-ignore

const VERDICTS = [
  'verdict:continue', 'verdict:kill', 'verdict:accept', 'verdict:superseded', 'verdict:forget',
  'verdict:lost', 'verdict:assignAgain', 'verdict:neverStarted',
] as const; // prettier-ignore

const TALK = [
  'notice:gone', 'notice:stale', 'notice:inUse', 'notice:held', 'frame:missing', 'answer:gap',
  'answer:expired', 'answer:unknown', 'said:deaf', 'said:bye', 'ask:kill', 'ask:forget', 'ask:probe',
  'reply:refused', 'reply:granted',
] as const; // prettier-ignore

const LIVES = [
  'boot:lease over', 'boot:given up', 'boot:number used', 'boot:closed', 'end:crashed', 'end:lost',
  'end:killed', 'over:disk failed', 'over:outcome unknown',
  'over:store taken', 'over:term too low', 'agent:unkillable', 'agent:id taken', 'lie:agent',
  'lie:controller',
] as const; // prettier-ignore

/** All names, in order. */
export const MARKS: readonly string[] = [
  ...FAULTS, ...FRAMES, ...FACTS, ...VERDICTS, ...TALK, ...LIVES,
]; // prettier-ignore

/** The names that a sight reaches; those that are no marks do no harm. */
export function* marksOf(sight: Sight): Iterable<string> {
  switch (sight.what) {
    case 'action':
      yield* ofAction(sight.action);
      return;
    case 'frame':
      yield `frame:${sight.fate}`;
      return;
    case 'decided':
      yield* ofController(sight.step);
      return;
    case 'boot':
      yield* ofJournal(sight.life.batch.entries);
      return;
    case 'turned':
      yield* ofAgent(sight.step);
      return;
    case 'over':
      yield* ofEnd(sight.why);
      return;
    case 'ledger':
      if (sight.line.exit === 'crash') yield 'end:crashed';
      return;
    case 'lie':
      yield sight.seat === 'controller' ? 'lie:controller' : 'lie:agent';
      return;
    case 'answered':
      if (sight.refusal) yield 'reply:refused';
      if (Array.isArray(sight.reply) && sight.reply.some(isGranted)) yield 'reply:granted';
      return;
    default:
      return;
  }
}

const isGranted = (keeper: { readonly isGranted?: boolean }) => keeper.isGranted === true;

function* ofAction(action: Action): Iterable<string> {
  const where = 'seat' in action && action.seat === 'controller' ? 'controller' : 'agent';
  switch (action.do) {
    case 'crash':
      yield `fault:crash ${action.phase ?? 'at once'}`;
      if (action.keep) yield 'fault:crash keeps';
      if (action.lose) yield 'fault:crash loses';
      return;
    case 'pause':
    case 'restore':
    case 'offline':
      yield `fault:${action.do} ${where}`;
      return;
    case 'cut':
      yield `fault:cut ${action.way}`;
      return;
    case 'disk': {
      const outcome = action.fault === 'fail' ? ` ${action.outcome ?? 'nothing'}` : '';
      yield `fault:disk ${action.fault}${outcome}`;
      return;
    }
    default:
      yield `fault:${action.do}`;
      return;
  }
}

function* ofController(step: ControllerStep): Iterable<string> {
  for (const entry of step.entries) yield* ofFact(entryOf(entry));
  for (const { notice, missing, requests } of told(step)) {
    if (notice) yield `notice:${notice.kind}`;
    if (missing) yield 'frame:missing';
    for (const { kind } of requests) yield `ask:${kind}`;
  }
}

function* ofFact(fact: Entry): Iterable<string> {
  const { kind, state, cause } = fact;
  const { before } = (fact.detail ?? {}) as { readonly before?: string };
  const name = NAMES[kind];
  if (name) yield `fact:${name}`;
  if (kind === 'verdict') yield `verdict:${cause}`;
  else if (kind === 'agent.suspect')
    yield `fact:suspect ${isDeaf(fact.detail) ? 'deaf' : 'silent'}`;
  else if (kind === 'agent.lost') yield `fact:lost from ${before}`;
  else if (kind === 'agent.boot' && (fact.boot ?? 0) > 1) yield 'fact:next boot';
  else if (kind === 'done' && cause === 'late') yield 'fact:done late';
  else if (kind === 'failed' && state === 'waiting') yield 'fact:failed and waits';
  else if (kind === 'timeout' && state === 'idle') yield 'fact:idle';
  else if (kind === 'cancel')
    yield `fact:cancelled ${state === 'cancelled' ? 'before start' : 'while out'}`;
  if (kind === 'failed' && cause === 'timedOut') yield 'fact:timed out';
  if (kind === 'lost' && state === 'parked')
    yield `fact:parked ${cause === 'poison' ? 'poison' : 'lost'}`;
}

const isDeaf = (detail: Value | undefined) =>
  (detail as { deaf?: boolean } | undefined)?.deaf === true;

/** Facts that are marks by their kind alone. */
const NAMES: Readonly<Record<string, string>> = {
  'agent.reconciled': 'reconciled',
  'agent.left': 'left',
  'agent.gap': 'gap',
  'agent.repeat': 'request repeated',
  'agent.drain': 'drained',
  'job.finished': 'job finished',
  'job.stopped': 'job stopped',
  'controller.handover': 'longer lease',
  done: 'done',
  failed: 'failed',
  killed: 'killed',
  lost: 'lost',
  confirmed: 'loss confirmed',
  neverStarted: 'never started',
  superseded: 'superseded',
  ask: 'asked again',
  hold: 'hold',
  release: 'release',
  retry: 'retried by hand',
  accept: 'accepted by hand',
  giveUp: 'given up by hand',
};

/** Why a boot ends, as its journal says it. */
const REASONS: Readonly<Record<string, string>> = {
  'the lease is over': 'lease over',
  'the controller had given this boot up': 'given up',
  'the boot number was used before': 'number used',
  'the agent was closed': 'closed',
};

function* ofJournal(entries: readonly Value[]): Iterable<string> {
  for (const { kind, detail = '' } of entries as unknown as readonly AgentEntry[]) {
    if (kind === 'lease') yield `boot:${REASONS[detail] ?? 'other'}`;
    if (kind === 'exit') yield `end:${detail}`;
  }
}

function* ofAgent(step: AgentStep): Iterable<string> {
  yield* ofJournal(step.entries);
  for (const { answers, deaf, bye } of said(step)) {
    if (deaf) yield 'said:deaf';
    if (bye) yield 'said:bye';
    for (const answer of answers) {
      yield `answer:${answer.kind}`;
      if (answer.kind === 'tasks' && answer.tasks.some(({ state }) => state === 'unknown'))
        yield 'answer:unknown';
    }
  }
  for (const { kind } of step.later) {
    if (kind === 'unkillable') yield 'agent:unkillable';
    if (kind === 'idTaken') yield 'agent:id taken';
  }
}

function* ofEnd(why: unknown): Iterable<string> {
  if (!(why instanceof Error)) return;
  const { name, outcome } = why as Error & { readonly outcome?: string };
  if (name === 'TermTooLow') yield 'over:term too low';
  if (name === 'StoreConflict') yield 'over:store taken';
  if (name === 'StoreFailed')
    yield outcome === 'unknown' ? 'over:outcome unknown' : 'over:disk failed';
}
