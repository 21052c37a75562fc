/**
 * The cable between a client and a server of this machine: a TCP proxy whose two directions are spoilt one
 * by one, as networks do it. Nothing in it invents bytes or changes their order.
 *
 *   client ──to──▶ cable ──to──▶ server     pass    as it comes
 *          ◀─from─       ◀─from─            hold    waits, nobody is told; comes late when the direction passes
 *                                           drop    is lost, nobody is told; a connection that lost something
 *                                                   is reset when the direction passes again
 *                                           delayMs, bytesPerSecond   later, in order
 *
 * `cut` refuses and closes at once; `halfOpen` resets one end and leaves the other one to believe.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { systemClock as clock } from '../../actors/clock.ts';

export type Flow =
  'pass' | 'hold' | 'drop' | { readonly delayMs: number } | { readonly bytesPerSecond: number };

export interface Cable {
  readonly port: number;
  /** From now on; a direction left out stays as it is. */
  set(flows: { readonly to?: Flow; readonly from?: Flow }): void;
  /** Resets all connections and refuses new ones, until `heal`. */
  cut(): void;
  /**
   * All connections of now: one end is reset, the other hears nothing more and is told nothing. Resolves
   * when all who were left to believe have given up by themselves.
   */
  halfOpen(believes: 'client' | 'server'): Promise<void>;
  /** Resets all connections; what was under way in them is lost. New ones are taken. */
  reset(): void;
  /** Both directions pass, and new connections are taken. */
  heal(): void;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** More than this of one direction is not taken in: the sender's own buffers fill. */
const KEPT_BYTES = 256 * 1024;
/** A throttled direction passes pieces of this length, so that time goes by between them. */
const PIECE_BYTES = 1024;

const isStopped = (flow: Flow) => flow === 'hold' || flow === 'drop';

/** One direction of one connection. */
class Lane {
  readonly #from: Socket;
  readonly #into: Socket;
  readonly #flow: () => Flow;
  readonly #queue: { readonly piece: Buffer; readonly cameAt: number }[] = [];
  #kept = 0;
  #leftAt = 0;
  #hasEnded = false;
  #isSevered = false;
  /** Something of it is lost, so nothing that follows may come through. */
  hasHole = false;
  #cancelWake: () => void = () => undefined;

  constructor(from: Socket, into: Socket, flow: () => Flow) {
    this.#from = from;
    this.#into = into;
    this.#flow = flow;
    from.on('data', (piece: Buffer) => this.#take(piece));
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#hasEnded = true;
      this.pump();
    });
    into.on('drain', () => this.pump());
  }

  #take(piece: Buffer): void {
    if (this.#isSevered) return;
    for (let at = 0; at < piece.length; at += PIECE_BYTES) {
      const part = piece.subarray(at, at + PIECE_BYTES);
      this.#queue.push({ piece: part, cameAt: clock.elapsed() });
    }
    this.#kept += piece.length;
    if (this.#kept > KEPT_BYTES) this.#from.pause();
    this.pump();
  }

  /** Passes on what may pass by now, and wakes up for the rest. */
  pump(): void {
    if (this.#isSevered) return;
    this.#cancelWake();
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const flow = this.#flow();
      if (flow === 'hold') return;
      if (flow === 'drop') this.hasHole = true;
      else {
        const waitMs = this.#waitMs(head, flow);
        if (waitMs > 0) return void (this.#cancelWake = clock.after(waitMs, () => this.pump()));
        if (this.#into.writableNeedDrain) return;
        this.#leftAt = clock.elapsed();
        this.#into.write(head.piece);
      }
      this.#queue.shift();
      this.#kept -= head.piece.length;
    }
    this.#from.resume();
    if (this.#hasEnded && !isStopped(this.#flow())) this.#into.destroySoon();
  }

  /** Passes nothing any more, and hears of nothing. */
  sever(): void {
    this.#cancelWake();
    this.#queue.length = 0;
    this.#isSevered = true;
  }

  #waitMs(head: { readonly piece: Buffer; readonly cameAt: number }, flow: Flow): number {
    if (typeof flow === 'string') return 0;
    const at =
      'delayMs' in flow
        ? head.cameAt + flow.delayMs
        : this.#leftAt + (head.piece.length * 1000) / flow.bytesPerSecond;
    return at - clock.elapsed();
  }
}

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  readonly lanes: readonly Lane[];
}

/** @param toPort of a server of this machine */
export async function openCable(toPort: number): Promise<Cable> {
  let to: Flow = 'pass';
  let from: Flow = 'pass';
  let isCut = false;
  const connections = new Set<Connection>();
  /** Who has connected while nothing reached the server. */
  const waiting = new Set<Socket>();
  /** Ends that were not told that the other one is gone. */
  const believing = new Set<Socket>();

  const join = (client: Socket) => {
    const server = connect({ host: HOST, port: toPort });
    const lanes = [new Lane(client, server, () => to), new Lane(server, client, () => from)];
    const connection = { client, server, lanes };
    connections.add(connection);
    const forget = () => {
      if (client.destroyed && server.destroyed) connections.delete(connection);
    };
    client.on('close', forget);
    server.on('close', forget);
  };
  const listener = createServer((client) => {
    client.on('error', () => undefined);
    if (isCut) return client.resetAndDestroy();
    if (!isStopped(to)) return join(client);
    waiting.add(client);
    client.on('close', () => waiting.delete(client));
  });
  listener.listen(0, HOST);
  await once(listener, 'listening');

  const end = ({ client, server }: Connection) => {
    client.resetAndDestroy();
    server.resetAndDestroy();
  };
  const reset = () => {
    for (const connection of connections) end(connection);
    for (const client of waiting) client.resetAndDestroy();
    connections.clear();
    waiting.clear();
  };
  const set: Cable['set'] = (flows) => {
    ({ to = to, from = from } = flows);
    for (const connection of connections) {
      const isTorn = connection.lanes.some(
        ({ hasHole }, n) => hasHole && (n === 0 ? to : from) !== 'drop',
      );
      if (isTorn) end(connection);
      else for (const lane of connection.lanes) lane.pump();
    }
    if (isStopped(to) || isCut) return;
    for (const client of waiting) join(client);
    waiting.clear();
  };
  return {
    port: (listener.address() as AddressInfo).port,
    set,
    cut() {
      isCut = true;
      reset();
    },
    async halfOpen(believes) {
      const givenUp: Promise<unknown>[] = [];
      for (const { client, server, lanes } of connections) {
        const [stays, goes] = believes === 'client' ? [client, server] : [server, client];
        for (const lane of lanes) lane.sever();
        stays.resume();
        givenUp.push(once(stays, 'close'));
        stays.on('close', () => believing.delete(stays));
        believing.add(stays);
        goes.resetAndDestroy();
      }
      connections.clear();
      await Promise.all(givenUp);
    },
    reset,
    heal() {
      isCut = false;
      set({ to: 'pass', from: 'pass' });
    },
    async close() {
      reset();
      for (const socket of believing) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
