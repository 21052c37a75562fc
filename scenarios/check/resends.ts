/**
 * What is asked and not answered is asked again, whatever the state of the connection and whatever else arrives
 * (R14): every period + delay after its own first sending, neither oftener nor more rarely. Sooner only when the
 * agent has missed something, or the transport was away.
 *
 *   sends of one request:   0     12     24     36     48 s   (default timing)
 */
import { resendEveryMs } from '../../machines/timing.ts';
import type { TermLife } from '../../actors/tap.ts';
import type { AgentFrame, ControllerFrame } from '../../transport/frame.ts';
import { toldLater, type Decision, type LifeOf } from './books.ts';
import { property, type Fail } from './checker.ts';
import { Watch } from './watch.ts';

interface Open {
  readonly kind: string;
  readonly firstAt: number;
  lastAt: number;
  /** Sent again by the clock, so often. */
  clocked: number;
}

interface Link {
  readonly storeId: string;
  readonly boot: number;
  readonly link: number;
  readonly open: Map<number, Open>;
  /** Highest number that was sent. */
  last: number;
  /** By the timing of its agent when it was opened. */
  everyMs: number;
}

const SLACK_MS = 3_000;

class Term {
  readonly watch: Watch;
  readonly #links = new Map<string, Link>();

  constructor(of: LifeOf<TermLife>) {
    this.watch = new Watch(of);
  }

  take(decision: Decision, atMs: number, fail: Fail): void {
    this.watch.take(decision);
    this.watch.move(decision);
    for (const frame of decision.heard) this.#answered(frame, decision);
    for (const frame of toldLater(decision.step)) this.#sent(frame, decision, atMs, fail);
    if (this.watch.probed) this.#checkOverdue(decision.step.at, atMs, fail);
  }

  #answered(frame: AgentFrame, { of }: Decision): void {
    const link = this.#links.get(frame.agent);
    if (!link || !isOf(link, frame) || frame.term !== of.life.term) return;
    for (const answer of frame.answers) {
      const isPart = answer.kind === 'report' && !answer.last;
      if (answer.kind !== 'gap' && !isPart) link.open.delete(answer.n);
    }
  }

  #sent(frame: ControllerFrame, decision: Decision, atMs: number, fail: Fail): void {
    if (frame.notice) return;
    const { agent, storeId, boot, link: number } = frame;
    let link = this.#links.get(agent);
    if (!link || !isOf(link, frame)) {
      const everyMs = resendEveryMs(frame.timing);
      link = { storeId, boot, link: number, open: new Map(), last: 0, everyMs };
      this.#links.set(agent, link);
    }
    const { at } = decision.step;
    for (const { n, kind } of frame.requests) {
      const open = link.open.get(n);
      // Asked for again and answered in one turn.
      if (!open && n <= link.last) continue;
      if (!open) {
        if (n === 1) link.everyMs = resendEveryMs(frame.timing);
        link.last = n;
        link.open.set(n, { kind, firstAt: at, lastAt: at, clocked: 0 });
        continue;
      }
      const passed = Math.floor((at - open.firstAt) / link.everyMs);
      if (passed > open.clocked) open.clocked = passed;
      else if (!hasCause(decision, link, agent)) {
        const afterMs = at - open.firstAt;
        fail(
          atMs,
          `Request ${n} (${kind}) to ${agent} is sent again ${afterMs} ms after the first time.`,
        );
      }
      open.lastAt = at;
    }
  }

  #checkOverdue(at: number, atMs: number, fail: Fail): void {
    const slackMs = 2 * this.watch.withinMs + SLACK_MS;
    for (const [agent, { storeId, boot, open, everyMs }] of this.#links) {
      const watched = this.watch.agents.get(agent);
      if (watched?.boot !== boot || watched.storeId !== storeId) continue;
      for (const [n, { kind, lastAt }] of open) {
        const silentMs = at - Math.max(lastAt, this.watch.hearingSince);
        if (silentMs > everyMs + slackMs)
          fail(
            atMs,
            `Request ${n} (${kind}) to ${agent} is open and was not sent for ${silentMs} ms.`,
          );
      }
    }
  }
}

const isOf = (one: Link, { storeId, boot, link }: Omit<Link, 'open' | 'last' | 'everyMs'>) =>
  one.storeId === storeId && one.boot === boot && one.link === link;

/** Whether something of the turn asks for what is open. */
const hasCause = ({ step, heard, of }: Decision, { link }: Link, agent: string) =>
  step.inputs.some(({ kind }) => kind === 'connected') ||
  heard.some(
    (frame) =>
      frame.agent === agent &&
      (frame.link !== link ||
        frame.term !== of.life.term ||
        frame.answers.some(({ kind }) => kind === 'gap')),
  );

export const resends = property('resends', (books, fail) => {
  const terms = new Map<LifeOf<TermLife>, Term>();
  return {
    see(sight) {
      if (sight.what === 'term') {
        for (const of of books.followed) terms.delete(of as LifeOf<TermLife>);
        const of = books.terms.get(sight.seat)!;
        terms.set(of, new Term(of));
      }
      const { decision } = books;
      if (decision) terms.get(decision.of)?.take(decision, sight.atMs, fail);
    },
  };
});
