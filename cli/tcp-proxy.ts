/**
 * A TCP connection that can be frozen, reset, or held up in one direction, between clients and a server of
 * this machine. Frozen it is a cable that was pulled: sockets stay open, not a byte passes, nobody is told,
 * and who connects anew waits.
 *
 *   client ──▶ proxy ──▶ server      `hold` stops this direction only: the server's greeting gets through,
 *          ◀──       ◀──             what the client answers does not; `freeze` stops both
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** From now on nothing gets through, and nobody is told. */
  freeze(): void;
  /** From now on what clients say is kept back. Resolves with the first that says something. */
  hold(): Promise<void>;
  /** Resets all connections; what was under way in them is lost. */
  reset(): void;
  /** Lets everything through, also what was kept back. */
  release(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

const HOST = '127.0.0.1';

/**
 * @param to a port of this machine
 * @param port where it listens; 0: a free one
 */
export async function startTcpProxy(to: number, port = 0): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  /** Who has connected while nothing got through. */
  const waiting = new Set<Socket>();
  let isHeld = false;
  let isFrozen = false;
  let heldBack = () => {};

  const end = (pair: Pair) => {
    // A pulled cable does not tell one side that the other one is gone.
    if (isFrozen || !pairs.delete(pair)) return;
    for (const socket of both(pair)) socket.destroy();
  };
  const join = (client: Socket) => {
    const pair = connected(client, to, () => {
      if (!isHeld) return;
      pair.server.cork();
      heldBack();
    });
    pairs.add(pair);
    for (const socket of both(pair)) {
      socket.on('error', () => end(pair)).on('close', () => end(pair));
    }
    if (isHeld) pair.server.cork();
  };
  const proxy = createServer((client) => {
    if (!isFrozen) return join(client);
    waiting.add(client);
    client.on('error', () => waiting.delete(client)).on('close', () => waiting.delete(client));
  });
  proxy.listen(port, HOST);
  await once(proxy, 'listening');

  const reset = () => {
    for (const socket of [...[...pairs].flatMap(both), ...waiting]) socket.resetAndDestroy();
    pairs.clear();
    waiting.clear();
  };
  return {
    port: (proxy.address() as AddressInfo).port,
    freeze() {
      isFrozen = true;
      for (const socket of [...pairs].flatMap(both)) socket.pause();
    },
    hold() {
      isHeld = true;
      for (const { server } of pairs) server.cork();
      return new Promise((resolve) => (heldBack = resolve));
    },
    reset,
    release() {
      isHeld = isFrozen = false;
      for (const pair of pairs) {
        if (both(pair).some(({ destroyed }) => destroyed)) end(pair);
        while (pair.server.writableCorked > 0) pair.server.uncork();
        for (const socket of both(pair)) socket.resume();
      }
      for (const client of waiting) join(client);
      waiting.clear();
    },
    async close() {
      reset();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

const both = ({ client, server }: Pair): readonly Socket[] => [client, server];

/** Passes what comes from either side to the other one. @param said hears of each piece from the client */
function connected(client: Socket, to: number, said: () => void): Pair {
  const server = connect({ host: HOST, port: to });
  client.on('data', (piece: Buffer) => {
    server.write(piece);
    said();
  });
  server.on('data', (piece: Buffer) => client.write(piece));
  return { client, server };
}
