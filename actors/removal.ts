/**
 * Takes a sub-transaction that has ended out of the store: its rows, its logs, and what leads to them. Its facts
 * stay in the journal.
 *
 *   sub work outcome id again ended/…   holder/<birth>/…   unconfirmed/<agent>/<birth>/…   log/<birth>/… logged/<birth>/…
 *
 * What its agents still say of it is answered as foreign: they forget it.
 */
import type { ControllerEffect } from './ground.ts';
import { padded } from './padded.ts';
import { key, lastNumber, under, type SubRow } from './records.ts';
import { endedKey } from './sub-indexes.ts';
import type { Turn } from './turn.ts';

type Writes = Pick<Turn<ControllerEffect>, 'get' | 'range' | 'put' | 'delete'>;

/** @param row of one that is terminal */
export function removeSub(turn: Writes, row: SubRow): void {
  const { birth, id, context } = row;
  const ended = endedKey(row);
  if (ended !== undefined) turn.delete(ended);
  for (const name of [key.sub(birth), key.work(birth), key.outcome(birth), key.again(birth)])
    turn.delete(name);
  // The next run may have given the id to work of its own.
  if (turn.get(key.id(id)) === birth) turn.delete(key.id(id));
  if (context.agent !== null) turn.delete(key.unconfirmed(context.agent, birth, context.attempt));
  for (const [name, agent] of [...turn.range(under(`holder/${padded(birth)}`))]) {
    turn.delete(key.unconfirmed(agent as string, birth, lastNumber(name)));
    turn.delete(name);
  }
  for (const rest of ['step', 'log', 'logged'])
    for (const [name] of [...turn.range(under(`${rest}/${padded(birth)}`))]) turn.delete(name);
}
