/** The way to a controller over a transport that it shares with its agents: NATS. */
import type { Clock } from '../actors/clock.ts';
import {
  createControlClient,
  LONGEST_REQUEST_MS,
  type ControlReply,
} from '../transport/control.ts';
import { TransportError, type Transport } from '../transport/transport.ts';
import { noAnswer, type Ask } from './api-client.ts';
import { newId } from './new-id.ts';

export interface NatsWay {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly namespace: string;
  /** The name that the broker's permissions know this client by. */
  readonly client: string;
  /** Who asks: printable ASCII. */
  readonly by: string;
  /** Names it in sentences. */
  readonly where: string;
}

/** @returns how to ask, and what ends it; the transport stays open */
export function askByNats(way: NatsWay): { readonly ask: Ask; readonly close: () => void } {
  const { by, where } = way;
  const client = createControlClient({ ...way, newId });
  const ask: Ask = async (method, path, text, withinMs = LONGEST_REQUEST_MS) => {
    const body = text === undefined ? {} : { body: Buffer.from(text) };
    let reply: ControlReply;
    try {
      reply = await client.request({ method, path, by, ...body }, { timeoutMs: withinMs });
    } catch (error) {
      if (error instanceof TransportError && error.retryable) throw noAnswer(where, error);
      throw error;
    }
    return { status: reply.status, body: Buffer.from(reply.body).toString() };
  };
  return { ask, close: () => client.close() };
}
