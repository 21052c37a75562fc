/** The agents and jobs of a controller, all of them: its lists come in pages. */
import type { AgentSummary } from '../actors/agent-queries.ts';
import type { JobList } from '../actors/queries.ts';
import type { Api } from './api-client.ts';

type Asking = Pick<Api, 'get'>;

/** In order of their ids. */
export async function everyAgent({ get }: Asking): Promise<readonly AgentSummary[]> {
  const all: AgentSummary[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page: { readonly items: readonly AgentSummary[]; readonly next: string | null } =
      await get('/api/v1/agents', { after });
    all.push(...page.items);
    after = page.next;
  }
  return all;
}

/** Each list in order of the names. */
export async function everyJob({ get }: Asking): Promise<JobList> {
  let all: JobList = { periodic: [], singlepass: [], stopped: [], finished: [] };
  for (let after: string | null | undefined; after !== null;) {
    const page: JobList & { readonly next: string | null } = await get('/api/v1/jobs', { after });
    all = {
      periodic: [...all.periodic, ...page.periodic],
      singlepass: [...all.singlepass, ...page.singlepass],
      stopped: [...all.stopped, ...page.stopped],
      finished: [...all.finished, ...page.finished],
    };
    after = page.next;
  }
  return all;
}
