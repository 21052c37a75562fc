/**
 * The network of a world: one broker, and a connection of each seat to it that outlives the processes in
 * that seat.
 *
 *   publish ─▶ held back? copied? ─▶ memory transport (cut, drop, duplicate, delay, reorder) ─▶ who listens NOW
 *                  └── released later ──▶┘
 *
 * What is late reaches whoever sits there when it comes, also another boot, term or process: on a real
 * network a frame does not know for whom it was meant.
 */
import { createStatus, guard, rethrowLater, type Status } from '../transport/listeners.ts';
import { memoryTransport } from '../transport/memory.ts';
import type { Fault } from '../transport/memory-faults.ts';
import type { Transport } from '../transport/transport.ts';
import type { Clock } from '../actors/clock.ts';
import type { Seat, Way } from './plan.ts';
import type { Sight } from './sight.ts';

export type Fate = Extract<Sight, { what: 'frame' }>['fate'];

/** What may go wrong with the frames of a link, for as long as it does. */
export type Trouble = Omit<Fault, 'subject'>;

export interface Network {
  /** The connection of a seat. */
  socket(seat: Seat): Transport;
  /** Lets something go wrong on the links of an agent (`*`: of all). Returns what ends it. */
  trouble(agent: string, way: Way, trouble: Trouble): () => void;
  /** Cuts the links of an agent to one seat only. Returns what ends it. */
  part(seat: Seat, agent: string, way: Way): () => void;
  /** Keeps frames back, or copies of them, until the returned function is called; then they go their way. */
  hold(
    agent: string,
    way: Way,
    options: { readonly copies: boolean; readonly most: number },
  ): () => void;
  /** Takes a seat off the broker; both know. Returns what brings it back; undefined: it is off already. */
  disconnect(seat: Seat): (() => void) | undefined;
}

interface Frame {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly agent: string;
}

interface Hold {
  readonly agent: string;
  readonly way: Way;
  readonly copies: boolean;
  readonly most: number;
  readonly frames: Frame[];
}

type Receive = (bytes: Uint8Array, subject: string) => void;

/** What a seat listens to, whether it is connected, and which links it is cut off from. */
interface Socket {
  readonly status: Status;
  readonly parted: Set<Pick<Hold, 'agent' | 'way'>>;
  readonly listeners: Map<string, Set<Receive>>;
}

/** @param met hears what becomes of a frame that meets a fault */
export function createNetwork(
  clock: Pick<Clock, 'after'>,
  namespace: string,
  met: (agent: string, fate: Fate) => void,
): Network {
  const broker = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
  const socketOf = createSockets();
  const holds = new Set<Hold>();
  let troubles = 0;

  const send = (frame: Frame) => {
    if (troubles === 0) return broker.publish(frame.subject, frame.bytes);
    const before = { ...broker.faults.counts };
    broker.publish(frame.subject, frame.bytes);
    for (const fate of COUNTED)
      if (broker.faults.counts[fate] > before[fate]) met(frame.agent, fate);
  };
  const publish = (subject: string, bytes: Uint8Array) => {
    const link = linkOf(namespace, subject);
    if (!link) return broker.publish(subject, bytes);
    const frame = { subject, bytes, agent: link.agent };
    const takers = [...holds].filter((hold) => isOn(hold, link) && hold.frames.length < hold.most);
    for (const hold of takers) {
      hold.frames.push({ ...frame, bytes: new Uint8Array(bytes) });
      if (!hold.copies) met(link.agent, 'held');
    }
    if (takers.every(({ copies }) => copies)) send(frame);
  };
  /** Whether a frame does not pass between that seat and the broker. */
  const isParted = ({ parted }: Socket, subject: string) => {
    const link = parted.size === 0 ? undefined : linkOf(namespace, subject);
    const isCut = link !== undefined && [...parted].some((cut) => isOn(cut, link));
    if (isCut) met(link.agent, 'cut');
    return isCut;
  };

  return {
    socket: (seat) => connect(broker, socketOf(seat), publish, isParted),
    trouble(agent, way, trouble) {
      troubles++;
      const heals = waysOf(way).map((each) =>
        broker.faults.add({ ...trouble, subject: `${namespace}.${each}.${agent}` }),
      );
      return () => {
        troubles--;
        for (const heal of heals) heal();
      };
    },
    part(seat, agent, way) {
      const cut = { agent, way };
      const { parted } = socketOf(seat);
      parted.add(cut);
      return () => void parted.delete(cut);
    },
    hold(agent, way, { copies, most }) {
      const hold: Hold = { agent, way, copies, most, frames: [] };
      holds.add(hold);
      return () => {
        holds.delete(hold);
        for (const frame of hold.frames) {
          if (copies) met(frame.agent, 'echoed');
          send(frame);
        }
      };
    },
    disconnect(seat) {
      const { status } = socketOf(seat);
      if (status.now() !== 'connected') return undefined;
      status.become('disconnected');
      return () => status.become('connected');
    },
  };
}

const COUNTED = ['cut', 'dropped', 'duplicated', 'delayed', 'reordered'] as const;

/** One direction of what an agent and the controller have to say to each other. */
interface Link {
  readonly agent: string;
  readonly way: 'to' | 'from';
}

const waysOf = (way: Way) => (way === 'both' ? (['to', 'from'] as const) : [way]);

/** The link that a subject is for; undefined: for none, as a probe. */
function linkOf(namespace: string, subject: string): Link | undefined {
  const [, way, agent] = subject.slice(namespace.length).split('.') as [string, string, string];
  return way === 'to' || way === 'from' ? { agent, way } : undefined;
}

const isOn = (fault: Pick<Hold, 'agent' | 'way'>, { agent, way }: Link) =>
  (fault.agent === '*' || fault.agent === agent) && (fault.way === 'both' || fault.way === way);

/** The socket of each seat, made when it is first asked for. */
function createSockets(): (seat: Seat) => Socket {
  const sockets = new Map<Seat, Socket>();
  return (seat) => {
    const known = sockets.get(seat);
    if (known) return known;
    const status = createStatus('connected', guard(rethrowLater));
    const socket: Socket = { status, parted: new Set(), listeners: new Map() };
    sockets.set(seat, socket);
    return socket;
  };
}

function connect(
  broker: Transport,
  socket: Socket,
  publish: (subject: string, bytes: Uint8Array) => void,
  isParted: (socket: Socket, subject: string) => boolean,
): Transport {
  const { status, listeners } = socket;
  const isConnected = () => status.now() === 'connected';
  const close = () => Promise.resolve();
  return {
    shared: false,
    publish(subject, bytes) {
      if (isConnected() && !isParted(socket, subject)) publish(subject, bytes);
    },
    subscribe(pattern, receive) {
      let hearers = listeners.get(pattern);
      if (!hearers) {
        const all = (hearers = new Set<Receive>());
        listeners.set(pattern, all);
        broker.subscribe(pattern, (bytes, subject) => {
          if (!isConnected() || isParted(socket, subject)) return;
          for (const hear of [...all]) hear(bytes, subject);
        });
      }
      const here = hearers.add(receive);
      return () => void here.delete(receive);
    },
    onStatus: (changed) => status.watch(changed),
    close,
    [Symbol.asyncDispose]: close,
  };
}
