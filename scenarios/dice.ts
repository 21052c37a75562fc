/**
 * Chance with a seed: whole numbers that are the same in each run, on each machine.
 *
 *   seed 7 ──▶ dice ──fork('faults')──▶ dice of its own, whatever the others have drawn
 *
 * Whoever draws by itself takes a fork, so that one draw more here moves nothing there.
 */
export interface Dice {
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** True once in `n` on average. */
  oneIn(n: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** From 0 to below 1, as `Math.random` gives it. */
  fraction(): number;
  /** Dice that depend on the seed and the name alone. */
  fork(name: string): Dice;
}

/** Dice of that seed (a whole number). The generator is splitmix32. */
export function createDice(seed: number): Dice {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const below = (n: number) => next() % n;
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    oneIn: (n) => below(n) === 0,
    pick: (from) => from[below(from.length)]!,
    fraction: () => next() / 2 ** 32,
    fork: (name) => createDice(hash(name, seed)),
  };
}

/** FNV-1a over the name, begun with the seed. */
function hash(name: string, seed: number): number {
  let mixed = seed ^ 0x811c9dc5;
  for (let i = 0; i < name.length; i++) mixed = Math.imul(mixed ^ name.charCodeAt(i), 0x01000193);
  return mixed;
}
