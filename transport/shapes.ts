/** The few shapes that all frames are made of. */
import { Type } from 'typebox';
import { ID_PATTERN } from './ids.ts';

export const id = Type.String({ pattern: ID_PATTERN.source });

/** A whole number from 0 to 2^53 − 1. */
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** Milliseconds on some clock. */
export const instant = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** Whatever msgpack carries without extensions; its size and depth are bounded by the codec. */
export const value = Type.Unknown();

export const bytes = Type.Refine(
  Type.Unsafe<Uint8Array>(Type.Unknown()),
  (given) => given instanceof Uint8Array,
);
