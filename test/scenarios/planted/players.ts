/**
 * A few processes that play planted bugs. One that hangs is killed and counts as having found it: a bug may
 * well turn the product into a loop without end.
 *
 *   play(game) ──▶ a process that is free ──▶ verdict        a process plays 40 games, then a new one is started
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../actors/clock.ts';
import type { Game, Verdict } from './player.ts';

export const PLAYER = 'test/scenarios/planted/player.ts';

/** What is loaded is never let go: a process takes so many copies. */
const GAMES_PER_PROCESS = 40;

export interface Players {
  /** @param withinMs real time after which it counts as found by `hangs` */
  play(game: Game, withinMs: number): Promise<Verdict>;
  close(): void;
}

interface Player {
  process: ChildProcess;
  games: number;
}

/** @param url of the compiled player @param count processes */
export function startPlayers(url: string, count: number): Players {
  const free: (Player | undefined)[] = Array.from({ length: count }, () => undefined);
  const waiting: ((player: Player | undefined) => void)[] = [];
  const all = new Set<ChildProcess>();

  const start = (): Player => {
    const process = fork(fileURLToPath(url), {
      execArgv: ['--max-old-space-size=1024'],
      serialization: 'advanced',
    });
    all.add(process);
    process.once('exit', () => all.delete(process));
    return { process, games: 0 };
  };
  const take = () =>
    free.length > 0
      ? Promise.resolve(free.pop())
      : new Promise<Player | undefined>((resolve) => waiting.push(resolve));
  const giveBack = (player: Player | undefined) => {
    const next = waiting.shift();
    if (next) next(player);
    else free.push(player);
  };

  return {
    async play(game, withinMs) {
      const player = (await take()) ?? start();
      const verdict = await ask(player.process, game, withinMs);
      player.games++;
      const isSpent = player.games >= GAMES_PER_PROCESS || verdict.seed < 0;
      if (isSpent) player.process.kill('SIGKILL');
      giveBack(isSpent ? undefined : player);
      return verdict;
    },
    close() {
      for (const process of all) process.kill('SIGKILL');
    },
  };
}

function ask(process: ChildProcess, game: Game, withinMs: number): Promise<Verdict> {
  const none = { seed: -1, simulatedMs: 0, realMs: withinMs };
  return new Promise((resolve) => {
    const end = (verdict: Verdict) => {
      forget();
      process.off('message', end);
      process.off('exit', dies);
      resolve(verdict);
    };
    const dies = (code: number | null, signal: string | null) => {
      end({ ...none, checker: 'dies', says: `the process ended with ${code ?? signal}` });
    };
    const forget = systemClock.after(withinMs, () => {
      end({ ...none, checker: 'hangs', says: `it did not end within ${withinMs} ms` });
    });
    process.once('message', end);
    process.once('exit', dies);
    process.send(game);
  });
}
