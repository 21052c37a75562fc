/**
 * An agent without a node: it says what a test tells it to say, true or not, and notes what it is told.
 * For what an honest agent under honest clocks never says.
 */
import { controllerFrames } from '../../transport/codec.ts';
import {
  PROTOCOL_VERSION,
  type AgentFrame,
  type ControllerFrame,
  type HeldTask,
  type Request,
} from '../../transport/frame.ts';
import type { Wire } from './wire.ts';

export class RawAgent {
  readonly heard: ControllerFrame[] = [];
  readonly #id: string;
  readonly #wire: Wire;
  readonly #now: () => number;
  boot = 1;

  constructor(id: string, wire: Wire, now: () => number) {
    this.#id = id;
    this.#wire = wire;
    this.#now = now;
    wire.subscribe(`lifeline.to.${id}`, (bytes) => {
      const decoded = controllerFrames.decode(bytes);
      if (decoded.ok && decoded.frame.boot === this.boot) this.heard.push(decoded.frame);
    });
  }

  /** Every request heard by this boot, in order, repeats included. */
  get requests(): readonly Request[] {
    return this.heard.filter(({ boot }) => boot === this.boot).flatMap(({ requests }) => requests);
  }

  /** Sends a frame of the present link, with what is given in place of its parts. */
  say(change: Partial<AgentFrame> = {}): void {
    const last = this.heard.at(-1);
    const isLinked = last?.boot === this.boot;
    this.#wire.sendFrom({
      v: PROTOCOL_VERSION,
      agent: this.#id,
      storeId: 'raw',
      boot: this.boot,
      controllerId: isLinked ? last.controllerId : '',
      term: isLinked ? last.term : 0,
      link: isLinked ? last.link : 0,
      stamp: this.#now(),
      timing: isLinked ? last.timing.version : 0,
      seen: 0,
      deaf: false,
      beat: { slots: 4, running: 0, waiting: 0, lagMs: 0, leaving: false },
      ...(isLinked
        ? {}
        : { hello: { bootId: `raw${this.boot}`, handlers: ['work'], oldest: null } }),
      answers: [],
      progress: [],
      outbox: [],
      out: change.outbox?.at(-1)?.place ?? null,
      logs: [],
      ...change,
    });
  }

  /** Answers request 1 of the link. */
  report(tasks: readonly HeldTask[] = []): void {
    this.say({ answers: [{ n: 1, kind: 'report', part: 0, last: true, tasks: [...tasks] }] });
  }
}
