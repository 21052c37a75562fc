/** Requests as any program may write them: every header by hand, and no HTTP at all. */
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** PEM of a certificate to trust: https. */
  readonly ca?: string;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends a request to a port of this machine, with the headers given and no others. */
export function send(port: number, sent: Sent): Promise<Received> {
  const { method = 'GET', path = '/', body, ca } = sent;
  const headers = {
    ...sent.headers,
    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      setHost: false,
      agent: false,
    };
    const receive = (response: IncomingMessage) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(pieces).toString(),
        }),
      );
    };
    const asked =
      ca === undefined
        ? request(options, receive)
        : secureRequest({ ...options, ca, servername: 'localhost' }, receive);
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Writes bytes to a port and resolves with all that comes until the other side has had enough. */
export function write(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (heard += text));
    socket.on('error', reject);
    socket.on('close', () => resolve(heard));
  });
}
