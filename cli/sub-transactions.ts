/** The sub-transactions of a controller, page by page, as they are asked for. */
import type { SubTransactionPage } from '../actors/queries.ts';
import type { SubTransactionSummary } from '../actors/views.ts';
import type { Api } from './api-client.ts';

export interface Wanted {
  readonly job?: string;
  /** Of this run only. */
  readonly generation?: number;
  /** With commas between them. */
  readonly state?: string;
}

/** In the order in which they were accepted. Whoever has seen enough stops asking. */
export async function* subTransactions(
  { get }: Pick<Api, 'get'>,
  wanted: Wanted,
): AsyncGenerator<SubTransactionSummary> {
  for (let after: number | null = 0; after !== null;) {
    // A page may be empty and not the last one: so many others lie between.
    const page: SubTransactionPage = await get('/api/v1/sub-transactions', { ...wanted, after });
    yield* page.items;
    after = page.next;
  }
}
