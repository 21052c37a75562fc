/** `lifeline ps`: what is out at agents now, where, since when, and how far it says it is. */
import type { SubTransactionSummary, SubTransactionView } from '../actors/views.ts';
import type { Value } from '../store/store.ts';
import type { Api } from './api-client.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument, jsonLine } from './json.ts';
import { asking } from './reach.ts';
import { harmless } from './screen.ts';
import { reachSettings } from './settings.ts';
import { subTransactions } from './sub-transactions.ts';
import { tableLines, type Column } from './table.ts';
import type { Verb } from './verb.ts';

/** Out at an agent, in every state of knowledge about it. */
const OUT = 'sent,received,inProgress,idle,cancelling';
/** Longer ones are cut. */
const MOST_PROGRESS = 40;

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'JOB' },
  { title: 'HANDLER' },
  { title: 'STATE' },
  { title: 'AGENT' },
  { title: 'ATTEMPT', align: 'right' },
  { title: 'SINCE' },
  { title: 'PROGRESS' },
];

type Running = SubTransactionSummary & { readonly progress: Value };

export const ps: Verb = {
  name: 'ps',
  arguments: '',
  summary: 'what runs now: where, since when, and how far it is',
  settings: reachSettings,
  options: [],
  run: (call) =>
    asking(call, async (api) => {
      const items = await running(api);
      if (call.values.json) call.print(jsonDocument({ items, next: null }));
      else for (const line of psLines(items)) call.print(line);
      return exitCodes.done;
    }),
};

async function running(api: Api): Promise<readonly Running[]> {
  const found: Running[] = [];
  // What a dead controller had out is on record, but runs no more.
  if (!api.isLive) return found;
  for await (const sub of subTransactions(api, { state: OUT })) {
    const { birth, progress } = await api.get<SubTransactionView>(
      `/api/v1/sub-transactions/${sub.id}`,
    );
    found.push({ ...sub, progress: birth === sub.birth ? progress : null });
  }
  return found;
}

export function psLines(items: readonly Running[]): readonly string[] {
  if (items.length === 0) return ['Nothing runs now.'];
  return tableLines(COLUMNS, items.map(cellsOf));
}

const cellsOf = (sub: Running): readonly string[] => [
  sub.id,
  sub.job ?? '-',
  sub.handler,
  sub.state,
  sub.agent ?? '-',
  String(sub.attempt),
  sub.startedAt ?? sub.sentAt ?? '-',
  sub.progress === null ? '' : shownProgress(sub.progress),
];

function shownProgress(progress: Value): string {
  const text = harmless(jsonLine(progress));
  return text.length > MOST_PROGRESS ? `${text.slice(0, MOST_PROGRESS - 1)}…` : text;
}
