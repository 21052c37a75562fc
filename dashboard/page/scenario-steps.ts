/**
 * Where the cursor is in a scenario, and what was so then. Pure.
 *
 *   items      0 1 2 3 4 5 6 7 8 …        all that happens, in order of time
 *   steps      0   2     5 6   …          those that are about what is looked at
 *   cursor           ▲                    place among the steps
 *   actors     what each statechart was in after the item under the cursor, and how it had come there
 */
import type { ScenarioItem, ScenarioState } from '../server/scenario-player.ts';

/** A statechart as it was at an instant. */
export interface Actor {
  readonly machine: ScenarioState['machine'];
  readonly of: string;
  readonly state: string;
  /** Each state it has been in, in order, the present one last. */
  readonly walked: readonly string[];
  /** Place of the item that brought it there. */
  readonly since: number;
}

export const nameOf = ({ machine, of }: Pick<Actor, 'machine' | 'of'>): string =>
  `${machine} ${of}`;

/** The actors after that item, the one that changed last first. */
export function actorsAt(items: readonly ScenarioItem[], index: number): readonly Actor[] {
  const actors = new Map<string, Actor>();
  for (let i = 0; i <= index; i++) {
    for (const { machine, of, state } of items[i]?.states ?? []) {
      const name = nameOf({ machine, of });
      const before = actors.get(name);
      // The last one stands last.
      actors.delete(name);
      if (state === null) continue;
      actors.set(name, {
        machine,
        of,
        state,
        walked: [...(before?.walked ?? []), state],
        since: i,
      });
    }
  }
  return [...actors.values()].reverse();
}

/** Places of the items that are about something; '' stands for all of them. */
export function stepsAbout(items: readonly ScenarioItem[], about: string): readonly number[] {
  const steps = items.flatMap(({ ids, lane }, i) =>
    about === '' || lane === about || ids.includes(about) ? [i] : [],
  );
  return steps.length > 0 ? steps : items.map((_, i) => i);
}

/** What there is to look at, what most is about first. */
export function subjectsOf(items: readonly ScenarioItem[], most = 200): readonly string[] {
  const counts = new Map<string, number>();
  for (const id of items.flatMap(({ ids }) => ids)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.entries()]
    .sort(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([id]) => id);
}

/** The steps that are drawn together with the cursor: they stay while it moves among them. The last page is full, too. */
export function pageAt(
  steps: readonly number[],
  cursor: number,
  size: number,
): { readonly from: number; readonly steps: readonly number[] } {
  const from = Math.max(0, Math.min(Math.floor(cursor / size) * size, steps.length - size));
  return { from, steps: steps.slice(from, from + size) };
}

/** Place among the steps of the last one up to an instant. */
export function cursorAt(
  items: readonly ScenarioItem[],
  steps: readonly number[],
  atMs: number,
): number {
  const after = steps.findIndex((i) => items[i]!.atMs > atMs);
  return after < 0 ? steps.length - 1 : Math.max(0, after - 1);
}

/** `35.006 s`, `2 min 03.500 s`. */
export function timeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const seconds = ((ms % 60_000) / 1_000).toFixed(3);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds.padStart(6, '0')} s`;
}
