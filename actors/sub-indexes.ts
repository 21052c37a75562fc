/**
 * Where a sub-transaction is found, besides its row: written in the turn that moves it.
 *
 *   queue/<job>/<handler>/<birth>   queued               flight/<page>             has an actor
 *   due/<at>/<birth>                waits for its next   held/<agent>/<birth>      may still be running there
 *   holder/<birth>/<attempt>        whose the attempts before were
 *   parked/<birth>                  waits for a person   births/<job>/<page>       where a job has work
 *   ended/<state>/<job>/<birth>     failed, or cancelled
 *   unconfirmed/<agent>/…           given up, and its end not told (unconfirmed.ts)
 */
import type { SubTransactionEvent } from '../machines/sub-transaction.ts';
import { notePages } from './birth-pages.ts';
import { Flights } from './flights.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import type { Queues } from './queue.ts';
import { key, lastNumber, under, type SubRow } from './records.ts';
import { confirm, leaveUnconfirmed } from './unconfirmed.ts';

/** States that have an actor. */
const IN_FLIGHT = new Set<string>(['sent', 'received', 'inProgress', 'idle', 'cancelling']);

/** What tells that an attempt is over. */
const ENDS = new Set<string>(['done', 'failed', 'killed', 'lost', 'neverStarted', 'release']);

/** Of those whose time has come, how many are taken in one turn. */
const DUE_PER_TURN = 1_000;

export const isInFlight = (row: SubRow): boolean => IN_FLIGHT.has(row.state);

export const isTerminal = (row: SubRow): boolean =>
  row.state === 'done' || row.state === 'failed' || row.state === 'cancelled';

export class SubIndexes implements Remembering {
  readonly #ground: Ground;
  readonly #queues: Queues;
  readonly #flights = new Flights();

  constructor(ground: Ground, queues: Queues) {
    this.#ground = ground;
    this.#queues = queues;
  }

  /** Births that the term before left in flight. */
  recover(): readonly number[] {
    this.#armDue();
    return this.#flights.recover(this.#ground.loop.turn);
  }

  /** Writes down where it is now. @param event what moved it; undefined: it is new */
  move(before: SubRow | undefined, after: SubRow, event?: SubTransactionEvent): void {
    const { turn } = this.#ground.loop;
    const { birth, context } = after;
    if (event && before?.context.agent) this.#follow(before, before.context.agent, event);
    if (before?.state === 'queued' && after.state !== 'queued') this.#queues.leave(after);
    if (before?.state !== 'queued' && after.state === 'queued') this.#queues.enter(after);
    if (before?.state === 'parked' && after.state !== 'parked') turn.delete(key.parked(birth));
    if (before?.state !== 'parked' && after.state === 'parked') turn.put(key.parked(birth), null);
    if (!before && after.job !== null) notePages(turn, after.job, birth, birth);
    const ended = endedKey(after);
    if (ended && before?.state !== after.state) turn.put(ended, null);
    const dueBefore = before && dueKey(before);
    const dueAfter = dueKey(after);
    if (dueBefore !== dueAfter) {
      if (dueBefore) turn.delete(dueBefore);
      if (dueAfter) turn.put(dueAfter, null);
      this.#armDue();
    }
    const heldAfter = context.held && context.agent !== null && !isTerminal(after);
    if (before?.context.held && !heldAfter) turn.delete(key.held(before.context.agent!, birth));
    if (heldAfter && !before?.context.held) turn.put(key.held(context.agent, birth), null);
    const wasInFlight = before !== undefined && isInFlight(before);
    if (isInFlight(after) && !wasInFlight) this.#flights.add(birth);
    if (!isInFlight(after) && wasInFlight) this.#flights.delete(birth);
  }

  /** Keeps whose the attempts were, and whether they have told their end. */
  #follow({ birth, state, context }: SubRow, agent: string, event: SubTransactionEvent): void {
    const { turn } = this.#ground.loop;
    const { attempt, boot } = context;
    if (event.type === 'assign') turn.put(key.holder(birth, attempt), agent);
    else if (event.type === 'lost' && event.releaseAt !== null)
      leaveUnconfirmed(turn, agent, boot!, { birth, attempt });
    else if (!IN_FLIGHT.has(state) && ENDS.has(event.type))
      confirm(turn, agent, { birth, attempt });
  }

  /** Last word of the turn: what is written once for all that moved. */
  finish(): void {
    this.#flights.write(this.#ground.loop.turn);
  }

  /** Births of what may still be running at an agent although it counts as lost. */
  heldBy(agent: string): readonly number[] {
    const held = this.#ground.loop.turn.range(under(`held/${agent}`));
    return [...held].map(([name]) => lastNumber(name));
  }

  /** What may still be running somewhere, with its agent. */
  held(): readonly (readonly [agent: string, birth: number])[] {
    return [...this.#ground.loop.turn.range(under('held'))].map(([held]) => [
      held.split('/')[1]!,
      lastNumber(held),
    ]);
  }

  /** Takes those that have waited long enough through `take`, which moves them. */
  takeDue(take: (birth: number) => void): void {
    const { turn } = this.#ground.loop;
    const due = { from: 'due/', to: key.due(turn.at + 1, 0) };
    for (const [at] of [...turn.range(due)].slice(0, DUE_PER_TURN)) take(lastNumber(at));
    this.#armDue();
  }

  remember(memory: Memory): void {
    memory.part('flights', this.#flights);
  }

  #armDue(): void {
    const [first] = this.#ground.loop.turn.range(under('due'));
    const at = first ? Number(first[0].split('/')[1]) : null;
    this.#ground.loop.deadlines.set('due', at);
  }
}

/** Where one that failed or was cancelled is found; of what is done there is too much. */
export const endedKey = ({ state, job, birth }: SubRow): string | undefined =>
  state === 'failed' || state === 'cancelled' ? key.ended(state, job, birth) : undefined;

const dueKey = (row: SubRow) =>
  row.state === 'waiting' && row.context.deadlineAt !== null
    ? key.due(row.context.deadlineAt, row.birth)
    : undefined;
