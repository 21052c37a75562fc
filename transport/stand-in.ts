/**
 * Who says that an agent lives while the agent's own loop is blocked, by a function that computes and does
 * not yield. It hears nothing and renews nothing: what it says carries the stamp of the loop's last frame,
 * so that the lease goes on running out (protocol A10).
 *
 *   a frame of the loop ─▶ nothing for period + delay / 4 ─▶ that frame without content, and so late ─┐
 *           ▲                                                    ▲                                    │
 *           └──── the loop turns again                           └──────── a period later ────────────┘
 *   the lease is over, the boot ends, `bye` ─▶ silent
 */
import type { AgentFrame } from './frame.ts';

/** What the loop has said, and for how long somebody else may go on with it. */
export interface LastWord {
  readonly subject: string;
  readonly frame: AgentFrame;
  readonly periodMs: number;
  readonly delayMs: number;
  /** What is left of the lease: a loop that is blocked for longer is gone. */
  readonly leaseMs: number;
}

/** The port: what an agent tells its stand-in. */
export interface StandIn {
  /** To be called with each frame that the loop has sent on a link, under a lease; costs next to nothing. */
  said(word: LastWord): void;
  /** The boot ends: nothing is to be said for it any more. */
  silence(): void;
  /** Lets go of its connection. Harmless when repeated. */
  close(): Promise<void>;
}

/** How often it looks whether there is anything to say for anybody. */
const IDLE_LOOK_MS = 250;
const SHORTEST_LOOK_MS = 5;

/** Decides when to speak and what to say, on a clock of its own; knows nothing of threads. */
export class Spokesman {
  readonly #publish: (subject: string, frame: AgentFrame) => void;
  #word: LastWord | undefined;
  #untilAt = -Infinity;
  #count = 0;
  /** When a frame of the loop was last seen, and when anybody spoke last. */
  #saidAt = 0;
  #spokeAt = 0;

  constructor(publish: (subject: string, frame: AgentFrame) => void) {
    this.#publish = publish;
  }

  /** What is to be said, should the loop fall silent; undefined: nothing. */
  told(word: LastWord | undefined, at: number): void {
    this.#word = word;
    this.#untilAt = at + (word?.leaseMs ?? 0);
  }

  /**
   * Speaks if the loop should have.
   *
   * @param count frames that the loop has sent
   * @returns ms until the next look
   */
  look(count: number, at: number): number {
    if (count !== this.#count) {
      this.#count = count;
      this.#saidAt = at;
      this.#spokeAt = at;
    }
    if (!this.#word) return IDLE_LOOK_MS;
    const { subject, frame, periodMs, delayMs } = this.#word;
    const lateMs = at - this.#saidAt - periodMs;
    if (lateMs >= delayMs / 4 && at - this.#spokeAt >= periodMs && at < this.#untilAt) {
      this.#spokeAt = at;
      this.#publish(subject, { ...frame, beat: { ...frame.beat, lagMs: Math.round(lateMs) } });
    }
    return Math.min(IDLE_LOOK_MS, Math.max(SHORTEST_LOOK_MS, delayMs / 8));
  }
}

/** A frame that says no more than that its sender lives. */
export function bareFrame(frame: AgentFrame): AgentFrame {
  const bare: AgentFrame = { ...frame, answers: [], progress: [], outbox: [], out: null, logs: [] };
  delete bare.hello;
  return bare;
}
