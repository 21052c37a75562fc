/**
 * What was said between the nodes about one sub-transaction, in order, as the journal tells it.
 *
 *   ada ──handed in──▶ controller ──attempt 1──▶ a1        from one lane to another: a message
 *                      controller ◀──received─── a1
 *                      (12 s without a word of a1)          from a lane to itself: what a node noticed or decided
 *
 * Only what was recorded is here: a request or a pulse that got lost leaves no fact, and shows by what follows
 * (it is sent again, the attempt falls idle). Pulses that changed nothing are not recorded either.
 */
import { toldOf } from './attempts.ts';
import { factsAround } from './explain.ts';
import type { Fact, Recorded } from './facts.ts';
import { subRowOf } from './queries.ts';
import { span } from './sentences.ts';
import { instant } from './views.ts';

/** A node, or a person, between which messages go. */
export interface Lane {
  /** `controller`, `agent:<id>` or `by:<name>`. */
  readonly id: string;
  readonly kind: 'person' | 'controller' | 'agent';
  readonly name: string;
}

export interface Message {
  readonly at: string;
  /** Ids of lanes; the same one twice: nobody else was told. */
  readonly from: string;
  readonly to: string;
  /** As in the journal: `assign`, `received`, `agent.suspect`, …; `kill` for what a cancel sends. */
  readonly kind: string;
  /** A few words. */
  readonly text: string;
  readonly attempt: number | null;
  /** Number of the fact that tells of it. */
  readonly n: number;
  /** How often it was sent; null: nobody has counted. */
  readonly sends: number | null;
}

export interface MessagePage {
  /** Of all messages on the page, people first, then the controller, then agents as they come in. */
  readonly lanes: readonly Lane[];
  readonly items: readonly Message[];
  /** How many facts are told of on the pages before. */
  readonly before: number;
  /** What to ask for `after` to get the next page; null: this is the last one. */
  readonly next: number | null;
}

/** Which page. */
export interface MessageBounds {
  /** `next` of the page before. Default 0. */
  readonly after?: number;
  /** Facts that are told of. Default 100. */
  readonly limit?: number;
  /** The last page instead: the end of the story. */
  readonly newest?: boolean;
}

/**
 * One page of the messages about a sub-transaction.
 * @throws {Refused} `unknown` when there is none of that id
 */
export function messagesOf(
  store: Recorded,
  id: string,
  { after = 0, limit = 100, newest = false }: MessageBounds = {},
): MessagePage {
  const row = subRowOf(store, id);
  const facts = factsAround(store, row);
  const follows = facts.filter(({ n }) => n > after).length;
  const before = facts.length - (newest ? Math.min(limit, follows) : follows);
  const page = facts.slice(before, before + limit);
  const items = joined(page.flatMap(messagesIn));
  const next = facts.length > before + limit ? page.at(-1)!.n : null;
  return { lanes: lanesOf(items), items, before, next };
}

/** A request that was sent again and again, with nothing between, is one message: its text says how often. */
function joined(items: readonly Message[]): readonly Message[] {
  const all: Message[] = [];
  for (const item of items) {
    const last = all.at(-1);
    const isSame = last?.kind === 'agent.repeat' && item.kind === last.kind && item.to === last.to;
    const request = (message: Message) => message.text.split(', ')[0];
    if (!isSame || request(item) !== request(last)) all.push(item);
    else all[all.length - 1] = { ...last, sends: item.sends, text: item.text };
  }
  return all;
}

const ORDER = ['person', 'controller', 'agent'] as const;

/** The lanes between which messages go: people, the controller, agents, each in the order of their first. */
export function lanesOf(items: readonly Pick<Message, 'from' | 'to'>[]): readonly Lane[] {
  const ids = new Set(['controller', ...items.flatMap(({ from, to }) => [from, to])]);
  const lanes = [...ids].map(laneOf);
  return ORDER.flatMap((kind) => lanes.filter((lane) => lane.kind === kind));
}

function laneOf(id: string): Lane {
  if (id === 'controller') return { id, kind: 'controller', name: id };
  const at = id.indexOf(':');
  return { id, kind: id.startsWith('by:') ? 'person' : 'agent', name: id.slice(at + 1) };
}

type Said = Pick<Message, 'from' | 'to' | 'kind' | 'text'> & Partial<Pick<Message, 'sends'>>;

function messagesIn(fact: Fact): readonly Message[] {
  const said = SAID[fact.kind]?.(fact) ?? [noticed(fact, fact.kind)];
  return said.map((one) => ({
    at: instant(fact.at),
    attempt: fact.attempt ?? null,
    n: fact.n,
    sends: null,
    ...one,
  }));
}

const CONTROLLER = 'controller';
const agentOf = (fact: Fact) => `agent:${fact.agent ?? '?'}`;
const personOf = (fact: Fact) => `by:${fact.by ?? '?'}`;
const attemptOf = (fact: Fact) => `attempt ${fact.attempt ?? 0}`;

/** An agent says it. */
const tells = (fact: Fact, text: string): Said => ({
  ...{ from: agentOf(fact), to: CONTROLLER },
  ...{ kind: fact.kind, text },
});

/** An agent is told it. */
const told = (fact: Fact, text: string, kind = fact.kind): Said => ({
  ...{ from: CONTROLLER, to: agentOf(fact) },
  ...{ kind, text },
});

/** A person asks for it. */
const asks = (fact: Fact, text: string): Said => ({
  ...{ from: personOf(fact), to: CONTROLLER },
  ...{ kind: fact.kind, text },
});

/** The controller notices it, or decides it by itself. */
const noticed = (fact: Fact, text: string): Said => ({
  ...{ from: CONTROLLER, to: CONTROLLER },
  ...{ kind: fact.kind, text },
});

const detailOf = <T>({ detail }: Fact) => (detail ?? {}) as Partial<T>;

/** The end of an attempt: told by its agent, or decided on its silence. */
function end(fact: Fact): readonly Said[] {
  const { state = fact.kind } = fact;
  const after = state === 'done' ? '' : `: ${STATES[state] ?? state}`;
  const cause = fact.kind === 'failed' && fact.cause ? ` (${fact.cause})` : '';
  if (toldOf(fact) || fact.kind !== 'lost')
    return [tells(fact, `${attemptOf(fact)} ${fact.kind}${cause}${after}`)];
  return [noticed(fact, `${attemptOf(fact)} lost with ${fact.agent ?? 'its agent'}${after}`)];
}

/** What follows from an end, in a word or two. */
const STATES: Readonly<Record<string, string>> = {
  failed: 'for good',
  waiting: 'another attempt follows',
  parked: 'a person decides',
};

function timeout(fact: Fact): readonly Said[] {
  return [noticed(fact, fact.state === 'idle' ? 'no pulse: idle' : 'queued again')];
}

function verdict(fact: Fact): readonly Said[] {
  return [
    { ...tells(fact, `reports ${attemptOf(fact)}`), kind: 'report' },
    told(fact, `verdict: ${fact.cause ?? '?'}`),
  ];
}

function cancel(fact: Fact): readonly Said[] {
  const asked = asks(fact, 'cancel');
  return fact.state === 'cancelling' ? [asked, told(fact, 'kill', 'kill')] : [asked];
}

function repeat(fact: Fact): readonly Said[] {
  const {
    n = 0,
    request = '',
    sends = 0,
  } = detailOf<{ n: number; request: string; sends: number }>(fact);
  return [{ ...told(fact, `request ${n} (${request}) again, sent ${sends} times by now`), sends }];
}

function answered(fact: Fact): readonly Said[] {
  const { n = 0, sends = 0 } = detailOf<{ n: number; sends: number }>(fact);
  return [{ ...tells(fact, `answers request ${n}, sent ${sends} times`), sends }];
}

function suspect(fact: Fact): readonly Said[] {
  const { silentMs = 0, deaf } = detailOf<{ silentMs: number; deaf: boolean }>(fact);
  const agent = fact.agent ?? '?';
  return [
    deaf
      ? tells(fact, 'hears nothing of the controller')
      : noticed(fact, `${span(silentMs)} without a word of ${agent}`),
  ];
}

const stepOf = (fact: Fact) => detailOf<{ step: string }>(fact).step ?? '?';

/** What each kind of fact says that was said; those that are not here are noticed by the controller. */
const SAID: Readonly<Record<string, (fact: Fact) => readonly Said[]>> = {
  accepted: (fact) => [fact.by === undefined ? noticed(fact, 'accepted') : asks(fact, 'handed in')],
  assign: (fact) => [told(fact, `assign ${attemptOf(fact)}`)],
  received: (fact) => [tells(fact, `received ${attemptOf(fact)}`)],
  inProgress: (fact) => [tells(fact, `${attemptOf(fact)} in progress`)],
  ask: (fact) => [told(fact, fact.state === 'cancelling' ? 'kill, again' : 'how far is it?')],
  done: end,
  failed: end,
  killed: end,
  lost: end,
  neverStarted: end,
  timeout,
  verdict,
  cancel,
  superseded: (fact) => [
    tells(fact, `${fact.cause ?? 'ended'} ${attemptOf(fact)}: no longer counts`),
  ],
  confirmed: (fact) => [tells(fact, `has ${attemptOf(fact)} no more: over`)],
  release: (fact) => [noticed(fact, `${attemptOf(fact)} is surely over`)],
  hold: (fact) => [noticed(fact, `${attemptOf(fact)} may still run: held back`)],
  'step.begun': (fact) => [tells(fact, `step ${stepOf(fact)} begun`)],
  'step.done': (fact) => [tells(fact, `step ${stepOf(fact)} done`)],
  'step.ignored': (fact) => [tells(fact, `step ${stepOf(fact)}: no longer counts`)],
  retry: (fact) => [
    asks(fact, 'step' in detailOf(fact) ? `decides on ${stepOf(fact)}` : 'try again'),
  ],
  accept: (fact) => [asks(fact, 'counts as done')],
  giveUp: (fact) => [asks(fact, 'give up')],
  unplaced: (fact) => [noticed(fact, 'no agent for it')],
  'agent.suspect': suspect,
  'agent.reconciling': (fact) => [
    tells(fact, 'speaks again'),
    { ...told(fact, 'what do you hold?'), kind: 'report' },
  ],
  'agent.reconciled': (fact) => [noticed(fact, `link of ${fact.agent ?? '?'} reconciled`)],
  'agent.boot': (fact) => [tells(fact, `begins boot ${fact.boot ?? '?'}`)],
  'agent.repeat': repeat,
  'agent.answered': answered,
  'controller.term': (fact) => [
    noticed(fact, `begins term ${detailOf<{ term: number }>(fact).term ?? '?'}`),
  ],
};
