/**
 * A fact of the journal in a few words, for lists: what happened, to which attempt, where, why, by whom.
 *
 *   { kind: 'assign', attempt: 2, agent: 'a1' }   ──▶   given to a1, attempt 2
 */
import { causeInWords } from '../../../actors/cause-codes.ts';
import type { FactView } from '../../../actors/views.ts';
import { shownCount, shownDuration, verdictsInWords } from '../../../cli/shown.ts';

type Detail = Readonly<Record<string, unknown>>;

const detailOf = ({ detail }: FactView): Detail =>
  typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? (detail as Detail) : {};

const ms = (value: unknown) => (typeof value === 'number' ? shownDuration(value) : 'some time');

/** Of kinds whose name does not say it all. */
const WORDS: Readonly<Record<string, (fact: FactView, detail: Detail) => string>> = {
  accepted: () => 'handed in',
  enqueued: (_fact, { count }) => `${shownCount(Number(count ?? 0))} handed in`,
  emptied: (_fact, { count }) => `${shownCount(Number(count ?? 0))} that waited were cancelled`,
  assign: ({ agent }) => `given to ${agent ?? 'an agent'}`,
  received: ({ agent }) => `${agent ?? 'the agent'} has it`,
  inProgress: ({ agent }) => `${agent ?? 'the agent'} runs it`,
  done: () => 'done',
  failed: (_fact, { message }) => `failed${message ? `: ${short(message)}` : ''}`,
  killed: () => 'killed',
  lost: () => 'lost with its agent',
  neverStarted: () => 'never started',
  release: () => 'its lease is surely over',
  timeout: ({ state }) => (state === 'idle' ? 'no pulse: counts as idle' : 'its time came'),
  ask: () => 'asked how far it is',
  verdict: ({ cause, attempt }, { why }) =>
    `verdict ${cause ?? ''} on attempt ${attempt ?? '?'}${why ? `: ${short(why)}` : ''}`,
  confirmed: () => 'the end of a given-up attempt is certain',
  cancel: () => 'cancelled',
  retry: () => 'to be tried again',
  'agent.suspect': (_fact, { silentMs }) => `silent for ${ms(silentMs)}: suspect`,
  'agent.lost': (_fact, { silentMs }) => `silent for ${ms(silentMs)}: given up`,
  'agent.reconciling': (_fact, { silentMs }) =>
    Number(silentMs ?? 0) > 0
      ? `back after ${ms(silentMs)}: asked what it holds`
      : 'asked what it holds',
  'agent.reconciled': (_fact, detail) => {
    const words = verdictsInWords(detail);
    return `notes compared${words && `: ${words}`}`;
  },
  'agent.connected': () => 'connected',
  'agent.left': () => 'left in order',
  'agent.boot': ({ boot }, { silentMs }) =>
    `boot ${boot ?? '?'} was heard${silentMs === undefined ? '' : `, after ${ms(silentMs)} without a word`}`,
  'agent.blocked': (_fact, { lagMs }) => `its loop stands for ${ms(lagMs)}`,
  'agent.unblocked': (_fact, { blockedMs }) => `its loop turns again after ${ms(blockedMs)}`,
  'agent.repeat': (_fact, { n, sends }) =>
    `request ${String(n)} sent again (${String(sends)} times)`,
  'agent.answered': (_fact, { n, sends }) =>
    `request ${String(n)} answered after ${String(sends)} sendings`,
  'agent.drain': () => 'is given nothing new',
  'agent.undrain': () => 'is given work again',
  'job.started': ({ cause }) => (cause === 'tick' ? 'run begun by its schedule' : 'run begun'),
  'controller.active': (_fact, { term }) => `term ${Number(term)} is active`,
  'controller.term': (_fact, { term }) => `term ${Number(term)} begins`,
};

const short = (text: unknown): string => {
  const plain = String(text).trim().replace(/\s+/g, ' ');
  return plain.length > 140 ? `${plain.slice(0, 139)}…` : plain;
};

/** `jobStarted` and `job.started` are `job started`. */
const plainKind = (kind: string) =>
  kind
    .replace(/^(agent|job|controller|handler)\./, '')
    .replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

/** What happened, and whatever else of it is known. */
export function factWords(fact: FactView): string {
  const { kind, attempt, cause, by } = fact;
  const isSaid = kind === 'verdict' || cause === kind || cause === null || cause === 'tick';
  const parts = [
    WORDS[kind]?.(fact, detailOf(fact)) ?? plainKind(kind),
    attempt === null || attempt === 0 || kind === 'verdict' ? '' : `attempt ${attempt}`,
    isSaid ? '' : (CAUSE_WORDS[cause] ?? cause),
    by === null ? '' : `by ${by}`,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Short ones; the sentence is the title of the row (`causeSentence`). */
const CAUSE_WORDS: Readonly<Record<string, string>> = {
  timedOut: 'ran too long',
  neverStarted: 'it never began',
  onceUnknown: 'a step of unknown outcome',
  late: 'its result came late',
  noAgent: 'no agent',
  givenUp: 'a person gave it up',
  accepted: 'a person accepted it',
};

export const causeSentence = ({ cause, kind }: FactView): string | undefined =>
  cause === null || kind === 'verdict' ? undefined : causeInWords(cause);
