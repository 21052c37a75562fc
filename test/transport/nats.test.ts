/**
 * The NATS transport keeps the contract over a real server, which is really killed and started again.
 * Logins and trouble are in files of their own.
 */
import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTcpProxy } from '../../cli/tcp-proxy.ts';
import { natsTransport, type NatsTransport } from '../../transport/nats.ts';
import { TransportError, type TransportStatus } from '../../transport/transport.ts';
import { startTestNats, type TestNats } from '../nats.ts';
import { transportContract, type Ends } from './contract.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (message: Uint8Array) => new TextDecoder().decode(message);

let nats: TestNats;
beforeAll(async () => {
  nats = await startTestNats();
});
afterAll(() => nats.close());

/** Resolves when the transport has, or gets, this status. */
const has = (transport: NatsTransport, wanted: TransportStatus) =>
  new Promise<void>((resolve) => {
    let stop = () => {};
    stop = transport.onStatus((status) => {
      if (status !== wanted) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });

/** Resolves with the first message of a subject. */
const heardBy = (transport: NatsTransport, subject: string) =>
  new Promise<string>((resolve) => {
    transport.subscribe(subject, (message) => resolve(textOf(message)));
  });

transportContract('nats', async (): Promise<Ends> => {
  const sender = await natsTransport({ servers: nats.url });
  const receiver = await natsTransport({ servers: nats.url });
  return {
    sender,
    receiver,
    subscribed: () => receiver.flush(),
    async interrupt() {
      await nats.kill();
      await has(sender, 'disconnected');
    },
    async restore() {
      await nats.restart();
      await Promise.all([has(sender, 'connected'), has(receiver, 'connected')]);
    },
    async close() {
      await sender.close();
      await receiver.close();
    },
  };
});

describe('nats transport', () => {
  const open: NatsTransport[] = [];
  const opened = async (...options: Parameters<typeof natsTransport>) => {
    const transport = await natsTransport(...options);
    open.push(transport);
    return transport;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((transport) => transport.close()));
  });

  it('is shared with others', async () => {
    expect((await opened({ servers: nats.url })).shared).toBe(true);
  });

  it('keeps its subscriptions when the server starts again', async () => {
    const near = await opened({ servers: nats.url });
    const far = await opened({ servers: nats.url });
    const plain = heardBy(far, 'lab.to.a1');
    const wild = heardBy(far, 'lab.from.*');
    await nats.restart();
    await Promise.all([has(near, 'connected'), has(far, 'connected')]);
    await far.flush();
    near.publish('lab.to.a1', bytes('one'));
    near.publish('lab.from.a1', bytes('two'));
    expect(await Promise.all([plain, wild])).toEqual(['one', 'two']);
  });

  it('subscribes while disconnected, in force when it is connected again', async () => {
    const transport = await opened({ servers: nats.url });
    await nats.kill();
    await has(transport, 'disconnected');
    const heard = heardBy(transport, 'lab.a');
    await nats.restart();
    await has(transport, 'connected');
    transport.publish('lab.a', bytes('x'));
    expect(await heard).toBe('x');
  });

  it('never lets out what was published while disconnected, not even in the midst of connecting', async () => {
    const proxy = await startTcpProxy(nats.port);
    const near = await opened({ servers: `127.0.0.1:${proxy.port}` });
    const far = await opened({ servers: nats.url });
    const heard: string[] = [];
    const last = new Promise<void>((resolve) => {
      far.subscribe('lab.a', (message) => {
        heard.push(textOf(message));
        if (heard.at(-1) === 'after') resolve();
      });
    });
    await far.flush();
    const connecting = proxy.hold();
    proxy.reset();
    near.publish('lab.a', bytes('lost with the connection'));
    await has(near, 'disconnected');
    near.publish('lab.a', bytes('before the attempt'));
    await connecting;
    near.publish('lab.a', bytes('during the attempt'));
    proxy.release();
    await has(near, 'connected');
    near.publish('lab.a', bytes('after'));
    await last;
    expect(heard).toEqual(['after']);
    await proxy.close();
  });

  it('notices a server that is frozen, though what was written to it never leaves', async () => {
    const proxy = await startTcpProxy(nats.port);
    const connection = await connect({
      servers: `127.0.0.1:${proxy.port}`,
      maxReconnectAttempts: -1,
      pingInterval: 50,
    });
    const transport = await opened({ connection });
    proxy.freeze();
    const large = new Uint8Array(900_000);
    for (let n = 0; n < 40; n++) transport.publish('lab.a', large);
    await has(transport, 'disconnected');
    proxy.release();
    await has(transport, 'connected');
    await connection.close();
    await proxy.close();
  });

  it('delivers what was published just before it is closed, however much that is', async () => {
    const near = await opened({ servers: nats.url });
    const far = await opened({ servers: nats.url });
    const heard = heardBy(far, 'lab.a');
    await far.flush();
    for (let n = 0; n < 40; n++) near.publish('lab.b', new Uint8Array(900_000));
    near.publish('lab.a', bytes('goodbye'));
    await near.close();
    expect(await heard).toBe('goodbye');
  });

  it('closes while it is disconnected', async () => {
    const transport = await opened({ servers: nats.url });
    await nats.kill();
    await has(transport, 'disconnected');
    await transport.close();
    await nats.restart();
    expect(() => transport.publish('lab.a', bytes('x'))).toThrow(
      'The NATS transport is closed: open a new one.',
    );
  });

  it('gives each receiver the message and nothing of what came with it', async () => {
    const transport = await opened({ servers: nats.url });
    const heard: Uint8Array[] = [];
    const both = new Promise<void>((resolve) => {
      transport.subscribe('lab.*', (message) => void (heard.push(message) === 2 && resolve()));
    });
    transport.publish('lab.a', bytes('one'));
    transport.publish('lab.b', bytes('two'));
    await both;
    expect(heard).toEqual([bytes('one'), bytes('two')]);
    expect(heard.map(({ buffer }) => buffer.byteLength)).toEqual([3, 3]);
  });

  it('delivers to the others when one receiver throws, and reports what it threw', async () => {
    const errors: unknown[] = [];
    const transport = await opened({ servers: nats.url, onError: (error) => errors.push(error) });
    const failure = new Error('receiver broke');
    transport.subscribe('lab.a', () => {
      throw failure;
    });
    const heard = heardBy(transport, 'lab.a');
    const last = heardBy(transport, 'lab.end');
    transport.publish('lab.a', bytes('x'));
    transport.publish('lab.end', bytes('y'));
    expect(await Promise.all([heard, last])).toEqual(['x', 'y']);
    expect(errors).toEqual([failure]);
  });

  describe('over a connection that was handed in', () => {
    it('leaves it open, and takes only its own subscriptions away', async () => {
      const connection = await connect({ servers: nats.url });
      const others: string[] = [];
      connection.subscribe('lab.a', {
        callback: (_, message) => void others.push(message.string()),
      });
      const transport = await opened({ connection });
      const ours: string[] = [];
      transport.subscribe('lab.a', (message) => void ours.push(textOf(message)));
      transport.publish('lab.a', bytes('1'));
      await transport.flush();
      await transport.close();
      connection.publish('lab.a', '2');
      await connection.flush();
      expect(connection.isClosed()).toBe(false);
      expect(ours).toEqual(['1']);
      expect(others).toEqual(['1', '2']);
      await connection.close();
    });

    it('knows whether it is connected, and is closed with it', async () => {
      const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1 });
      const events = connection.status();
      await nats.kill();
      for await (const { type } of events) if (type === 'disconnect') break;
      const transport = await opened({ connection });
      const seen: TransportStatus[] = [];
      transport.onStatus((status) => seen.push(status));
      expect(seen).toEqual(['disconnected']);
      await nats.restart();
      await has(transport, 'connected');
      await connection.close();
      await has(transport, 'closed');
      expect(seen).toEqual(['disconnected', 'connected', 'closed']);
      expect(() => transport.publish('lab.a', bytes('x'))).toThrow(TransportError);
    });

    it('refuses one that is closed', async () => {
      const connection = await connect({ servers: nats.url });
      await connection.close();
      await expect(natsTransport({ connection })).rejects.toThrow(
        'The NATS connection that was handed in is closed: hand in an open one.',
      );
    });

    it('refuses one that does not hear itself', async () => {
      const connection = await connect({ servers: nats.url, noEcho: true });
      await expect(natsTransport({ connection })).rejects.toThrow(
        'The NATS connection that was handed in does not hear itself, as a node must: make it without noEcho.',
      );
      await connection.close();
    });

    it('leaves nothing behind on it', async () => {
      const connection = await connect({ servers: nats.url });
      const { protocol } = connection as unknown as {
        protocol: { readonly listeners: readonly unknown[] };
      };
      const before = protocol.listeners.length;
      const transport = await opened({ connection });
      expect(protocol.listeners).toHaveLength(before + 1);
      await transport.close();
      await connection.flush();
      expect(protocol.listeners).toHaveLength(before);
      await connection.close();
    });
  });
});
