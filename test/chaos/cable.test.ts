/** The cable: what passes, what is late, what is lost, and who hears of it. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { openCable, type Cable } from './cable.ts';

/** A server that answers each piece with `you said …`, and remembers. */
let server: Server;
let heard: string;
let accepted: Socket[];
let cable: Cable;
const clients: Socket[] = [];
const SOON = { timeout: 30_000 };

beforeEach(async () => {
  heard = '';
  accepted = [];
  server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      heard += piece.toString();
      socket.write(`you said ${piece.toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cable = await openCable((server.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await cable.close();
  server.close();
});

async function connected(port = cable.port): Promise<Socket> {
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
async function pastTheCable(): Promise<void> {
  const direct = await connected((server.address() as AddressInfo).port);
  for (let n = 0; n < 20; n++) await answerTo(direct, '.');
}

const closed = (socket: Socket) =>
  new Promise<string>((resolve) => {
    let how = 'ended';
    socket.on('error', (error: NodeJS.ErrnoException) => (how = error.code ?? ''));
    socket.on('close', () => resolve(how));
    socket.resume();
  });

function collect(socket: Socket): () => string {
  let got = '';
  socket.on('data', (piece: Buffer) => (got += piece.toString()));
  return () => got;
}

describe('a cable', () => {
  it('passes both ways, and that a side has ended', async () => {
    const client = await connected();
    expect(await answerTo(client, 'one')).toBe('you said one');
    const ended = closed(client);
    accepted[0]!.end('bye');
    const got = collect(client);
    expect(await ended).toBe('ended');
    expect(got()).toBe('bye');
  });

  it('holds one direction, and what it held comes late', async () => {
    const client = await connected();
    await answerTo(client, 'one');
    cable.set({ from: 'hold' });
    const got = collect(client);
    client.write('two');
    await vi.waitFor(() => expect(heard).toBe('onetwo'), SOON);
    await pastTheCable();
    expect(got()).toBe('');
    cable.set({ from: 'pass' });
    await vi.waitFor(() => expect(got()).toBe('you said two'), SOON);
  });

  it('lets nobody in while nothing reaches the server, and lets him in afterwards', async () => {
    cable.set({ to: 'hold' });
    const client = await connected();
    const answer = answerTo(client, 'one');
    await pastTheCable();
    expect(accepted).toHaveLength(1);
    cable.heal();
    expect(await answer).toBe('you said one');
  });

  it('loses what is dropped, tells nobody, and resets the connection that lost it', async () => {
    const torn = await connected();
    const whole = await connected();
    await answerTo(torn, 'one');
    await answerTo(whole, 'two');
    cable.set({ to: 'drop' });
    const ends = [closed(torn), closed(accepted[0]!)];
    torn.write('lost');
    await pastTheCable();
    expect(torn.destroyed).toBe(false);
    cable.heal();
    expect(await Promise.all(ends)).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(await answerTo(whole, 'three')).toBe('you said three');
    expect(heard).not.toContain('lost');
  });

  it('delays without changing the order', async () => {
    const client = await connected();
    cable.set({ to: { delayMs: 150 } });
    const sentAt = systemClock.elapsed();
    const answered = once(client, 'data');
    for (let n = 0; n < 10; n++) client.write(`${n}`);
    await answered;
    expect(systemClock.elapsed() - sentAt).toBeGreaterThanOrEqual(149);
    cable.heal();
    client.write('end');
    await vi.waitFor(() => expect(heard).toBe('0123456789end'), SOON);
  });

  it('throttles to so many bytes a second', async () => {
    const client = await connected();
    cable.set({ to: { bytesPerSecond: 16 * 1024 } });
    const sentAt = systemClock.elapsed();
    client.write('x'.repeat(8 * 1024));
    await vi.waitFor(() => expect(heard).toHaveLength(8 * 1024), SOON);
    // The first piece does not wait.
    expect(systemClock.elapsed() - sentAt).toBeGreaterThanOrEqual(400);
  });

  it('cuts: closes what is open and refuses what comes', async () => {
    const client = await connected();
    await answerTo(client, 'one');
    const ends = [closed(client), closed(accepted[0]!)];
    cable.cut();
    expect(await Promise.all(ends)).toEqual(['ECONNRESET', 'ECONNRESET']);
    const refused = connect(cable.port, '127.0.0.1');
    expect(await closed(refused)).toBe('ECONNRESET');
    cable.heal();
    expect(await answerTo(await connected(), 'two')).toBe('you said two');
  });

  it.each(['client', 'server'] as const)('leaves the %s half open', async (believes) => {
    const client = await connected();
    await answerTo(client, 'one');
    const [stays, goes] = believes === 'client' ? [client, accepted[0]!] : [accepted[0]!, client];
    const gone = closed(goes);
    const got = collect(stays);
    let givenUp = false;
    const halfOpen = cable.halfOpen(believes).then(() => (givenUp = true));
    expect(await gone).toBe('ECONNRESET');
    stays.write('into the void');
    expect(await answerTo(await connected(), 'two')).toBe('you said two');
    expect([stays.destroyed, got()]).toEqual([false, '']);
    cable.heal();
    expect([stays.destroyed, givenUp]).toEqual([false, false]);
    expect(heard).not.toContain('void');
    stays.destroy();
    await halfOpen;
  });
});
