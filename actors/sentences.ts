/**
 * One sentence for each kind of fact: what happened, who decided it, and on which evidence.
 *
 *   fact ─▶ SENTENCES[fact.kind] ─▶ "Agent a1 was lost after 60 s without a word: …"
 *                │
 *             story: what the facts before have told (state, reason of the next attempt)
 *
 * Pure: everything comes from the facts, so that what is said can be checked against the history.
 */
import { delayBeforeRetry } from '../machines/retry.ts';
import type { SubTransactionPolicy, SubTransactionState } from '../machines/sub-transaction.ts';
import type { KillStep } from '../transport/frame.ts';
import { toldOf } from './attempts.ts';
import { evidenceOf } from './evidence.ts';
import type { Fact } from './facts.ts';
import type { HookKind } from './job-rules.ts';
import { instant } from './views.ts';

/** What has been told so far. */
export interface Story {
  readonly birth: number;
  readonly handler: string;
  readonly generation: number;
  readonly retryOf: string | undefined;
  readonly hook: HookKind | undefined;
  /** Version of its handler's configuration; undefined: what the code says counts. */
  readonly configured: number | undefined;
  readonly policy: SubTransactionPolicy;
  /** State of the agent's connection just before a fact. */
  readonly connectionBefore: (agent: string, n: number) => string;
  /** How long an agent had been silent when the fact ended an attempt; undefined: that was not the reason. */
  readonly silenceAt: (fact: Fact) => number | undefined;
  /** State before the fact. */
  state: SubTransactionState;
  retries: number;
  losses: number;
  asks: number;
  sentAt: number;
  /** When the present attempt was given up. */
  gaveUpAt: number;
  /** The last attempt may still run: nobody but the end of the lease vouches for its end. */
  isGuarded: boolean;
  /** Why there will be a next attempt, to be put behind "because". */
  why: string;
}

/** A duration for people, exact to the millisecond. */
export const span = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`);

const quoted = (text: string) => `“${text.trim().replace(/\s+/g, ' ')}”`;
const who = (fact: Fact) => fact.by ?? 'somebody';
const which = (fact: Fact) => `attempt ${fact.attempt ?? 0}`;
const where = (fact: Fact) => `agent ${fact.agent ?? '?'}`;
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const told = <T>(fact: Fact) => (fact.detail ?? {}) as Partial<T>;

const step = (fact: Fact) => `“${told<{ step: string }>(fact).step ?? ''}”`;

/** Writes the sentence of a fact; undefined for one that tells nothing to people. */
type Writer = (fact: Fact, story: Story) => string | undefined;

function accepted(fact: Fact, story: Story): string {
  const { handler, generation, retryOf, hook, configured } = story;
  const run = fact.job ? ` run ${generation} of job “${fact.job}”` : '';
  const by =
    configured === undefined ? '' : `, by version ${configured} of that handler's configuration`;
  const what = `Accepted for handler “${handler}”${by}`;
  if (hook !== undefined)
    return `${what} as the ${hook} of${run}: it is run ${hook === 'preJob' ? 'before the first' : 'after the last'} task, once.`;
  const inRun = run === '' ? '' : ` in${run}`;
  return retryOf === undefined
    ? `${what}${inRun}, handed in by ${who(fact)}.`
    : `${what}${inRun}: ${who(fact)} asked to do “${retryOf}” again.`;
}

function assigned(fact: Fact, story: Story): string {
  const first = `${capital(which(fact))} was given to ${where(fact)} (boot ${fact.boot ?? 0})`;
  const { why } = story;
  Object.assign(story, { sentAt: fact.at, asks: 0, why: '' });
  return why === '' ? `${first}, which had a free slot.` : `${first} because ${why}.`;
}

function pulse(fact: Fact, story: Story): string {
  const says = fact.kind === 'received' ? `has ${which(fact)}` : `runs ${which(fact)}`;
  return story.state === 'idle'
    ? `${capital(where(fact))} spoke of it again: it ${says}.`
    : `${capital(where(fact))} ${says}, it said ${span(fact.at - story.sentAt)} after it was sent.`;
}

function timeout(fact: Fact, story: Story): string | undefined {
  if (fact.state === 'queued') return queuedAgain(fact, story);
  if (fact.state !== 'idle') return undefined;
  const connection = story.connectionBefore(fact.agent ?? '', fact.n);
  return (
    `Nothing was heard of ${which(fact)} for ${span(story.policy.idleMs)} while ${where(fact)} was ` +
    `${connection}: it counts as idle and the watchdog asks again.`
  );
}

function queuedAgain(fact: Fact, { isGuarded }: Story): string {
  if (isGuarded) {
    return `The lease of ${where(fact)} is surely over, and ${which(fact)} with it: it was queued again.`;
  }
  const isDelayed = fact.cause === 'error' || fact.cause === 'timedOut';
  return isDelayed ? 'The delay was over: it was queued again.' : 'It was queued again.';
}

function asked(fact: Fact, story: Story): string {
  if (fact.state === 'cancelling') return `${capital(where(fact))} was told again to kill it.`;
  story.asks++;
  return (
    `The watchdog asked ${where(fact)} how far ${which(fact)} is (question ${story.asks}); ` +
    'that starts nothing.'
  );
}

function done(fact: Fact, story: Story): string {
  const evidence = toldOf(fact);
  if (fact.cause === 'late') {
    return (
      `The result of ${which(fact)} arrived ${span(fact.at - story.gaveUpAt)} after it had been given ` +
      'up; nothing else had been given out, so it counts.'
    );
  }
  const ran = runTime(fact);
  const lag =
    (evidence?.lagMs ?? 0) >= 1_000 ? `; its event loop was ${span(evidence!.lagMs!)} late` : '';
  return `${capital(where(fact))} told that ${which(fact)} is done${ran}${lag}.`;
}

/** By which rule the controller decided and on what, as one more sentence; none where an agent told the end. */
export function grounds(fact: Fact): string {
  const evidence = evidenceOf(fact);
  if (!evidence?.rule) return '';
  const { rule, pulseAgeMs, wordAgeMs, connection, lagMs, term } = evidence;
  const pulse =
    pulseAgeMs === null ? 'no pulse had come' : `its last pulse was ${span(pulseAgeMs)} old`;
  const word =
    wordAgeMs === null ? `not heard in this term` : `last heard ${span(wordAgeMs)} before`;
  const lag = lagMs === null ? '' : `, event loop ${span(lagMs)} late`;
  return ` The controller (term ${term}) decided that by ${rule}: ${pulse}, ${where(fact)} was ${word}, connection ${connection}${lag}.`;
}

const runTime = (fact: Fact) => {
  const { startedAt, endedAt } = toldOf(fact) ?? {};
  return typeof startedAt === 'number' && endedAt !== undefined
    ? ` after ${span(endedAt - startedAt)}`
    : '';
};

const STEPS = {
  abort: 'asked to stop',
  kill: 'killed',
  gone: 'gone',
  guard: "killed by the agent's guard",
} as const;

/** How an attempt was stopped: "asked to stop, killed 5 s later, gone 12 ms later". */
export const stepsInWords = (steps: readonly KillStep[]): string =>
  steps
    .map(({ at, step }, i) => {
      const before = steps[i - 1];
      return before ? `${STEPS[step]} ${span(at - before.at)} later` : STEPS[step];
    })
    .join(', ');

function stopping(fact: Fact): string {
  const steps = toldOf(fact)?.steps ?? [];
  const guarded = steps.find(({ step }) => step === 'guard');
  if (guarded) {
    return `; its guard had killed it at ${instant(guarded.at)}, while the agent itself did not run`;
  }
  return steps.length === 0 ? '' : `; it was ${stepsInWords(steps)}`;
}

function failed(fact: Fact, story: Story): string {
  const evidence = toldOf(fact);
  const exitCode = (evidence?.failure as { exitCode?: unknown } | null | undefined)?.exitCode;
  const isSaid = evidence?.message?.startsWith(`exit code ${String(exitCode)}`);
  const code = typeof exitCode === 'number' && !isSaid ? ` with exit code ${exitCode}` : '';
  const said = evidence?.message === undefined ? '' : `: ${quoted(evidence.message)}`;
  const late = isGivenUp(story) && fact.state === story.state;
  if (late)
    return `${capital(where(fact))} told that ${which(fact)}, given up before, has failed${code}${said}${stopping(fact)}.`;
  const what = `${capital(which(fact))} failed (${fact.cause ?? 'error'})${runTime(fact)}${code}${said}${stopping(fact)}`;
  if (fact.state === 'cancelled') return `${what}; that confirms the cancel.`;
  const { maxRetries } = story.policy;
  story.isGuarded = false;
  if (fact.state === 'waiting') {
    const retry = ++story.retries;
    const delayMs = delayBeforeRetry(story.policy, retry, {
      birth: story.birth,
      attempt: fact.attempt ?? 0,
    });
    story.why = `${which(fact)} had failed and retry ${retry} of ${maxRetries} was due`;
    return `${what}; retry ${retry} of ${maxRetries} follows after ${span(delayMs)}.`;
  }
  if (fact.cause === 'onceUnknown') return `${what}; it was parked, and a person decides.`;
  return fact.cause === 'refused'
    ? `${what}; work that is refused is not tried again.`
    : `${what}; no retry is left of ${maxRetries}.`;
}

const isGivenUp = ({ state }: Story) =>
  state === 'waiting' || state === 'parked' || state === 'queued';

function gone(fact: Fact, story: Story): string {
  const reason = toldOf(fact)?.reason;
  const because = reason === undefined ? '' : ` (${reason})`;
  if (isGivenUp(story) && fact.state === story.state) {
    story.isGuarded = false;
    return `${capital(where(fact))} told that ${which(fact)}, given up before, is over: ${fact.kind}${because}${stopping(fact)}.`;
  }
  const what = fact.kind === 'killed' ? killed(fact, because) : lost(fact, story);
  story.gaveUpAt = fact.at;
  story.isGuarded = toldOf(fact) === undefined;
  if (fact.state === 'cancelled') return `${what}; that ends the cancel.`;
  const { onUnknown, maxLosses } = story.policy;
  if (fact.state === 'waiting') {
    const loss = ++story.losses;
    story.why = `${which(fact)} was ${fact.kind} and unknown outcomes are run again (loss ${loss} of ${maxLosses})`;
    return `${what}; unknown outcomes of this handler are run again (loss ${loss} of ${maxLosses}).`;
  }
  if (fact.cause === 'poison')
    return `${what}; two agents have died holding it, so it was parked as poison.`;
  return onUnknown === 'park'
    ? `${what}; unknown outcomes of this handler are not run again unasked, so it was parked.`
    : `${what}; all ${maxLosses} losses it may have are used up, so it was parked.`;
}

const killed = (fact: Fact, because: string) =>
  `${capital(where(fact))} told that it has killed ${which(fact)}${because}${stopping(fact)}`;

function lost(fact: Fact, story: Story): string {
  if (toldOf(fact)) {
    return `${capital(where(fact))} began a new boot and told that ${which(fact)} had been begun and never ended`;
  }
  const silentMs = story.silenceAt(fact);
  const after = silentMs === undefined ? '' : ` after ${span(silentMs)} without a word`;
  return `${capital(where(fact))} was lost${after}, and ${which(fact)} with it`;
}

function neverStarted(fact: Fact, story: Story): string {
  const reason = toldOf(fact)?.reason;
  Object.assign(story, { why: `${which(fact)} never started`, isGuarded: false });
  return `${capital(which(fact))} never started at ${where(fact)}${reason === undefined ? '' : ` (${reason})`}: that costs no try.`;
}

function cancelled(fact: Fact): string {
  return fact.state === 'cancelling'
    ? `${capital(who(fact))} cancelled it: ${where(fact)} was told to kill ${which(fact)}.`
    : `${capital(who(fact))} cancelled it; nothing was given out any more.`;
}

function suspected(fact: Fact): string {
  const { silentMs = 0, deaf } = told<{ silentMs: number; deaf: boolean }>(fact);
  const why = deaf
    ? 'said that it did not hear the controller'
    : `had been silent for ${span(silentMs)}`;
  return `${capital(where(fact))} ${why}: its connection is suspect, and what it runs is left with it.`;
}

function repeated(fact: Fact): string {
  const {
    n = 0,
    request = '',
    sends = 0,
  } = told<{ n: number; request: string; sends: number }>(fact);
  return `${capital(where(fact))} had not answered request ${n} (${request}): it was sent again (sending ${sends}).`;
}

/** What a comparison comes to, of one attempt. */
const VERDICTS: Readonly<Record<string, string>> = {
  continue: 'it goes on',
  kill: 'it is killed',
  accept: 'its end is taken over',
  superseded: 'its end no longer counts',
  forget: 'nothing was left to decide',
  lost: 'it is lost',
  assignAgain: 'it is sent again',
  neverStarted: 'it never started',
};

export const SENTENCES: Readonly<Record<string, Writer>> = {
  accepted,
  assign: assigned,
  received: pulse,
  inProgress: pulse,
  timeout,
  ask: asked,
  done,
  failed,
  killed: gone,
  lost: gone,
  neverStarted,
  cancel: cancelled,
  'step.begun': (fact) =>
    `${capital(which(fact))} began the step ${step(fact)}, which is done at most once.`,
  'step.done': (fact) => `The step ${step(fact)} is done: no later attempt does it again.`,
  'step.ignored': (fact) =>
    `${capital(where(fact))} told of the step ${step(fact)} of ${which(fact)} when that no longer counted.`,
  retry(fact, story) {
    const decided = told<{ step: string; as: 'done' | 'redo' }>(fact);
    if (decided.step !== undefined) {
      const as = decided.as === 'done' ? 'counts as done' : 'is to be done again';
      Object.assign(story, { retries: 0, losses: 0, why: `${who(fact)} decided on a step` });
      return `${capital(who(fact))} decided that the step ${step(fact)} ${as}; the work goes on.`;
    }
    Object.assign(story, { retries: 0, losses: 0, why: `${who(fact)} asked for it` });
    return `${capital(who(fact))} decided to try it again, with fresh budgets.`;
  },
  accept: (fact) => `${capital(who(fact))} decided that it counts as done.`,
  giveUp: (fact) => `${capital(who(fact))} gave it up.`,
  unplaced: (fact) => `${told<{ why: string }>(fact).why ?? 'There is no agent for it.'}`,
  release(fact, story) {
    story.isGuarded = false;
    return `The end of ${which(fact)} is certain: it holds back the next one no longer.`;
  },
  hold(fact, story) {
    story.isGuarded = true;
    return `${capital(which(fact))} may still run at ${where(fact)}: the next one is held back.`;
  },
  verdict: (fact) =>
    `${capital(where(fact))} and the controller compared notes on ${which(fact)}: ` +
    `${VERDICTS[fact.cause ?? ''] ?? fact.cause} (${told<{ why: string }>(fact).why ?? ''}).`,
  superseded: (fact) =>
    `${capital(where(fact))} told of the end of ${which(fact)} (${fact.cause ?? ''}) when it no longer counted: ` +
    'kept in the history, never the result.',
  confirmed: (fact) =>
    `${capital(where(fact))} is back and does not have ${which(fact)} any more: it is over.`,
  'agent.suspect': suspected,
  'agent.reconciling': (fact) => `${capital(where(fact))} spoke again: it was asked what it holds.`,
  'agent.reconciled': (fact) => `The connection of ${where(fact)} is reconciled.`,
  'agent.left': (fact) => `${capital(where(fact))} left in order: nothing of it lives.`,
  'agent.boot': (fact) =>
    `${capital(where(fact))} began boot ${fact.boot ?? 0}: the one before is over.`,
  'agent.repeat': repeated,
  'agent.answered': (fact) =>
    `${capital(where(fact))} answered request ${told<{ n: number }>(fact).n ?? 0} after ` +
    `${told<{ sends: number }>(fact).sends ?? 0} sendings.`,
  'controller.term': (fact) =>
    `The controller began term ${told<{ term: number }>(fact).term ?? 0} from its records: every ` +
    'deadline began anew.',
};
