/**
 * Queues and tables stay bounded: no node talks without end, no turn takes in without end, what is asked and not
 * answered does not pile up; at rest no agent keeps anything of work that is over.
 */
import { under } from '../../actors/records.ts';
import { said, told } from './books.ts';
import { property } from './checker.ts';

/** Frames of one node to one other within a second, beside those that answer one each. */
const SECOND = { ms: 1_000, frames: 200, called: 'a second' };
/** With the answers: two that answer each other without end send more. What a disk held up for two hours is less. */
const MINUTE = { ms: 60_000, frames: 12_000, called: 'a minute' };
/** Requests without an answer on one link. */
const OPEN_MAX = 500;
/** Inputs of one turn. */
const INPUTS_MAX = 2_000;

interface Counted {
  begunAtMs: number;
  frames: number;
}

export const bounded = property('bounded', (books, fail) => {
  const counted = new Map<string, Counted>();

  function count(
    from: string,
    to: string,
    frames: number,
    atMs: number,
    most: typeof SECOND | typeof MINUTE = SECOND,
  ): void {
    const name = `${most.called} ${from} ${to}`;
    let one = counted.get(name);
    if (!one || atMs - one.begunAtMs >= most.ms) {
      one = { begunAtMs: atMs, frames: 0 };
      counted.set(name, one);
    }
    one.frames += frames;
    if (one.frames > most.frames)
      fail(
        atMs,
        `${from} has sent more than ${most.frames} frames to ${to} within ${most.called}.`,
      );
  }

  return {
    see(sight) {
      const { decision, turn } = books;
      const { step, of } = decision ?? turn ?? {};
      if (!step || !of) return;
      if (step.inputs.length > INPUTS_MAX)
        fail(sight.atMs, `${of.seat} takes ${step.inputs.length} inputs in one turn.`);
      // An answer to each frame is no storm, however many a broker, or a disk that stalled, lets go at once.
      const heard = decision?.heard.length ?? 0;
      for (const [i, frame] of (decision ? told(decision.step) : []).entries()) {
        const { agent, sent, settled, logs } = frame;
        if (logs.length === 0 && i >= heard) count(of.seat, agent, 1, sight.atMs);
        if (sent - settled > OPEN_MAX)
          fail(sight.atMs, `${sent - settled} requests to ${agent} are open.`);
      }
      // Work that writes has them sent: as many as it likes.
      const silent = turn ? said(turn.step).filter(({ logs }) => logs.length === 0).length : 0;
      const asked = turn?.heard.length ?? 0;
      count(of.seat, 'controller', Math.max(0, silent - asked), sight.atMs);
      count(of.seat, 'controller', silent, sight.atMs, MINUTE);
    },
    end(world) {
      for (const seat of world.alive) {
        if (!books.boots.has(seat)) continue;
        const store = world.storeOf(seat);
        for (const table of ['task', 'out']) {
          for (const [name] of store?.range(under(table)) ?? [])
            fail(world.nowMs, `${seat} still keeps ${name} when all is at rest.`);
        }
      }
    },
  };
});
