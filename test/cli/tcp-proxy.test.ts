/** The proxy as a cable: what passes, what is lost, and who hears of it. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../cli/tcp-proxy.ts';

/** A server that answers each piece with `you said …`, and remembers. */
let server: Server;
let heard: string[];
let accepted: Socket[];
let proxy: TcpProxy;
const clients: Socket[] = [];

const BYTES_IN_NO_BUFFER = 32 * 1024 * 1024;
const SOON = { timeout: 30_000 };

beforeEach(async () => {
  heard = [];
  accepted = [];
  server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      heard.push(piece.toString());
      socket.write(`you said ${piece.toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startTcpProxy((server.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  server.close();
});

async function connected(port = proxy.port): Promise<Socket> {
  const client = connect(port, '127.0.0.1');
  clients.push(client);
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}

async function answerTo(client: Socket, text: string): Promise<string> {
  const answered = once(client, 'data') as Promise<[Buffer]>;
  client.write(text);
  return (await answered)[0].toString();
}

/** Time for whatever is under way in this process to arrive. */
async function pastTheProxy(): Promise<void> {
  const direct = await connected((server.address() as AddressInfo).port);
  for (let n = 0; n < 20; n++) await answerTo(direct, `${n}`);
}

const closed = (socket: Socket) =>
  new Promise<string>((resolve) => {
    let how = 'ended';
    socket.on('error', (error: NodeJS.ErrnoException) => (how = error.code ?? ''));
    socket.on('close', () => resolve(how));
    socket.resume();
  });

describe('the TCP proxy', () => {
  it('passes both ways', async () => {
    const client = await connected();
    expect(await answerTo(client, 'one')).toBe('you said one');
  });

  it('passes nothing while frozen and loses it when reset, for old and new connections', async () => {
    const old = await connected();
    await answerTo(old, 'one');
    proxy.freeze();
    old.write('lost');
    accepted[0]!.write('lost as well');
    const anew = await connected();
    anew.write('lost too');
    const ends = [closed(old), closed(anew), closed(accepted[0]!)];
    const got: string[] = [];
    old.on('data', (piece: Buffer) => got.push(piece.toString()));
    proxy.reset();
    expect(await Promise.all(ends)).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET']);
    proxy.release();
    expect(await answerTo(await connected(), 'two')).toBe('you said two');
    expect(heard).toEqual(['one', 'two']);
    expect(got).toEqual([]);
  });

  it('passes what it kept back when released without a reset', async () => {
    const old = await connected();
    await answerTo(old, 'one');
    proxy.freeze();
    const anew = await connected();
    const answers = [answerTo(old, 'two'), answerTo(anew, 'three')];
    await pastTheProxy();
    // The first one, and the one past the proxy.
    expect(accepted).toHaveLength(2);
    proxy.release();
    expect(await Promise.all(answers)).toEqual(['you said two', 'you said three']);
  });

  it('tells nobody while frozen that the other side is gone, and afterwards does', async () => {
    const gone = await connected();
    const other = await connected();
    await answerTo(gone, 'one');
    await answerTo(other, 'one');
    const left = closed(accepted[0]!);
    // What the proxy cannot get rid of is how it learns, frozen, that its client is gone.
    gone.pause();
    accepted[0]!.write(Buffer.alloc(BYTES_IN_NO_BUFFER));
    await vi.waitFor(
      () => expect(accepted[0]!.writableLength).toBeLessThan(BYTES_IN_NO_BUFFER),
      SOON,
    );
    proxy.freeze();
    gone.resetAndDestroy();
    await pastTheProxy();
    expect(accepted[0]!.destroyed).toBe(false);
    proxy.release();
    expect(await left).not.toBe('');
    expect(await answerTo(other, 'two')).toBe('you said two');
  });

  it('passes on that a side has ended', async () => {
    const client = await connected();
    await answerTo(client, 'one');
    const ended = closed(client);
    accepted[0]!.destroy();
    await ended;
    const next = await connected();
    await answerTo(next, 'two');
    next.destroy();
    await vi.waitFor(() => expect(accepted[1]!.destroyed).toBe(true), SOON);
  });

  it('refuses new connections once closed, and is opened again where it was', async () => {
    const client = await connected();
    await answerTo(client, 'one');
    const { port } = proxy;
    const ended = closed(client);
    await proxy.close();
    await ended;
    await expect(connected(port)).rejects.toThrow('ECONNREFUSED');
    proxy = await startTcpProxy((server.address() as AddressInfo).port, port);
    expect(await answerTo(await connected(port), 'two')).toBe('you said two');
  });
});
