/**
 * Whether what a scenario expects is so: by what is on record at the controller, and by the ledger of what was
 * really started and ended. `facts` tells what is; an expectation names what of it must be how.
 *
 *   expect x done starts=1 ──▶ facts('x') = { state: 'done', starts: 2, … } ──▶ "starts is 2, not 1"
 */
import { isDeepStrictEqual } from 'node:util';
import { factsOf, type Recorded } from '../actors/facts.ts';
import { outcomeRowOf } from '../actors/outcome.ts';
import { subRowOf } from '../actors/queries.ts';
import { readLog } from '../actors/read-log.ts';
import { key, subject, type AgentRow, type JobRow, type MetaRow } from '../actors/records.ts';
import { Refused } from '../actors/refused.ts';
import type { Value } from '../handlers/handler.ts';
import { createRecordReader } from '../handlers/log-records.ts';
import type { Expectation } from './scenario.ts';
import type { LedgerLine } from './scripted-runner.ts';
import type { WorldView } from './sight.ts';

/** How many commands were answered, and how many of these refused. */
export interface Answers {
  readonly answered: number;
  readonly refused: number;
}

type Facts = Readonly<Record<string, unknown>>;

/** What is otherwise than expected, as a sentence; undefined: it is so. */
export function differs(
  { of, name, wants }: Expectation,
  view: WorldView,
  answers: Answers,
): string | undefined {
  const facts = factsAbout(of, name, view, answers);
  const wrong = Object.entries(wants).filter(([field, want]) => !fits(field, want, facts[field]));
  if (wrong.length === 0) return undefined;
  const parts = wrong.map(([field, want]) => {
    const is = field === 'history' ? (facts.history as readonly string[]).join(',') : facts[field];
    return `${field} is ${shown(is)}, not ${shown(Array.isArray(want) ? want.join(',') : want)}`;
  });
  return `${name}: ${parts.join('; ')}`;
}

function fits(field: string, want: Value, is: unknown): boolean {
  if (field !== 'history') return isDeepStrictEqual(is, want);
  let from = 0;
  for (const kind of want as readonly string[]) {
    const at = (is as readonly string[]).indexOf(kind, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

const shown = (value: unknown) =>
  value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);

function factsAbout(of: Expectation['of'], name: string, view: WorldView, answers: Answers): Facts {
  if (of === 'client') return { ...answers };
  const store = view.storeOf('controller');
  switch (of) {
    case 'work':
      return recordOf(
        store,
        name,
        ledgerOf(view.ledger, ({ id }) => id === name),
      );
    case 'job':
      return store ? jobOf(store, name) : {};
    case 'agent':
      return {
        ...(store ? agentOf(store, name) : { state: 'unknown', history: [] }),
        alive: view.alive.has(name),
        running: ledgerOf(view.ledger, ({ agent }) => agent === name).running,
      };
    case 'controller':
      return {
        term: (store?.get(key.meta) as MetaRow | undefined)?.term,
        history: store ? kindsOf(store, subject.controller) : [],
        alive: view.alive.has(name),
      };
  }
}

function ledgerOf(ledger: readonly LedgerLine[], isMeant: (line: LedgerLine) => boolean) {
  const lines = ledger.filter(isMeant);
  const starts = lines.filter(({ what }) => what === 'start').length;
  const ends = lines.length - starts;
  return { starts, ends, running: starts - ends };
}

function recordOf(store: Recorded | undefined, id: string, ledger: Facts): Facts {
  const row = store && rowIfKnown(store, id);
  if (!row) return { state: 'unknown', history: [], lines: 0, ...ledger };
  const { birth, state, context } = row;
  const outcome = outcomeRowOf(store, birth);
  return {
    ...context,
    ...ledger,
    state,
    result: outcome?.state === 'done' ? outcome.result : undefined,
    // Read only when they are asked for: it takes long.
    get lines() {
      return linesOf(readLog(store, id).chunks);
    },
    get history() {
      return kindsOf(store, subject.sub(birth));
    },
  };
}

function linesOf(log: Iterable<Uint8Array>): number {
  const reader = createRecordReader();
  const text = new TextDecoder();
  return [...log]
    .flatMap((chunk) => reader.push(chunk))
    .filter(({ stream }) => stream !== 'gap')
    .reduce((lines, { bytes }) => lines + text.decode(bytes).split('\n').length - 1, 0);
}

function rowIfKnown(store: Recorded, id: string) {
  try {
    return subRowOf(store, id);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

function jobOf(store: Recorded, name: string): Facts {
  const row = store.get(key.job(name)) as JobRow | undefined;
  const history = kindsOf(store, subject.job(name));
  return row
    ? { ...row.counts, state: row.state, generation: row.generation, history }
    : { history };
}

function agentOf(store: Recorded, name: string): Facts {
  const row = store.get(key.agent(name)) as AgentRow | undefined;
  const history = kindsOf(store, subject.agent(name));
  return {
    state: row ? connectionOf(store, row) : 'unknown',
    boot: row?.boot,
    draining: row?.draining,
    repeats: history.filter((kind) => kind === 'agent.repeat').length,
    history,
  };
}

/** Each boot and each term begin with a reconciliation; what follows is on record. */
function connectionOf(store: Recorded, { id, state }: AgentRow): string {
  if (state !== 'present') return state;
  for (const fact of factsOf(store, subject.agent(id), { reverse: true })) {
    if (fact.kind === 'agent.boot') return 'reconciling';
    if (fact.state === undefined) continue;
    return fact.n < termBegan(store) ? 'reconciling' : fact.state;
  }
  return 'reconciling';
}

function termBegan(store: Recorded): number {
  for (const { n, kind } of factsOf(store, subject.controller, { reverse: true }))
    if (kind === 'controller.term') return n;
  return 0;
}

const kindsOf = (store: Recorded, about: string): readonly string[] =>
  [...factsOf(store, about)].map(({ kind }) => kind);
