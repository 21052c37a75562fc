/**
 * Plays planted bugs: the product is compiled once, each bug gets its copy, and processes play the seeds.
 *
 *   openGame() ──▶ play(bug or nothing, seeds) ──▶ verdict
 */
import { openCopies } from './copy.ts';
import type { Planted } from './planted.ts';
import type { Verdict } from './player.ts';
import { PLAYER, startPlayers } from './players.ts';

const RUN = 'scenarios/run.ts';
const CHECKERS = 'scenarios/checkers.ts';
const SWARM = 'scenarios/swarm.ts';

export interface PlantedGame {
  /** Plays seeds in order until something is found. @param bug undefined: the product as it is */
  play(bug: Planted | undefined, seeds: readonly number[], withinMs: number): Promise<Verdict>;
  close(): void;
}

/** @param processes that play at once */
export function openGame(processes: number): PlantedGame {
  const copies = openCopies([RUN, CHECKERS, SWARM, PLAYER]);
  const players = startPlayers(copies.whole(PLAYER), processes);
  const planted = new Map<string, (file: string) => string>();
  const copyOf = (bug: Planted | undefined) => {
    if (!bug) return (file: string) => copies.whole(file);
    const known = planted.get(bug.name) ?? copies.plant(bug.name, bug.edits);
    planted.set(bug.name, known);
    return known;
  };
  return {
    play(bug, seeds, withinMs) {
      const urls = {
        run: copyOf(bug)(RUN),
        checkers: copies.whole(CHECKERS),
        swarm: copies.whole(SWARM),
      };
      return players.play({ urls, seeds }, withinMs);
    },
    close() {
      players.close();
      copies.remove();
    },
  };
}
