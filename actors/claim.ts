/**
 * One controller per namespace: before one opens it asks who is there, and while it lives it says so.
 *
 *   asking ── nobody has answered in time ──▶ held ──── close ──▶ released
 *     │ another holds it                       │ another has held it for longer
 *     └─▶ NamespaceInUse                       └─▶ lost
 *
 * This keeps people from starting two by mistake; it is no lock. Of two that never heard each other (two
 * brokers that are joined later) the one that came later gives way. What is done once rests on terms and
 * leases, and a boot of an agent follows one controller only.
 */
import { claims } from '../transport/claim.ts';
import { PROTOCOL_VERSION } from '../transport/frame.ts';
import { claim as claimOf } from '../transport/subjects.ts';
import { TransportError, type Transport } from '../transport/transport.ts';
import type { Clock } from './clock.ts';

/** How long a controller that opens listens for another one. */
const LISTEN_MS = 600;
/** It asks so often meanwhile, since a question may be lost. */
const ASKS = 3;
/** How often one that lives says so. */
const SAY_EVERY_MS = 5_000;

/** The namespace has a controller already. */
export class NamespaceInUse extends Error {
  override readonly name = 'NamespaceInUse';
  readonly retryable = true;

  constructor(namespace: string) {
    super(
      `The namespace "${namespace}" has a controller already: stop that one first, or choose another with --namespace.`,
    );
  }
}

export interface NamespaceClaim {
  /** Resolves when another controller turns out to have held the namespace for longer. */
  readonly lost: Promise<NamespaceInUse>;
  release(): void;
}

/**
 * Takes a namespace.
 *
 * @param instance names this opening; of two that open at once the smaller one goes on
 * @throws {NamespaceInUse}
 */
export async function claimNamespace(
  { transport, clock }: { readonly transport: Transport; readonly clock: Clock },
  namespace: string,
  instance: string,
): Promise<NamespaceClaim> {
  const subject = claimOf(namespace);
  let since: number | null = null;
  let giveWay: (why: NamespaceInUse) => void = () => {};
  const yielded = new Promise<NamespaceInUse>((resolve) => (giveWay = resolve));
  const say = () => {
    try {
      transport.publish(subject, claims.encode({ v: PROTOCOL_VERSION, instance, since }));
    } catch (error) {
      // Whoever closed the transport under the controller has taken its voice.
      if (!(error instanceof TransportError)) throw error;
    }
  };
  const unsubscribe = transport.subscribe(subject, (bytes) => {
    const decoded = claims.decode(bytes);
    if (!decoded.ok || decoded.frame.instance === instance) return;
    const other = decoded.frame;
    const isOthers =
      other.since !== null && since !== null
        ? other.since < since || (other.since === since && other.instance < instance)
        : other.since !== null || (since === null && other.instance < instance);
    if (isOthers) giveWay(new NamespaceInUse(namespace));
    else if (since !== null) say();
  });
  for (let ask = 0; ask < ASKS; ask++) {
    say();
    const refused = await Promise.race([yielded, pause(clock, LISTEN_MS / ASKS)]);
    if (refused) {
      unsubscribe();
      throw refused;
    }
  }
  since = clock.now();
  let stop = () => {};
  const repeat = () => {
    say();
    stop = clock.after(SAY_EVERY_MS, repeat);
  };
  repeat();
  const release = () => {
    stop();
    unsubscribe();
  };
  return { lost: yielded, release };
}

const pause = (clock: Clock, ms: number) =>
  new Promise<undefined>((resolve) => void clock.after(ms, () => resolve(undefined)));
