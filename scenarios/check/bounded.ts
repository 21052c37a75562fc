/**
 * Queues and tables stay bounded: no node talks without end, no turn takes in without end, what is asked and not
 * answered does not pile up; at rest no agent keeps anything of work that is over.
 */
import { under } from '../../actors/records.ts';
import { said, told } from './books.ts';
import { property } from './checker.ts';

/** Frames of one node to one other within a second. */
const FRAMES_MAX = 200;
/** Requests without an answer on one link. */
const OPEN_MAX = 500;
/** Inputs of one turn. */
const INPUTS_MAX = 2_000;

interface Second {
  begunAtMs: number;
  frames: number;
}

export const bounded = property('bounded', (books, fail) => {
  const seconds = new Map<string, Second>();

  function count(from: string, to: string, frames: number, atMs: number): void {
    const name = `${from} ${to}`;
    let second = seconds.get(name);
    if (!second || atMs - second.begunAtMs >= 1_000) {
      second = { begunAtMs: atMs, frames: 0 };
      seconds.set(name, second);
    }
    second.frames += frames;
    if (second.frames > FRAMES_MAX)
      fail(atMs, `${from} has sent more than ${FRAMES_MAX} frames to ${to} within a second.`);
  }

  return {
    see(sight) {
      const { decision, turn } = books;
      const { step, of } = decision ?? turn ?? {};
      if (!step || !of) return;
      if (step.inputs.length > INPUTS_MAX)
        fail(sight.atMs, `${of.seat} takes ${step.inputs.length} inputs in one turn.`);
      // An answer to each frame is no storm, however many a broker lets go at once.
      const heard = decision?.heard.length ?? 0;
      for (const [i, frame] of (decision ? told(decision.step) : []).entries()) {
        const { agent, sent, settled, logs } = frame;
        if (logs.length === 0 && i >= heard) count(of.seat, agent, 1, sight.atMs);
        if (sent - settled > OPEN_MAX)
          fail(sight.atMs, `${sent - settled} requests to ${agent} are open.`);
      }
      // Work that writes has them sent: as many as it likes.
      const silent = turn ? said(turn.step).filter(({ logs }) => logs.length === 0) : [];
      count(of.seat, 'controller', silent.length, sight.atMs);
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
