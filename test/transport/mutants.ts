/**
 * What becomes of a valid frame on its way through hostile hands, from a seed: bytes changed anywhere, or
 * a frame that is still one, with something else in its fields.
 */

/** mulberry32: repeats for a seed. */
export function createChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that begin something: containers, extensions, long numbers. */
const TOKENS = [
  0x80, 0x8f, 0x90, 0xc1, 0xc4, 0xc7, 0xc9, 0xca, 0xcb, 0xcf, 0xd3, 0xd4, 0xd6, 0xd9, 0xdc, 0xdd,
  0xde, 0xdf,
];

/** A copy of `bytes` changed in one to four places: bytes set, cut out, put in, or the end cut off. */
export function mutate(bytes: Uint8Array, chance: () => number): Uint8Array {
  const below = (end: number) => Math.floor(chance() * end);
  let mutant = Buffer.from(bytes);
  for (let left = 1 + below(4); left > 0; left--) {
    const at = 1 + below(mutant.length);
    const byte = chance() < 0.5 ? (TOKENS[below(TOKENS.length)] ?? 0) : below(256);
    switch (below(8)) {
      case 0:
        mutant = mutant.subarray(0, at);
        break;
      case 1:
        mutant = Buffer.concat([mutant.subarray(0, at), Buffer.of(byte), mutant.subarray(at)]);
        break;
      case 2:
        mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(at + 1 + below(8))]);
        break;
      default:
        mutant[at] = byte;
    }
  }
  return mutant;
}

/** Numbers at the edges of what the schemas let through, and others near the one that stood there. */
const numbersAround = (old: number) => [
  ...[old + 1, old + 1, old - 1, old - 1, old * 2, old / 2, old + 100],
  ...[0, 1, 2, 127, 2 ** 32, Number.MAX_SAFE_INTEGER],
];

/** Names that mean something somewhere. */
const NAMES = ['', 'x', 'a1', 'work', 'xstate.stop', '__proto__', 'z'.repeat(64)];

/** A copy of a frame in which one to three of the numbers, names, switches and lists are others. */
export function distort<Frame>(frame: Frame, chance: () => number): Frame {
  const below = (end: number) => Math.floor(chance() * end);
  const oneOf = <T>(list: readonly T[]) => list[below(list.length)]!;
  const copy = structuredClone(frame);
  for (let left = 1 + below(3); left > 0; left--) {
    const [holder, name] = oneOf(placesOf(copy));
    const old = holder[name];
    if (typeof old === 'number') holder[name] = oneOf(numbersAround(old));
    else if (typeof old === 'string') holder[name] = oneOf(NAMES);
    else if (typeof old === 'boolean') holder[name] = !old;
    else if (Array.isArray(old)) holder[name] = chance() < 0.5 ? [] : old.concat(old);
    else holder[name] = null;
  }
  return copy;
}

type Holder = Record<string | number, unknown>;

/** Every place of a frame where something stands, in order. */
function placesOf(value: unknown, found: (readonly [Holder, string])[] = []) {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return found;
  for (const name in value) {
    found.push([value as Holder, name]);
    placesOf((value as Holder)[name], found);
  }
  return found;
}
