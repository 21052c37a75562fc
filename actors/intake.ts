/**
 * The agent's half of a link: takes requests in the order of their numbers, each once, and answers the
 * same number alike however often it comes.
 *
 *   n = next        apply, keep the answer          n < next, kept   the same answer again
 *   n > next        gap (next is …)                 n < next, not kept   expired
 *   `sent` ≥ next   gap: a frame was lost, and this one shows it
 *
 * A higher term or link is adopted only by its request 1, the report; older ones are dropped unseen.
 */
import type { Answer, ControllerFrame, Request } from '../transport/frame.ts';
import { pack } from '../transport/msgpack.ts';
import type { Memory, Remembering } from './freezing.ts';

/** A hole is told at most this often, since each frame that tells of it is answered by another. */
const MISSED_EVERY_MS = 200;

export class Intake implements Remembering {
  #term = 0;
  #link = 0;
  #next = 1;
  #missedAt = -Infinity;
  readonly #kept = new Map<
    number,
    { readonly request: Request; readonly answers: readonly Answer[] }
  >();

  get term(): number {
    return this.#term;
  }

  get link(): number {
    return this.#link;
  }

  /** Highest request number applied on this link. */
  get seen(): number {
    return this.#next - 1;
  }

  /**
   * Answers the requests of a frame. `apply` is called once per number, in order.
   * Returns undefined when the frame is of an older term or link and must be dropped.
   */
  take(
    frame: Pick<ControllerFrame, 'term' | 'link' | 'sent' | 'settled' | 'requests'>,
    apply: (request: Request) => readonly Answer[],
    at: number,
  ): readonly Answer[] | undefined {
    if (frame.term < this.#term || (frame.term === this.#term && frame.link < this.#link))
      return undefined;
    if (frame.term > this.#term || frame.link > this.#link) {
      if (frame.requests[0]?.n !== 1) return [];
      this.#begin(frame.term, frame.link);
    }
    for (const n of this.#kept.keys()) if (n <= frame.settled) this.#kept.delete(n);
    const answers = frame.requests.flatMap((request) => this.#answer(request, apply));
    if (frame.sent < this.#next || at - this.#missedAt < MISSED_EVERY_MS) return answers;
    this.#missedAt = at;
    return [...answers, { n: frame.sent, kind: 'gap', next: this.#next }];
  }

  remember(memory: Memory): void {
    this.#term = memory.keep('term', this.#term);
    this.#link = memory.keep('link', this.#link);
    this.#next = memory.keep('next', this.#next);
    this.#missedAt = memory.keep('missedAt', this.#missedAt);
    memory.fill('kept', this.#kept);
  }

  #answer(request: Request, apply: (request: Request) => readonly Answer[]): readonly Answer[] {
    const { n } = request;
    if (n > this.#next) return [{ n, kind: 'gap', next: this.#next }];
    const kept = this.#kept.get(n);
    if (n < this.#next && !kept) return [{ n, kind: 'expired' }];
    if (kept && !isSame(kept.request, request)) return [{ n, kind: 'conflict' }];
    // A report asked again is a fresh snapshot: the controller uses the first whole one it gets.
    if (kept && request.kind !== 'report') return kept.answers;
    const answers = apply(request);
    if (!kept) this.#next++;
    this.#kept.set(n, { request, answers });
    return answers;
  }

  #begin(term: number, link: number): void {
    this.#term = term;
    this.#link = link;
    this.#next = 1;
    this.#kept.clear();
  }
}

/** Whether a number came again with the same body. */
function isSame(a: Request, b: Request): boolean {
  return Buffer.compare(pack(a), pack(b)) === 0;
}
