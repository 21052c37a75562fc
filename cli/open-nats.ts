/**
 * The connection to NATS, from the flags. A command that asks gives up after 5 s; a node is a service, says
 * once that nobody answers, and waits for ever. What is wrong with login, certificates or files is said at
 * once.
 *
 * The client library is loaded only here, when it is wanted: most commands do without.
 */
import type { NatsTransport, NatsTransportOptions } from '../transport/nats.ts';
import type { StandIn } from '../transport/stand-in.ts';
import { TransportError } from '../transport/transport.ts';
import { aborted } from './aborted.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';
import type { Values } from './settings.ts';
import { shownTime } from './shown.ts';
import type { Call } from './verb.ts';

const ANSWER_WITHIN_MS = 5_000;
const TRY_AGAIN_MS = 500;

type Asking = Pick<Call, 'values' | 'clock' | 'logger'>;

/** For a command that asks a controller. @throws {CommandFailed} `noController` after 5 s, `usage` at once */
export async function openNats(call: Asking, servers: readonly string[]): Promise<NatsTransport> {
  const { clock, values } = call;
  const until = clock.elapsed() + ANSWER_WITHIN_MS;
  const name = `lifeline client ${values.client}`;
  return connecting({ ...natsOptions(call, servers), name }, async (error) => {
    if (clock.elapsed() + TRY_AGAIN_MS > until) {
      throw new CommandFailed(exitCodes.noController, error.message, { cause: error });
    }
    await pause(call);
  });
}

/**
 * For a node: waits until NATS answers, or somebody interrupts.
 *
 * @param node what the server shows the connection as, behind `lifeline`
 * @throws {CommandFailed} `usage` at once, `interrupted`
 */
export async function openNodeNats(
  call: Asking & Pick<Call, 'screen' | 'interruption'>,
  servers: readonly string[],
  node: string,
): Promise<NatsTransport> {
  const { screen, clock } = call;
  const interrupted = call.interruption();
  const interruption = aborted(interrupted);
  const say = (text: string) => screen.line(`${shownTime(clock.now())} ${text}`);
  let isTold = false;
  const options = { ...natsOptions(call, servers), name: `lifeline ${node}` };
  const transport = await connecting(options, async (error) => {
    if (!isTold) say(`${error.message} This ${node} tries again until one does.`);
    isTold = true;
    await Promise.race([pause(call), interruption]);
    if (!interrupted.aborted) return;
    throw new CommandFailed(exitCodes.interrupted, 'Interrupted before a NATS server answered.');
  });
  let wasLost = isTold;
  transport.onStatus((status) => {
    if (status === 'connected' && wasLost) say('NATS answers again.');
    wasLost = status !== 'connected';
  });
  return transport;
}

/** For an agent: a thread that speaks for it while its loop is blocked, on a connection of its own. */
export async function openStandIn(
  call: Asking,
  servers: readonly string[],
  node: string,
): Promise<StandIn> {
  const { natsStandIn } = await import('../transport/nats-stand-in.ts');
  return await natsStandIn({
    ...natsOptions(call, servers),
    name: `lifeline ${node}, standing in`,
  });
}

/** @param missed called each time nobody answers; what it throws is the end of it */
async function connecting(
  options: NatsTransportOptions,
  missed: (error: TransportError) => Promise<void>,
): Promise<NatsTransport> {
  const { natsTransport } = await import('../transport/nats.ts');
  for (;;) {
    try {
      return await natsTransport(options);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (!error.retryable) throw usage(error.message, error);
      await missed(error);
    }
  }
}

/** The login and what it is checked by, as the transport takes them. */
function natsOptions({ values, logger }: Asking, servers: readonly string[]): NatsTransportOptions {
  const { 'nats-creds': credsFile, 'nats-nkey': nkeyFile } = values;
  const tls = tlsOf(values);
  return {
    servers,
    logger,
    ...(credsFile === undefined ? {} : { credsFile }),
    ...(nkeyFile === undefined ? {} : { nkeyFile }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function tlsOf(values: Values): NatsTransportOptions['tls'] {
  const { 'nats-ca': caFile, 'nats-cert': certFile, 'nats-key': keyFile } = values;
  if (caFile === undefined && certFile === undefined && keyFile === undefined) return undefined;
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

const pause = ({ clock }: Pick<Call, 'clock'>) =>
  new Promise<void>((resolve) => clock.after(TRY_AGAIN_MS, resolve));
