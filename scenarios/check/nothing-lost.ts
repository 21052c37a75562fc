/**
 * Nothing is lost: what was answered as accepted is on the controller's disk at that moment, is found by each
 * term that follows, and comes to rest.
 */
import type { SubRow } from '../../actors/records.ts';
import { birthOf, subOf } from '../../actors/sheet-rows.ts';
import { isTerminal } from '../../actors/sub-indexes.ts';
import type { Command } from '../../actors/commands.ts';
import type { Store } from '../../store/store.ts';
import { property } from './checker.ts';

/** States in which work rests: `parked` waits for a person. */
const isAtRest = (row: SubRow) => isTerminal(row) || row.state === 'parked';

export const nothingLost = property('nothing-lost', (books, fail) => {
  /** Births of what was answered as accepted, by id. */
  const accepted = new Map<string, number>();

  function find(store: Store | undefined, id: string): SubRow | undefined {
    const birth = store && birthOf(store, id);
    return birth === undefined ? undefined : subOf(store!, birth);
  }

  function checkAll(store: Store | undefined, atMs: number, mustRest: boolean): void {
    for (const [id, birth] of accepted) {
      if (books.lies.coversBirth(birth, id)) continue;
      const row = find(store, id);
      if (row === undefined) fail(atMs, `"${id}" was accepted, and is not on record any more.`);
      else if (mustRest && !isAtRest(row))
        fail(atMs, `"${id}" was accepted, and is ${row.state} when all is at rest.`);
    }
  }

  return {
    see(sight, world) {
      if (sight.what === 'term') checkAll(sight.life.store, sight.atMs, false);
      for (const { id, before, after } of books.decision?.subs.map(({ before, after }) => ({
        id: (before ?? after)!.id,
        before,
        after,
      })) ?? []) {
        if (before && !after) fail(sight.atMs, `The record of "${id}" is removed.`);
      }
      if (sight.what !== 'answered' || sight.refusal) return;
      const store = world.storeOf('controller');
      for (const id of idsIn(sight.command, sight.reply)) {
        const birth = store && birthOf(store, id);
        if (birth !== undefined) accepted.set(id, birth);
        else if (!books.lies.has('controller'))
          fail(sight.atMs, `"${id}" was answered as accepted, and is not on record.`);
      }
    },
    end(world) {
      checkAll(world.storeOf('controller'), world.nowMs, true);
    },
  };
});

/** What an answered command has handed in. */
function idsIn(command: Command, reply: unknown): readonly string[] {
  if (command.kind === 'submit' || command.kind === 'retry') return [(reply as { id: string }).id];
  if (command.kind !== 'enqueue') return [];
  return command.items.flatMap(({ id }) => id ?? []);
}
