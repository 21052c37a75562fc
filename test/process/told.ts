/**
 * Work that may be done again, and what the controller tells of it over HTTP: state, facts, log.
 */
import type { FactView, SubTransactionView } from '../../actors/views.ts';
import type { LogPage } from '../../dashboard/server/log-page.ts';
import type { Nodes } from './nodes.ts';

/** Submits a shell script that is done again when nobody knows how it has ended. */
export async function submitAgain(
  nodes: Nodes,
  id: string,
  script: string,
  ...args: readonly string[]
): Promise<void> {
  const input = { command: 'sh', args: ['-c', script, 'sh', ...args] };
  const policy = { onUnknown: 'retry' };
  await nodes.post('sub-transactions', { handler: 'shell', input, id, policy });
}

export const view = (nodes: Nodes, id: string): Promise<SubTransactionView> =>
  nodes.get(`sub-transactions/${id}`);

/** Resolves with what is known of it once it is done. */
export async function whenDone(nodes: Nodes, id: string): Promise<SubTransactionView> {
  await nodes.until(`${id} is done`, async () => (await view(nodes, id)).state === 'done');
  return view(nodes, id);
}

/** Every fact of one kind. @param since leaves out the time when nodes were starting, all on the same cores */
export async function facts(nodes: Nodes, kind: string, since = 0): Promise<readonly FactView[]> {
  const all: FactView[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page: { items: readonly FactView[]; next: number | null } = await nodes.get(
      `history?kind=${kind}&limit=1000&after=${after}`,
    );
    all.push(...page.items);
    after = page.next;
  }
  return all.filter(({ at }) => Date.parse(at) > since);
}

/** What an attempt has written, as far as it is here; it must fit into one page. */
export async function logOf(nodes: Nodes, id: string, attempt: number): Promise<string> {
  const { items } = await nodes.get<LogPage>(`sub-transactions/${id}/log?attempt=${attempt}`);
  return items.map((item) => ('text' in item ? item.text : '')).join('');
}

/** Resolves when the controller is connected with all of these agents. */
export const connected = (nodes: Nodes, ...ids: readonly string[]): Promise<void> =>
  nodes.until(`${ids.join(', ')} are connected`, async () => {
    const views = await Promise.all(ids.map((id) => nodes.agentView(id)));
    return views.every((one) => ['connected', 'reconciled'].includes(one?.connection ?? ''));
  });
