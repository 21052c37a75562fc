/**
 * The work of a chaos run: many short idempotent tasks and some long ones, each with output that can be
 * checked byte by byte. All of it follows from the seed.
 *
 *   of 100:  88 shell (a process tree)   8 thread, half of them never yield   4 inline (in the agent's loop)
 */
import { fileURLToPath } from 'node:url';
import { createDice } from '../../cli/seed-tree.ts';

export const SCRIPT = fileURLToPath(new URL('task.sh', import.meta.url));
export const HANDLERS = fileURLToPath(new URL('handlers.js', import.meta.url));

/** Done again after each loss; a failure would be a defect. */
export const POLICY = { maxRetries: 0, onUnknown: 'retry', timeoutMs: 600_000 } as const;

export interface Piece {
  readonly id: string;
  readonly handler: 'shell' | 'thread' | 'inline';
  readonly input: object;
}

/** How many lines task `id` prints. */
export const linesOf = (id: string): number => {
  const dice = createDice(numberOf(id));
  return dice(40) === 0 ? 2_000 : 4 + dice(20);
};

/** What task `id` prints in the attempt of that fence. */
export function outputOf(id: string, fence: string): string {
  const lines = linesOf(id);
  return Array.from({ length: lines }, (_, n) => `${fence} ${n + 1} ${'.'.repeat(40)}\n`).join('');
}

/**
 * Pieces `from` to `to` (exclusive) of the work.
 *
 * @param directory of the ledger and the locks
 */
export function pieces(directory: string, seed: number, from: number, to: number): Piece[] {
  return Array.from({ length: to - from }, (_, n) => pieceOf(directory, seed, from + n));
}

function pieceOf(directory: string, seed: number, n: number): Piece {
  const id = `t${n}`;
  const dice = createDice(seed * 1_000_003 + n);
  const lines = linesOf(id);
  const kind = dice(100);
  const roll = dice(100);
  const ms = roll < 80 ? dice(120) : roll < 98 ? 300 + dice(1_200) : 3_000 + dice(5_000);
  if (kind < 12) {
    const input = { directory, id, lines, ms: Math.min(ms, 2_000), spins: kind < 4 };
    return { id, handler: kind < 8 ? 'thread' : 'inline', input };
  }
  const args = [SCRIPT, directory, id, String(lines), (ms / 1000).toFixed(3)];
  return { id, handler: 'shell', input: { command: 'bash', args } };
}

const numberOf = (id: string) => Number(id.slice(1));
