/**
 * What a person decides about one sub-transaction of an idle directory: a controller is opened without
 * agents, given the command, and closed; what is decided then waits in the store.
 */
import { subRowOf } from '../actors/queries.ts';
import type { SubRow } from '../actors/records.ts';
import { summaryView } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import { openEmbedded, openIdle } from './embedded.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import type { Call } from './verb.ts';
import { whoAmI } from './who.ts';

/** @param sentence what to tell about it, once the command is recorded */
export async function steer(
  call: Call,
  kind: 'retry' | 'cancel' | 'accept' | 'give-up',
  sentence: (row: SubRow, asked: string) => string,
): Promise<number> {
  const asked = parseId(call.args[0]!, 'id');
  // So that a directory without a store is not given one.
  await (await openIdle(call.values.data)).close();
  const { controller, store, close } = await openEmbedded(call, [], 0);
  try {
    const by = whoAmI();
    const id = kind === 'retry' ? await controller.retry(asked, by) : asked;
    if (kind === 'cancel') await controller.cancel(asked, by);
    if (kind === 'accept') await controller.acceptParked(asked, by);
    if (kind === 'give-up') await controller.giveUp(asked, by);
    const row = subRowOf(store, id);
    call.print(call.values.json ? jsonDocument(summaryView(row)) : sentence(row, asked));
    return exitCodes.done;
  } finally {
    await close();
  }
}
