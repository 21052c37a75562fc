/**
 * The controller's half of a link: requests 1, 2, 3 … to one boot of one agent, repeated until answered.
 *
 *   add ──▶ unsent ──▶ open ──answer──▶ gone          `settled`: all up to here are answered
 *                       │  ▲
 *                       └──┘ every period + delay after its own first sending, whatever else arrives (R14);
 *                            also at once when it was missed, which moves no later repeat
 *
 * A link dies with its boot or term, and its unanswered requests with it: they are derived again from the
 * records, never carried over (R3).
 */
import type { Answer, Request } from '../transport/frame.ts';
import type { Memory, Remembering } from './freezing.ts';

/** A request without its number. */
export type RequestBody = Request extends infer R
  ? R extends Request
    ? Omit<R, 'n'>
    : never
  : never;

interface Open {
  readonly request: Request;
  readonly firstSentAt: number;
  sends: number;
  /** The clock's next moment: a multiple of period + delay after the first sending. */
  repeatAt: number;
  /** When it was last sent again because the agent missed it. */
  mendedAt: number;
}

/** An agent may say often that it misses something; it is sent again at most this often for it. */
const MEND_EVERY_MS = 200;

export interface Repeat {
  readonly n: number;
  readonly kind: Request['kind'];
  /** How many times it has been sent now, the first included. */
  readonly sends: number;
}

export class Requests implements Remembering {
  #link: number;
  #everyMs: number;
  readonly #open = new Map<number, Open>();
  #unsent: Request[] = [];
  #last = 0;

  constructor(link: number, everyMs: number) {
    this.#link = link;
    this.#everyMs = everyMs;
  }

  /** Number of this link within its term and boot. */
  get link(): number {
    return this.#link;
  }

  add(body: RequestBody): void {
    this.#unsent.push({ n: ++this.#last, ...body });
  }

  get hasUnsent(): boolean {
    return this.#unsent.length > 0;
  }

  /** True while an answer is awaited, or a request waits to be sent. */
  get hasOpen(): boolean {
    return this.#open.size > 0 || this.hasUnsent;
  }

  /** True while it is not known whether work that was given has arrived. */
  get hasOpenAssign(): boolean {
    const isAssign = ({ kind }: Request) => kind === 'assign';
    return this.#unsent.some(isAssign) || [...this.#open.values()].some((o) => isAssign(o.request));
  }

  get settled(): number {
    const [first] = this.#open.keys();
    return (first ?? this.#unsent[0]?.n ?? this.#last + 1) - 1;
  }

  /** What is to be sent for the first time; it is open from now on. */
  takeUnsent(at: number): readonly Request[] {
    const taken = this.#unsent;
    this.#unsent = [];
    const repeatAt = at + this.#everyMs;
    for (const request of taken) {
      const open = { request, firstSentAt: at, sends: 1, repeatAt, mendedAt: -Infinity };
      this.#open.set(request.n, open);
    }
    return taken;
  }

  /** Ends the request that is answered; undefined when it was answered before. */
  answered(answer: Answer): { readonly request: Request; readonly sends: number } | undefined {
    const open = this.#open.get(answer.n);
    this.#open.delete(answer.n);
    return open;
  }

  /** The instant at which the next open request is to be repeated; null when none is open. */
  repeatAt(): number | null {
    let next: number | null = null;
    for (const { repeatAt } of this.#open.values()) {
      if (next === null || repeatAt < next) next = repeatAt;
    }
    return next;
  }

  /** The requests whose time has come, to be sent again. */
  takeDue(at: number): readonly (Repeat & { readonly request: Request })[] {
    return this.#repeat(at, (open) => open.repeatAt <= at);
  }

  /**
   * The open requests from number `n` on: the agent misses them, or the transport was away. Their clock
   * goes on as if nothing had been sent.
   */
  takeFrom(n: number, at: number): readonly (Repeat & { readonly request: Request })[] {
    return this.#repeat(at, (open) => {
      if (open.request.n < n || at - open.mendedAt < MEND_EVERY_MS) return false;
      open.mendedAt = at;
      return true;
    });
  }

  /** How long the oldest open request has been waiting for its answer. */
  waitingMs(at: number): number {
    const [oldest] = this.#open.values();
    return oldest ? at - oldest.firstSentAt : 0;
  }

  remember(memory: Memory): void {
    this.#link = memory.keep('link', this.#link);
    this.#everyMs = memory.keep('everyMs', this.#everyMs);
    memory.fill('open', this.#open);
    this.#unsent = memory.keep('unsent', this.#unsent);
    this.#last = memory.keep('last', this.#last);
  }

  #repeat(at: number, isDue: (open: Open) => boolean) {
    return [...this.#open.values()].filter(isDue).map((open) => {
      open.sends++;
      // Moments that have passed meanwhile, while the loop or the transport was away, are made up for by this one.
      const passed = Math.floor((at - open.firstSentAt) / this.#everyMs);
      open.repeatAt = open.firstSentAt + (passed + 1) * this.#everyMs;
      return {
        n: open.request.n,
        kind: open.request.kind,
        sends: open.sends,
        request: open.request,
      };
    });
  }
}

/** Fences that fit beside one `assign` into a frame. */
const FENCES_PER_FRAME = 2_000;

/** Requests by the frame: at most one `assign`, which may fill most of it. At least one, if empty. */
export function* inFrames(requests: readonly Request[]): Iterable<readonly Request[]> {
  let part: Request[] = [];
  let fences = 0;
  let assigns = 0;
  for (const request of requests) {
    const more = 'fences' in request ? request.fences.length : 1;
    const isAssign = request.kind === 'assign';
    if (part.length > 0 && (fences + more > FENCES_PER_FRAME || (isAssign && assigns > 0))) {
      yield part;
      part = [];
      fences = assigns = 0;
    }
    part.push(request);
    fences += more;
    if (isAssign) assigns++;
  }
  yield part;
}
