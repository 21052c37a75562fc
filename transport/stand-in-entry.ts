/**
 * The thread that speaks for an agent while its loop is blocked (stand-in.ts, nats-stand-in.ts).
 *
 *   start ─▶ connects, again and again ─▶ looks, and looks again ─▶ … until it is terminated
 */
import { parentPort, workerData } from 'node:worker_threads';
import { agentFrames } from './codec.ts';
import type { StandInData } from './nats-stand-in.ts';
import { natsTransport, type NatsTransport } from './nats.ts';
import { Spokesman, type LastWord } from './stand-in.ts';
import { TransportError } from './transport.ts';

const TRY_AGAIN_MS = 500;

const { options, count } = workerData as StandInData;
const frames = new Int32Array(count);
let transport: NatsTransport | undefined;

const spokesman = new Spokesman((subject, frame) =>
  transport?.publish(subject, agentFrames.encode(frame)),
);

const now = () => performance.now();

const look = () => {
  const nextMs = spokesman.look(Atomics.load(frames, 0), now());
  setTimeout(look, nextMs);
};

/** The agent's own connection tells of what is wrong with address, login or files. */
async function connect(): Promise<void> {
  try {
    transport = await natsTransport(options);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    setTimeout(() => void connect(), TRY_AGAIN_MS);
  }
}

parentPort?.on('message', (word: LastWord | undefined) => spokesman.told(word, now()));
parentPort?.postMessage('up');
void connect();
look();
