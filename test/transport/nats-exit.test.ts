/** A process ends by itself once its NATS transport is closed or has not opened, whatever the server does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestNats } from '../nats.ts';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

function open(servers: string) {
  const loader = ['--import', pathOf('../load-typescript.js')];
  const child = spawn(process.execPath, [...loader, pathOf('./nats-opener.ts'), servers], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  toClose.push(() => child.kill('SIGKILL'));
  const ended = once(child, 'close') as Promise<[code: number | null, signal: string | null]>;
  let said = '';
  let wake = () => {};
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString();
    wake();
  });
  return {
    ended,
    said: () => said,
    async says(text: string) {
      while (!said.includes(text)) await new Promise<void>((resolve) => (wake = resolve));
    },
    close: () => child.stdin.end(),
  };
}

describe('a process with a NATS transport', () => {
  it('ends when it is closed while connected', async () => {
    const nats = await startTestNats();
    toClose.push(() => nats.close());
    const child = open(nats.url);
    await child.says('connected');
    child.close();
    expect(await child.ended).toEqual([0, null]);
    expect(child.said()).toBe('connected\nclosed\n');
  });

  it('ends when it is closed while the server is away', async () => {
    const nats = await startTestNats();
    toClose.push(() => nats.close());
    const child = open(nats.url);
    await child.says('connected');
    await nats.kill();
    await child.says('disconnected');
    child.close();
    expect(await child.ended).toEqual([0, null]);
  });

  it('ends when it is closed while it waits for the greeting of a server', async () => {
    const nats = await startTestNats();
    toClose.push(() => nats.close());
    const child = open(nats.url);
    await child.says('connected');
    await nats.kill();
    const silent = createServer((socket) => void socket.on('error', () => undefined));
    silent.listen(nats.port, '127.0.0.1');
    toClose.push(() => silent.close());
    await once(silent, 'connection');
    child.close();
    expect(await child.ended).toEqual([0, null]);
  });

  it('ends when nobody answers what it says to a server', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    toClose.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    const child = open(`127.0.0.1:${port}`);
    expect(await child.ended).toEqual([0, null]);
    expect(child.said()).toContain('silent for 300 ms');
  });
});
