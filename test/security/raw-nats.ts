/**
 * The NATS protocol by hand, over a socket: so that it is the server that refuses, and not a client
 * library that is better behaved than an attacker.
 *
 *   socket ─▶ INFO (nonce) ─▶ CONNECT (key, signed nonce) ─▶ whatever a test writes ─▶ PING … PONG
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { nkeys } from '@nats-io/transport-node';

export interface Message {
  readonly subject: string;
  readonly text: string;
}

export class RawNats {
  readonly #socket: Socket;
  /** All that the server has said, messages included. */
  #said = '';
  /** What is told when more was said, or the connection has ended. */
  #more: () => void = () => {};
  #pings = 0;
  #subscriptions = 0;
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      this.#said += piece;
      // A server that asks whether somebody is there is answered, or it closes the connection.
      if (/(^|\n)PING\r\n$/.test(piece)) socket.write('PONG\r\n');
      this.#more();
    });
    // Writing to what the server has closed is part of an attack.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#more();
    });
  }

  /** Connects and says nothing: the server has sent its INFO. */
  static async open(port: number): Promise<RawNats> {
    const socket = connect(port, '127.0.0.1');
    const raw = new RawNats(socket);
    await once(socket, 'connect');
    await raw.#until(() => raw.#said.includes('\r\n'));
    return raw;
  }

  /** Connects with a key; what the server makes of it shows at the first `flush`. */
  static async login(port: number, seed: string, nonce?: string): Promise<RawNats> {
    const raw = await RawNats.open(port);
    const pair = nkeys.fromSeed(Buffer.from(seed));
    const sig = Buffer.from(pair.sign(Buffer.from(nonce ?? raw.nonce))).toString('base64url');
    raw.say({ nkey: pair.getPublicKey(), sig });
    return raw;
  }

  get nonce(): string {
    return /"nonce":"([^"]+)"/.exec(this.#said)?.[1] ?? '';
  }

  /** Says who one is; `credentials` as the protocol calls them. */
  say(credentials: object): void {
    const options = { verbose: false, pedantic: false, protocol: 1, lang: 'raw', version: '0' };
    this.write(`CONNECT ${JSON.stringify({ ...options, headers: true, ...credentials })}\r\n`);
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  publish(subject: string, text: string, reply = ''): void {
    this.write(publication(subject, text, reply));
  }

  subscribe(pattern: string): void {
    this.write(subscription(pattern, '', ++this.#subscriptions));
  }

  /** Resolves when the server has taken in all that was written, or has closed the connection. */
  async flush(): Promise<void> {
    const wanted = ++this.#pings;
    this.write('PING\r\n');
    await this.#until(() => (this.#said.match(/PONG\r\n/g)?.length ?? 0) >= wanted);
  }

  /** What the server complained of. */
  get errors(): readonly string[] {
    return [...this.#said.matchAll(/-ERR '([^\r\n]*)'\r\n/g)].map(([, error]) => error!);
  }

  /** What has been received, in order. */
  get messages(): readonly Message[] {
    const found: Message[] = [];
    const head = /(?<=^|\r\n)MSG (\S+) \S+ (?:\S+ )?(\d+)\r\n/g;
    for (let match = head.exec(this.#said); match; match = head.exec(this.#said)) {
      const [, subject = '', size] = match;
      found.push({
        subject,
        text: this.#said.slice(head.lastIndex, head.lastIndex + Number(size)),
      });
      head.lastIndex += Number(size);
    }
    return found;
  }

  /** Resolves when `condition` holds, which is asked again with each piece that comes. */
  async until(condition: () => boolean): Promise<void> {
    await this.#until(condition);
  }

  /** Forgets what has been received so far, which must be whole messages. */
  forget(): void {
    this.#said = '';
    this.#pings = 0;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!this.isClosed && !condition()) {
      await new Promise<void>((resolve) => (this.#more = resolve));
    }
  }
}

export const publication = (subject: string, text: string, reply = ''): string =>
  `PUB ${subject} ${reply === '' ? '' : `${reply} `}${Buffer.byteLength(text)}\r\n${text}\r\n`;

export const subscription = (pattern: string, queue = '', number = 1): string =>
  `SUB ${pattern} ${queue === '' ? '' : `${queue} `}${number}\r\n`;

/** A message with headers. */
export function publicationWith(
  headers: Readonly<Record<string, string>>,
  subject: string,
  text: string,
) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `NATS/1.0\r\n${lines.join('')}\r\n`;
  return `HPUB ${subject} ${head.length} ${head.length + text.length}\r\n${head}${text}\r\n`;
}
