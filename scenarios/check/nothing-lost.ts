/**
 * Nothing is lost: what was answered as accepted is on the controller's disk at that moment, is found by each
 * term that follows, and comes to rest.
 */
import { key } from '../../actors/records.ts';
import { isTerminal } from '../../actors/sub-indexes.ts';
import { rowOf } from '../../actors/sub-row.ts';
import type { Command } from '../../actors/commands.ts';
import type { Store, Value } from '../../store/store.ts';
import { property } from './checker.ts';

/** States in which work rests: `parked` waits for a person. */
const isAtRest = (row: ReturnType<typeof rowOf>) => isTerminal(row) || row.state === 'parked';

export const nothingLost = property('nothing-lost', (books, fail) => {
  /** Births of what was answered as accepted, by id. */
  const accepted = new Map<string, number>();

  function find(store: Store | undefined, id: string): Value | undefined {
    const birth = store?.get(key.id(id));
    return birth === undefined ? undefined : store?.get(key.sub(birth as number));
  }

  function checkAll(store: Store | undefined, atMs: number, mustRest: boolean): void {
    for (const [id, birth] of accepted) {
      if (books.lies.coversBirth(birth, id)) continue;
      const value = find(store, id);
      if (value === undefined) fail(atMs, `"${id}" was accepted, and is not on record any more.`);
      else if (mustRest && !isAtRest(rowOf(value)))
        fail(atMs, `"${id}" was accepted, and is ${rowOf(value).state} when all is at rest.`);
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
        const birth = store?.get(key.id(id)) as number | undefined;
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
