/**
 * What waits too long for an agent of its process class fails, instead of waiting for ever.
 *
 *   no agent takes such work ── waitMs of the class ──▶ failed (noAgent)       the class has no agents ──▶ at once
 *
 * An agent that is full takes such work, one that rests, is away or is drained does not. The time counts from when
 * there was none, or from the acceptance if that was later; a new term begins it anew.
 */
import type { ClassSettings } from '../machines/class-settings.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import type { QueueName, Queues } from './queue.ts';
import { span } from './sentences.ts';
import type { SubTransactions } from './sub-transaction.ts';

/** So many fail in one turn; the next one takes the rest. */
const PER_TURN = 1_000;

/** Whether work of a queue has somebody to go to. */
interface Place {
  readonly of: ClassSettings;
  readonly isThere: boolean;
}

export class Unplaced implements Remembering {
  readonly #ground: Ground;
  readonly #subs: Pick<SubTransactions, 'row' | 'send'>;
  readonly #queues: Pick<Queues, 'read'>;
  /** Since when there is nobody, by class and handler. */
  #since = new Map<string, number>();

  constructor(
    ground: Ground,
    subs: Pick<SubTransactions, 'row' | 'send'>,
    queues: Pick<Queues, 'read'>,
  ) {
    this.#ground = ground;
    this.#subs = subs;
    this.#queues = queues;
  }

  /** Whether work of the class may ever fail for want of an agent. */
  mayGiveUp({ agents, waitMs }: ClassSettings): boolean {
    return agents.length === 0 || waitMs !== null;
  }

  /** Gives up what is due. Returns the instant of the next look: now, if something failed; null: none is needed. */
  giveUp(
    names: readonly QueueName[],
    at: number,
    placeOf: (name: QueueName) => Place | undefined,
  ): number | null {
    const before = this.#since;
    this.#since = new Map();
    let nextAt = Infinity;
    for (const name of names) {
      const place = placeOf(name);
      if (!place || place.isThere || !this.mayGiveUp(place.of)) continue;
      const kind = `${place.of.name}/${name.handler}`;
      const since = before.get(kind) ?? at;
      this.#since.set(kind, since);
      nextAt = Math.min(nextAt, this.#giveUpOf(name, place.of, since, at));
    }
    return nextAt === Infinity ? null : nextAt;
  }

  remember(memory: Memory): void {
    memory.fill('since', this.#since);
  }

  #giveUpOf(name: QueueName, of: ClassSettings, since: number, at: number): number {
    const queue = this.#queues.read(name);
    if (!queue) return Infinity;
    try {
      for (let left = PER_TURN; left > 0; left--) {
        const { birth } = queue;
        const waitsSince = Math.max(since, this.#subs.row(birth)?.acceptedAt ?? at);
        const dueAt = of.agents.length === 0 ? at : waitsSince + of.waitMs!;
        if (dueAt > at) return left < PER_TURN ? at : dueAt;
        const hasNext = queue.next();
        this.#fail(birth, of, at - waitsSince);
        if (!hasNext) break;
      }
      return at;
    } finally {
      queue.close();
    }
  }

  #fail(birth: number, { name, agents }: ClassSettings, waitedMs: number): void {
    const { at } = this.#ground.loop.turn;
    const message =
      agents.length === 0
        ? `The process class ${name} has no agents.`
        : `No agent of the process class ${name} took it for ${span(waitedMs)}.`;
    const detail = { why: message, processClass: name };
    this.#subs.send(birth, { type: 'unplaced', at }, { detail, outcome: { message } });
  }
}
