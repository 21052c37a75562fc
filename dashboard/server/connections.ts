/**
 * The connections of a server, so that its end waits for answers that are under way and for nothing else.
 * Left to itself Node waits for each connection that never asked anything: a browser opens some to spare.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../actors/clock.ts';

/** What is being answered when the server ends has so long. */
const ANSWERS_WITHIN_MS = 2_000;

/**
 * Follows the connections of a server from now on.
 *
 * @returns ends those that ask nothing, and after two seconds the others; resolves when `closed` does
 */
export function followConnections(
  server: Server,
  clock: Clock,
): (closed: Promise<void>) => Promise<void> {
  const all = new Set<Socket>();
  /** Answers under way, by peer: with TLS there are two sockets to each. */
  const answering = new Map<string, number>();
  const follow = (socket: Socket) => {
    all.add(socket);
    socket.once('close', () => all.delete(socket));
  };
  // The second is what requests come by with TLS; the first may never get that far.
  server.on('connection', follow);
  server.on('secureConnection', follow);
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const peer = peerOf(socket);
    const count = (change: number) => answering.set(peer, (answering.get(peer) ?? 0) + change);
    count(1);
    response.once('close', () => {
      if (count(-1).get(peer) === 0) answering.delete(peer);
    });
  });
  return async (closed) => {
    for (const socket of all) if (!answering.has(peerOf(socket))) socket.destroy();
    const cancel = clock.after(ANSWERS_WITHIN_MS, () => {
      for (const socket of all) socket.destroy();
    });
    await closed;
    cancel();
  };
}

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
