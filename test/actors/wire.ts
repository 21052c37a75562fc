/**
 * A tap on the memory transport: sees each frame of the link decoded, and may change or swallow it. With
 * it a test builds the very schedule that a rule forbids; frames can also be sent by hand.
 *
 *   publish ──▶ taps of that agent and direction ──▶ memory transport (with its own faults)
 */
import { agentFrames, controllerFrames } from '../../transport/codec.ts';
import type { AgentFrame, ControllerFrame } from '../../transport/frame.ts';
import type { MemoryTransport } from '../../transport/memory.ts';

/** What becomes of a frame: itself, another one in its place, or (null) nothing. */
export type Tap<Frame> = (frame: Frame) => Frame | null;

export interface Wire extends MemoryTransport {
  /** Taps what the controller sends to an agent. Returns what ends it. */
  tapTo(agent: string, tap: Tap<ControllerFrame>): () => void;
  /** Taps what an agent sends. Returns what ends it. */
  tapFrom(agent: string, tap: Tap<AgentFrame>): () => void;
  /** Sends a frame by hand, past the taps. */
  sendTo(frame: ControllerFrame): void;
  /** Sends a frame by hand, past the taps. */
  sendFrom(frame: AgentFrame): void;
}

export function wire(inner: MemoryTransport): Wire {
  const to = new Map<string, Set<Tap<ControllerFrame>>>();
  const from = new Map<string, Set<Tap<AgentFrame>>>();
  return {
    ...inner,
    publish(subject, bytes) {
      const passed = through(to, 'to', controllerFrames, subject, bytes);
      const left = passed && through(from, 'from', agentFrames, subject, passed);
      if (left) inner.publish(subject, left);
    },
    tapTo: (agent, tap) => add(to, agent, tap),
    tapFrom: (agent, tap) => add(from, agent, tap),
    sendTo: (frame) => inner.publish(`lifeline.to.${frame.agent}`, controllerFrames.encode(frame)),
    sendFrom: (frame) => inner.publish(`lifeline.from.${frame.agent}`, agentFrames.encode(frame)),
  };
}

function add<Frame>(taps: Map<string, Set<Tap<Frame>>>, agent: string, tap: Tap<Frame>) {
  const there = taps.get(agent) ?? new Set();
  taps.set(agent, there.add(tap));
  return () => void there.delete(tap);
}

function through<Frame>(
  taps: ReadonlyMap<string, ReadonlySet<Tap<Frame>>>,
  way: 'to' | 'from',
  codec: {
    encode(frame: Frame): Uint8Array;
    decode(bytes: Uint8Array): { ok: true; frame: Frame } | { ok: false };
  },
  subject: string,
  bytes: Uint8Array,
): Uint8Array | null {
  const mine = subject.startsWith(`lifeline.${way}.`)
    ? taps.get(subject.slice(`lifeline.${way}.`.length))
    : undefined;
  if (!mine || mine.size === 0) return bytes;
  const decoded = codec.decode(bytes);
  if (!decoded.ok) return bytes;
  let frame: Frame | null = decoded.frame;
  for (const tap of mine) if (frame) frame = tap(frame);
  return frame && codec.encode(frame);
}

/** Whether a frame is a beat and nothing more. */
export const isBare = ({ answers, progress, outbox, logs }: AgentFrame): boolean =>
  answers.length + progress.length + outbox.length + logs.length === 0;
