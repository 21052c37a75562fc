/**
 * Everything in its order: turns count up and become durable in that order, their clock never goes back, neither
 * do the instants in a journal; terms of a store and boots of an agent
 * only grow, also in what a controller knows of them (R2).
 */
import type { AgentEntry } from '../../actors/agent-records.ts';
import { entryOf } from '../../actors/entry-row.ts';
import type { AgentRow } from '../../actors/records.ts';
import type { Value } from '../../store/store.ts';
import { diskOf } from './books.ts';
import { property } from './checker.ts';

interface Last {
  turn: number;
  at: number;
}

export const inOrder = property('in-order', (books, fail) => {
  const lives = new Map<string, Last>();
  /** The last term of a disk, or boot. */
  const numbers = new Map<string, number>();

  function begin(seat: string, number: number, at: number, atMs: number): void {
    lives.set(seat, { turn: 0, at });
    const disk = diskOf(seat);
    const last = numbers.get(disk) ?? 0;
    if (number <= last && seat !== 'twin' && !books.lies.has(disk))
      fail(atMs, `${seat} begins life ${number} after life ${last}.`);
    numbers.set(disk, number);
  }

  function take(seat: string, turn: number, at: number, atMs: number): void {
    const last = lives.get(seat);
    if (!last) return;
    if (turn !== last.turn + 1) fail(atMs, `${seat} takes turn ${turn} after turn ${last.turn}.`);
    if (at < last.at) fail(atMs, `The clock of ${seat} goes back from ${last.at} to ${at}.`);
    lives.set(seat, { turn, at });
  }

  return {
    see(sight) {
      const { decision, turn, recorded } = books;
      if (sight.what === 'term') {
        begin(sight.seat, sight.life.term, sight.life.at, sight.atMs);
        const [before] = sight.life.store.read(Math.max(1, sight.life.position));
        const last = before && sight.life.position > 0 ? entryOf(before[1]).at : 0;
        if (sight.life.at < last) fail(sight.atMs, `${sight.seat} begins before its last fact.`);
      } else if (sight.what === 'boot')
        begin(sight.seat, sight.life.boot, sight.life.at, sight.atMs);
      else if (recorded && recorded.turn <= recorded.last)
        fail(
          sight.atMs,
          `Turn ${recorded.turn} of ${recorded.of.seat} is acted on after ${recorded.last}.`,
        );
      for (const [name, change] of decision?.changes ?? []) {
        const before = change.before as unknown as AgentRow | undefined;
        const after = change.after as unknown as AgentRow;
        const isSameStore = name.startsWith('agent/') && before?.storeId === after.storeId;
        if (isSameStore && after.boot < before.boot)
          fail(sight.atMs, `Boot ${before.boot} of ${after.id} is followed by boot ${after.boot}.`);
      }
      if (!decision && !turn) return;
      const { of, step } = (decision ?? turn)!;
      take(of.seat, step.turn, step.at, sight.atMs);
      const instants = decision
        ? decision.facts.map((fact) => fact.at)
        : step.entries.map((entry: Value) => (entry as unknown as AgentEntry).at);
      for (const at of instants) {
        if (at !== step.at)
          fail(sight.atMs, `${of.seat} dates a fact ${at} in a turn at ${step.at}.`);
      }
    },
  };
});
