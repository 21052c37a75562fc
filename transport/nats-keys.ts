/**
 * Keys for a NATS server: one seed a user, which stays with that user, and a public key, which the server
 * is told. Beside `nats.ts` the only file that imports the client library, which brings `nkeys` with it.
 *
 *   seed   SUAM…   58 characters, secret: whoever has it is that user
 *   key    UDX6…   56 characters, public
 */
import { nkeys } from '@nats-io/transport-node';

export interface NatsKey {
  readonly seed: string;
  readonly publicKey: string;
}

/** Makes a key of a user; nobody else has it. */
export function createNkey(): NatsKey {
  return keyOf(nkeys.createUser());
}

/**
 * The key that a seed belongs to.
 *
 * @param seed as `createNkey` gave it; white space around it does not matter
 * @returns undefined when it is no seed of a user
 */
export function nkeyFromSeed(seed: string): NatsKey | undefined {
  try {
    const key = keyOf(nkeys.fromSeed(new TextEncoder().encode(seed.trim())));
    return key.publicKey.startsWith('U') ? key : undefined;
  } catch {
    return undefined;
  }
}

function keyOf(pair: ReturnType<typeof nkeys.createUser>): NatsKey {
  return { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() };
}
