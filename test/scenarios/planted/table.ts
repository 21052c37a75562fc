/** The table of planted bugs: what each breaks, at which seed it is found, by which checker, how soon. */
import type { Known } from './known.ts';
import type { Planted } from './planted.ts';

const HEAD = ['planted bug', 'breaks', 'seed', 'found by', 'seeds', 'simulated'];

/** @param known as found, by name; of a bug that is not in it the table says so */
export function tableOf(bugs: readonly Planted[], known: ReadonlyMap<string, Known>): string {
  const rows = bugs.map(({ name, rules }) => {
    const found = known.get(name);
    const breaks = rules.join(' ') || '–';
    if (!found) return [name, breaks, '', 'NOBODY', '', ''];
    const { seed, checker, seeds, simulatedS } = found;
    const at = seed === null ? 'scripted' : String(seed);
    return [name, breaks, at, checker, String(seeds), hoursOf(simulatedS)];
  });
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  return [HEAD, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function hoursOf(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
