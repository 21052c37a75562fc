/**
 * What controllers say to each other on `<ns>.claim`: who has the namespace.
 *
 *   byte 0            byte 1 …
 *   PROTOCOL_VERSION  msgpack of the claim
 */
import { Type, type Static } from 'typebox';
import { frameCodec } from './codec.ts';
import { PROTOCOL_VERSION } from './frame.ts';
import { id, instant } from './shapes.ts';

export const Claim = Type.Object(
  {
    v: Type.Literal(PROTOCOL_VERSION),
    /** One opening of one controller. */
    instance: id,
    /** Since when it has the namespace, in ms since 1970; null: it is about to take it. */
    since: Type.Union([instant, Type.Null()]),
  },
  { additionalProperties: false },
);

export type Claim = Static<typeof Claim>;

export const claims = frameCodec<Claim>(Claim);
