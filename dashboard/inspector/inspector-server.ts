/**
 * Where inspectors connect: the page that shows Stately's, and a WebSocket that speaks its protocol.
 *
 *   GET /          the page (inspector-page.ts)          only 127.0.0.1; Host and Origin are checked
 *   WebSocket      every actor as it is now, then what happens, one JSON message a frame
 *                  what a client sends itself goes to the others: `createActor(machine, { inspect })`
 *
 * The server of `@statelyai/inspect/server` listens at every address of the machine and asks nobody where he
 * comes from, so that any page in a browser could read along. So this is a server of our own, for the receivers
 * of that package.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { InvalidSetting } from '../../machines/timing.ts';
import { createGuard } from '../server/guard.ts';
import { isLoopback } from '../server/loopback.ts';
import { PAGE_ROUTE } from '../server/page-files.ts';
import { contentSecurityPolicy, PAGES } from './inspector-page.ts';
import type { Message } from './message.ts';
import { Relay } from './relay.ts';

const HOST = '127.0.0.1';
/** One who has so much not yet taken is cut off: who connects again is told how everything is now. */
const UNTAKEN_BYTES = 1_000_000;
const RECEIVED_MAX_BYTES = 262_144;
const CLIENTS_MAX = 20;

export interface InspectorServerOptions {
  /** 0: a free one. */
  readonly port: number;
  /** Every actor as it is now. */
  readonly present: () => readonly Message[];
  /** Called when somebody begins to look on, and when nobody does any more. */
  readonly looking: (isLookedAt: boolean) => void;
}

export interface InspectorServer {
  /** `http://127.0.0.1:4281`. */
  readonly url: string;
  /** Tells everybody who looks on. */
  tell(message: Message): void;
  close(): Promise<void>;
}

/** Begins to listen. @throws {InvalidSetting} one sentence: the port is taken */
export async function openInspectorServer(
  options: InspectorServerOptions,
): Promise<InspectorServer> {
  const http = createServer();
  await listen(http, options.port);
  const { port } = http.address() as AddressInfo;
  const guard = createGuard({
    ...{ scheme: 'http', port: () => port, isOurs: isLoopback },
    // Nothing is changed here, so nobody needs a token.
    ...{ token: '', isReachable: false },
  });
  /** @param isPage it holds no data, so that a link may lead to it from anywhere */
  const isLetIn = (request: IncomingMessage, isPage: boolean) => {
    const { method = '', url = '', headers } = request;
    try {
      guard({ method, url, headers, routeOptions: isPage ? { url: PAGE_ROUTE } : {} });
      return method === 'GET';
    } catch {
      return false;
    }
  };
  const sockets = new WebSocketServer({ noServer: true, maxPayload: RECEIVED_MAX_BYTES });
  const viewers = new Viewers(options);
  http.on('request', (request, response) =>
    answer(request, response, isLetIn(request, true), port),
  );
  http.on('upgrade', (request, socket, head) => {
    if (!isLetIn(request, false) || sockets.clients.size >= CLIENTS_MAX) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => viewers.add(client));
  });
  return {
    url: `http://${HOST}:${port}`,
    tell: (message) => viewers.tell(JSON.stringify(message)),
    async close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise((closed) => http.close(closed));
    },
  };
}

function listen(http: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const sentence = `Port ${port} at ${HOST}, for Stately's inspector, is taken; choose another with --port.`;
      reject(isTaken ? new InvalidSetting(sentence, { cause: error }) : error);
    });
    http.listen(port, HOST, resolve);
  });
}

function answer(
  { url }: IncomingMessage,
  response: ServerResponse,
  isLetIn: boolean,
  port: number,
): void {
  const page = isLetIn && url !== undefined ? PAGES[url] : undefined;
  response.writeHead(page ? 200 : isLetIn ? 404 : 403, {
    'cache-control': 'no-store',
    'content-security-policy': contentSecurityPolicy(port),
    'content-type': page?.type ?? 'text/plain; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  response.end(page?.text ?? (isLetIn ? 'There is nothing here.' : 'Ask this server at its own address.')); // prettier-ignore
}

/** Those who look on; a client that tells of actors of its own does not count as one. */
class Viewers {
  readonly #clients = new Set<WebSocket>();
  readonly #relay = new Relay();
  readonly #options: InspectorServerOptions;

  constructor(options: InspectorServerOptions) {
    this.#options = options;
  }

  add(client: WebSocket): void {
    client.on('error', () => client.terminate());
    client.on('message', (data, isBinary) => {
      if (!isBinary) this.#relayed(client, data);
    });
    client.on('close', () => this.#remove(client));
    this.#clients.add(client);
    if (this.#clients.size === 1) this.#options.looking(true);
    for (const message of this.#options.present()) client.send(JSON.stringify(message));
    for (const text of this.#relay.kept) client.send(text);
  }

  tell(text: string): void {
    for (const client of this.#clients) {
      if (client.bufferedAmount > UNTAKEN_BYTES) client.terminate();
      else client.send(text);
    }
  }

  #relayed(client: WebSocket, data: RawData): void {
    const text = this.#relay.take((data as Buffer).toString());
    if (text === undefined) return;
    this.#remove(client);
    this.tell(text);
  }

  #remove(client: WebSocket): void {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return;
    this.#options.looking(false);
  }
}
