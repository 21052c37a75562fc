/** What `show` prints of a job, a sub-transaction or an agent, as text. */
import type { AttemptView } from '../actors/attempt-view.ts';
import { causeInWords } from '../actors/cause-codes.ts';
import type { Shown } from '../actors/queries.ts';
import { stepsInWords } from '../actors/sentences.ts';
import type {
  AgentView,
  FactView,
  HookView,
  RunningView,
  SubTransactionView,
  UnconfirmedView,
} from '../actors/views.ts';
import { agentState } from './agents.ts';
import type { Api } from './api-client.ts';
import { shownTicks } from './job-rules.ts';
import { jsonLine } from './json.ts';
import { harmless } from './screen.ts';
import { shownBytes, shownCount, shownDuration } from './shown.ts';
import { subTransactions } from './sub-transactions.ts';
import { fieldLines, tableLines } from './table.ts';

/** Sub-transactions of a job that are named one by one. */
const MOST_NAMED = 10;

/** @param api is asked for what a job had trouble with */
export async function showLines(api: Pick<Api, 'get'>, shown: Shown): Promise<readonly string[]> {
  const also = shown.also.map((kind) => `There is also a ${WORDS[kind]} of this name.`);
  return [...(await linesOf(api, shown)), ...also];
}

const WORDS = { job: 'job', subTransaction: 'sub-transaction', agent: 'agent' } as const;

async function linesOf(api: Pick<Api, 'get'>, shown: Shown): Promise<readonly string[]> {
  switch (shown.kind) {
    case 'job':
      return [...jobLines(shown), ...(await trouble(api, shown))];
    case 'subTransaction':
      return subTransactionLines(shown);
    case 'agent':
      return agentLines(shown);
  }
}

type ShownJob = Shown & { readonly kind: 'job' };

const countOrNot = (n: number | null) => (n === null ? 'not known yet' : shownCount(n));
const unlessZero = (n: number) => (n === 0 ? null : shownCount(n));

function jobLines(job: ShownJob): readonly string[] {
  return fieldLines([
    ['job', job.name],
    ['run', `${job.generation}${job.older.length > 0 ? ` (${job.older.length} before it)` : ''}`],
    ['state', job.state],
    ['waits', job.obstacle && harmless(job.obstacle.text)],
    ['source', harmless(job.source)],
    ['total', `${countOrNot(job.total)}${job.sourceEnded ? '' : ' so far'}`],
    ['remaining', countOrNot(job.remaining)],
    ['done', shownCount(job.done)],
    ['failed', shownCount(job.failed)],
    [
      'parked',
      job.parked === 0
        ? null
        : `${shownCount(job.parked)}, waiting for a decision: lifeline parked --job ${job.name}`,
    ],
    ['cancelled', unlessZero(job.cancelled)],
    ['retried', unlessZero(job.retried)],
    ['lost', unlessZero(job.lost)],
    ['started', `${job.startedAt} by ${harmless(job.startedBy)}`],
    ['ended', job.endedAt],
    ['elapsed', job.endedAt === null ? null : shownDuration(job.elapsedMs)],
    ['stopped by', job.stoppedBy && harmless(job.stoppedBy)],
    ['preJob', hookWords(job.preJob)],
    ['postJob', hookWords(job.postJob)],
    ['next', job.nextAt],
    ['schedule', job.ticks.length === 0 ? null : shownTicks(job.ticks)],
    ['skipped', job.ticks.length === 0 ? null : shownCount(job.skippedTicks)],
  ]);
}

const hookWords = (hook: HookView | null) =>
  hook && `${hook.state}${hook.cause === null ? '' : ` (${hook.cause})`}  ${hook.id}`;

/** The first of those that did not end well. */
async function trouble(
  api: Pick<Api, 'get'>,
  { name: job, generation, failed, parked }: ShownJob,
): Promise<readonly string[]> {
  if (failed + parked === 0) return [];
  const lines: string[] = [];
  for await (const sub of subTransactions(api, { job, generation, state: 'failed,parked' })) {
    if (lines.length === MOST_NAMED) {
      lines.push('…');
      break;
    }
    lines.push(`${sub.state}  ${sub.id}  ${sub.cause ?? ''}`.trimEnd());
  }
  return lines.length === 0 ? [] : ['', ...lines];
}

function subTransactionLines(sub: SubTransactionView): readonly string[] {
  return [
    ...fieldLines([
      ['sub-transaction', sub.id],
      ['job', sub.job === null ? null : `${sub.job}, run ${sub.generation}`],
      ['handler', sub.handler],
      ['state', sub.cause === null ? sub.state : `${sub.state} (${sub.cause})`],
      ['input', harmless(jsonLine(sub.input))],
      ['result', sub.result === null ? null : harmless(jsonLine(sub.result))],
      ['failure', sub.failure && `${sub.failure.cause}: ${harmless(sub.failure.message)}`],
      ['retry of', sub.retryOf],
      ['next', sub.nextAt],
      ['accepted', sub.acceptedAt],
      ['ended', sub.endedAt],
    ]),
    ...(sub.attempts.length > 0 ? ['', ...attemptLines(sub.attempts)] : []),
    ...stopLines(sub.attempts),
    ...endLines(sub.attempts),
    ...decisionLines(sub.decision),
    '',
    ...sub.history.map(factLine),
  ];
}

const ATTEMPT_COLUMNS = 'ATTEMPT AGENT BOOT SENT STARTED ENDED ENDING CONFIRMED LOG'.split(' ');

const attemptLines = (attempts: readonly AttemptView[]): readonly string[] =>
  tableLines(
    ATTEMPT_COLUMNS.map((title) => ({ title })),
    attempts.map((attempt) => [
      String(attempt.attempt),
      attempt.agent,
      String(attempt.boot),
      attempt.sentAt,
      attempt.startedAt ?? '-',
      attempt.endedAt ?? '-',
      attempt.ending ?? '-',
      attempt.ending === null ? '-' : attempt.confirmed ? 'yes' : 'no',
      shownBytes(attempt.logLength),
    ]),
  );

/** How those attempts were stopped that did not end by themselves. */
const stopLines = (attempts: readonly AttemptView[]): readonly string[] =>
  attempts
    .filter(({ steps }) => steps.length > 0)
    .map(({ attempt, steps }) => {
      const when = steps.map(({ at, step }) => ({ at: Date.parse(at), step }));
      return `attempt ${attempt} was ${stepsInWords(when)}`;
    });

/** Why those attempts ended that did not end well, and who decided it on what. */
const endLines = (attempts: readonly AttemptView[]): readonly string[] =>
  attempts
    .filter(({ ending, cause }) => ending !== null && ending !== 'done' && cause !== null)
    .map(
      (one) =>
        `attempt ${one.attempt}: ${one.cause}, decided by ${decider(one)}${known(one.evidence)}: ` +
        causeInWords(one.cause!),
    );

function decider({ decidedBy, agent }: AttemptView): string {
  if (decidedBy === null) return 'nobody yet';
  const { who, rule, by } = decidedBy;
  const name = who === 'person' ? harmless(by ?? 'somebody') : who === 'agent' ? agent : who;
  return rule === null ? name : `${name} (${rule})`;
}

function known(evidence: AttemptView['evidence']): string {
  if (evidence === null) return '';
  const { pulseAgeMs, wordAgeMs, connection, lagMs } = evidence;
  const age = (ms: number | null) => (ms === null ? 'none' : shownDuration(ms));
  return ` [last pulse ${age(pulseAgeMs)}, last word ${age(wordAgeMs)}, ${connection}, lag ${age(lagMs)}]`;
}

const decisionLines = (decision: SubTransactionView['decision']): readonly string[] =>
  decision === null
    ? []
    : [
        '',
        `waits for a person: ${decision.question}`,
        ...decision.answers.map(({ command, effect }) => `  ${command}  ${effect}`),
      ];

function agentLines(agent: AgentView): readonly string[] {
  return [
    ...fieldLines([
      ['agent', agent.id],
      ['state', agentState(agent)],
      ['last word', agent.heardAt],
      ['loop lag', agent.lagMs === null ? null : shownDuration(agent.lagMs)],
      ['boot', `${agent.boot}, since ${agent.bootAt}`],
      ['slots', String(agent.slots)],
      ['handlers', agent.handlers.join(', ')],
      ['address', agent.address],
      ['containment', agent.containment === null ? null : harmless(agent.containment)],
      ['timeout', shownDuration(agent.timeoutMs)],
      ['held until', agent.heldUntil],
    ]),
    ...part('out there:', agent.running.map(runningLine)),
    ...part('given up, and not confirmed to be over:', agent.unconfirmed.map(unconfirmedLine)),
    '',
    ...agent.history.map(factLine),
  ];
}

const part = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

function runningLine({ id, attempt, state, toldAt, progress }: RunningView): string {
  const said = progress === null ? '' : `: ${harmless(jsonLine(progress))}`;
  const told = toldAt === null ? '' : `, told at ${toldAt}${said}`;
  return `${id} (attempt ${attempt}): ${state}${told}`;
}

const unconfirmedLine = ({ id, attempt, boot, givenUpAt }: UnconfirmedView) =>
  `${id} (attempt ${attempt}): given up at ${givenUpAt}, given to boot ${boot}`;

/** One fact of the journal as a line. */
export function factLine(fact: FactView): string {
  const attempt = fact.attempt === null || fact.attempt === 0 ? null : `attempt ${fact.attempt}`;
  const about = fact.id ?? (fact.about === 'job' ? `job ${fact.job}` : null);
  const detail = fact.detail === null ? null : harmless(jsonLine(fact.detail));
  const parts = [
    `${fact.at}  ${fact.kind}${fact.state === null ? '' : ` → ${fact.state}`}`,
    about,
    attempt,
    fact.agent === null ? null : `at ${fact.agent}`,
    fact.cause === null ? null : `(${fact.cause})`,
    fact.by === null ? null : `by ${harmless(fact.by)}`,
    detail,
  ];
  return parts.filter((part) => part !== null).join('  ');
}
