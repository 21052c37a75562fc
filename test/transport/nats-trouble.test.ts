/**
 * What goes wrong with a real NATS server: it is not there, is something else, denies, refuses a login
 * later, goes and comes. The transport says so and goes on.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { natsTransport, type NatsTransport } from '../../transport/nats.ts';
import { TransportError, type TransportStatus } from '../../transport/transport.ts';
import { startTestNats, type TestNats } from '../nats.ts';
import { startTcpProxy } from '../../cli/tcp-proxy.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (message: Uint8Array) => new TextDecoder().decode(message);

const toClose: { close(): unknown }[] = [];
const later = <T extends { close(): unknown }>(thing: T): T => {
  toClose.push(thing);
  return thing;
};
afterEach(async () => {
  for (const thing of toClose.splice(0).reverse()) await thing.close();
});

const serve = async (configText?: string): Promise<TestNats> =>
  later(await startTestNats(configText));

/** A logger that remembers, and wakes whoever waits for a line. */
function memo() {
  const lines: string[] = [];
  let wake = () => {};
  const write = (_: object, message: string) => {
    lines.push(message);
    wake();
  };
  return {
    lines,
    logger: { info: write, warn: write, error: write },
    until: async (part: string) => {
      while (!lines.some((line) => line.includes(part))) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

const has = (transport: NatsTransport, wanted: TransportStatus) =>
  new Promise<void>((resolve) => {
    transport.onStatus((status) => {
      if (status === wanted) resolve();
    });
  });

async function refusal(servers: string | readonly string[]): Promise<TransportError> {
  const error: unknown = await natsTransport({ servers, firstConnectMs: 300 }).then(
    (transport) => transport.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransportError);
  return error as TransportError;
}

/** A TCP server that does this with whoever connects; its port. */
async function other(greet: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { server, port: (server.address() as AddressInfo).port };
}

describe('when it opens', () => {
  it('says who does not answer and why', async () => {
    const { port } = await other(() => {});
    const [silent, nobody] = [`nats://127.0.0.1:${port}`, 'nats://127.0.0.1:1'];
    const error = await refusal([nobody, silent]);
    expect(error.message).toBe(
      `No NATS server answers (${nobody}: connection refused; ${silent}: silent for 300 ms): start one there, or name another.`,
    );
    expect(error.retryable).toBe(true);
  });

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'is no NATS server'],
    ['INFO nonsense\r\n', 'is no NATS server'],
    [undefined, 'closes the connection at once'],
  ])('is not taken in by one that says %j', async (words, why) => {
    const { port } = await other((socket) => socket.end(words ?? ''));
    const { message } = await refusal(`127.0.0.1:${port}`);
    expect(message).toBe(
      `No NATS server answers (nats://127.0.0.1:${port}: ${why}): start one there, or name another.`,
    );
  });

  it('takes the greeting in pieces', async () => {
    const nats = await serve();
    const proxied = await other((socket) => {
      for (const piece of ['IN', 'FO {"version":"2.9.10","max_payload":1048576', '}\r', '\n'])
        socket.write(piece);
    });
    const servers = [`127.0.0.1:${proxied.port}`, nats.url];
    // It answers, and is left for the other when it does not go on.
    const transport = later(await natsTransport({ servers, firstConnectMs: 300 }));
    await transport.flush();
  });

  it('says which setting to raise when the server takes small messages only', async () => {
    const nats = await serve('max_payload: 899999');
    const error = await refusal(nats.url);
    expect(error.message).toBe(
      `The NATS server at 127.0.0.1:${nats.port} takes messages of at most 899999 bytes, and Lifeline sends up to 900000: raise max_payload in its configuration.`,
    );
    expect(error.retryable).toBe(false);
    await nats.restart('max_payload: 900000');
    later(await natsTransport({ servers: nats.url }));
  });
});

describe('afterwards', () => {
  it('goes on trying, however often it fails', async () => {
    const nats = await serve();
    const transport = later(await natsTransport({ servers: nats.url }));
    await nats.kill();
    // In its place, one that hangs up: more often than the ten times after which the library gives up.
    let count = 0;
    let enough = () => {};
    const tried = new Promise<void>((resolve) => (enough = resolve));
    const imposter = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.destroy();
      if (++count === 12) enough();
    });
    imposter.listen(nats.port, '127.0.0.1');
    await tried;
    imposter.close();
    await once(imposter, 'close');
    await nats.restart();
    await has(transport, 'connected');
  });

  it('goes to another server, also one that was away at first', async () => {
    const one = await serve();
    const two = await serve();
    await one.kill();
    const transport = later(await natsTransport({ servers: [one.url, two.url] }));
    await one.restart();
    await two.kill();
    await has(transport, 'disconnected');
    await has(transport, 'connected');
    const heard = new Promise<string>((resolve) => {
      transport.subscribe('lab.a', (message) => resolve(textOf(message)));
    });
    transport.publish('lab.a', bytes('x'));
    expect(await heard).toBe('x');
  });

  it('goes on trying when the login is refused, says so once, and comes back', async () => {
    const nats = await serve('authorization { user: ann, password: secret }');
    const { lines, logger, until } = memo();
    const servers = `nats://ann:secret@127.0.0.1:${nats.port}`;
    const transport = later(await natsTransport({ servers, logger }));
    const proof =
      'The NATS server refuses this login (Authorization Violation); it is tried again.';
    await nats.restart('authorization { user: ann, password: other }');
    await until(proof);
    const refusals = () => nats.output().split('authentication error').length - 1;
    await vi.waitUntil(() => refusals() >= 3, { timeout: 30_000 });
    await nats.restart('authorization { user: ann, password: secret }');
    await until('The connection to NATS is back.');
    await has(transport, 'connected');
    expect(lines.filter((line) => line === proof)).toHaveLength(1);
  });

  it('survives what is not permitted, says it once, and subscribes when it is', async () => {
    const permitted = (more: string) =>
      `authorization { users: [ { user: ann, password: secret, permissions: {
         publish: { allow: ["lab.ours", "lab.end"] }, subscribe: { allow: ["lab.end"${more}] } } } ] }`;
    const nats = await serve(permitted(''));
    const { lines, logger, until } = memo();
    const servers = `nats://ann:secret@127.0.0.1:${nats.port}`;
    const transport = later(await natsTransport({ servers, logger }));
    const heard: string[] = [];
    transport.subscribe('lab.ours', (message) => void heard.push(textOf(message)));
    for (let n = 0; n < 3; n++) transport.publish('lab.theirs', bytes('x'));
    await until('publish to');
    await until('subscribe to');
    transport.publish('lab.ours', bytes('not heard'));
    await transport.flush();
    expect(lines.sort()).toEqual([
      'The NATS server does not let this user publish to lab.theirs: permit it in its configuration.',
      'The NATS server does not let this user subscribe to lab.ours: permit it in its configuration.',
    ]);
    await nats.restart(permitted(', "lab.ours"'));
    await until('is back');
    const end = new Promise<void>((resolve) => {
      transport.subscribe('lab.end', () => resolve());
    });
    transport.publish('lab.ours', bytes('heard'));
    transport.publish('lab.end', bytes(''));
    await end;
    expect(heard).toEqual(['heard']);
  });

  it('says it when the server that came back takes small messages only, and drops larger ones', async () => {
    const nats = await serve();
    const { lines, logger, until } = memo();
    const transport = later(await natsTransport({ servers: nats.url, logger }));
    await nats.restart('max_payload: 1000');
    await until('raise max_payload');
    const heard: number[] = [];
    const both = new Promise<void>((resolve) => {
      transport.subscribe('lab.a', ({ length }) => void (heard.push(length) === 2 && resolve()));
    });
    for (const length of [1000, 1001, 1]) transport.publish('lab.a', new Uint8Array(length));
    await both;
    expect(heard).toEqual([1000, 1]);
    expect(lines.filter((line) => line.includes('max_payload'))).toHaveLength(2);
  });

  it('can be closed in the midst of connecting', async () => {
    const nats = await serve();
    const proxy = later(await startTcpProxy(nats.port));
    const transport = later(await natsTransport({ servers: `127.0.0.1:${proxy.port}` }));
    const connecting = proxy.hold();
    proxy.reset();
    await connecting;
    await transport.close();
    expect(() => transport.publish('lab.a', bytes('x'))).toThrow(TransportError);
  });
});
