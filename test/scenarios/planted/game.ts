/**
 * Plays planted bugs: the product is compiled once, each bug gets its copy, and processes play the seeds.
 *
 *   openGame() ──▶ play(bug or nothing, seeds) ──▶ verdict
 */
import { readFileSync } from 'node:fs';
import { openCopies } from './copy.ts';
import type { Planted } from './planted.ts';
import type { Verdict } from './player.ts';
import { PLAYER, startPlayers } from './players.ts';

const RUN = 'scenarios/run.ts';
const CHECKERS = 'scenarios/checkers.ts';
const SWARM = 'scenarios/swarm.ts';
const READ = 'scenarios/format/read.ts';
const PLAY = 'scenarios/play.ts';

export interface PlantedGame {
  /**
   * Plays seeds, or texts of scenarios, in order until something is found.
   * @param bug undefined: the product as it is
   */
  play(
    bug: Planted | undefined,
    plans: readonly (number | string)[],
    withinMs: number,
  ): Promise<Verdict>;
  close(): void;
}

/** @param processes that play at once */
export function openGame(processes: number): PlantedGame {
  const copies = openCopies([RUN, CHECKERS, SWARM, READ, PLAY, PLAYER]);
  const players = startPlayers(copies.whole(PLAYER), processes);
  const planted = new Map<string, (file: string) => string>();
  const copyOf = (bug: Planted | undefined) => {
    if (!bug) return (file: string) => copies.whole(file);
    const known = planted.get(bug.name) ?? copies.plant(bug.name, bug.edits);
    planted.set(bug.name, known);
    return known;
  };
  return {
    play(bug, plans, withinMs) {
      const urls = {
        run: copyOf(bug)(RUN),
        checkers: copies.whole(CHECKERS),
        swarm: copies.whole(SWARM),
        read: copies.whole(READ),
        play: copies.whole(PLAY),
      };
      return players.play({ urls, plans }, withinMs);
    },
    close() {
      players.close();
      copies.remove();
    },
  };
}

/** The text of the scenario in which a bug shows that no seed finds. @throws {Error} when there is none */
export const scenarioOf = (name: string): string =>
  readFileSync(new URL(`${name}.scenario`, import.meta.url), 'utf8');
