/**
 * The controller's half of a link, and both halves over a network that loses, repeats and reorders: each
 * request is applied once, in order, and answered.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Intake } from '../../actors/intake.ts';
import { Requests } from '../../actors/requests.ts';
import type { Answer, Request } from '../../transport/frame.ts';

const EVERY_MS = 12_000;

/** Sends again everything that is due at `at`: `[n, sends]` each. */
const due = (requests: Requests, at: number) =>
  requests.takeDue(at).map(({ n, sends }) => [n, sends]);

function opened(count: number): Requests {
  const requests = new Requests(1, EVERY_MS);
  for (let n = 0; n < count; n++) requests.add({ kind: 'probe' });
  return requests;
}

describe('requests', () => {
  it('are numbered from 1 on and sent in that order', () => {
    const requests = opened(3);
    expect(requests.hasUnsent).toBe(true);
    expect(requests.takeUnsent(0).map(({ n }) => n)).toEqual([1, 2, 3]);
    expect(requests.hasUnsent).toBe(false);
  });

  it('are repeated every period + delay after their own first sending', () => {
    const requests = opened(1);
    requests.takeUnsent(0);
    requests.add({ kind: 'probe' });
    requests.takeUnsent(5_000);
    const sent: unknown[] = [];
    for (let at = 0; at <= 40_000; at += 500) {
      const again = due(requests, at);
      if (again.length > 0) sent.push([at, ...again]);
      expect(requests.repeatAt()).toBeGreaterThan(at);
    }
    expect(sent).toEqual([
      [12_000, [1, 2]],
      [17_000, [2, 2]],
      [24_000, [1, 3]],
      [29_000, [2, 3]],
      [36_000, [1, 4]],
    ]);
  });

  it('are repeated no more once they are answered, and answered once', () => {
    const requests = opened(2);
    requests.takeUnsent(0);
    due(requests, 12_000);
    expect(requests.answered({ n: 1, kind: 'ok' })).toMatchObject({ sends: 2 });
    expect(requests.answered({ n: 1, kind: 'ok' })).toBeUndefined();
    expect(due(requests, 24_000)).toEqual([[2, 3]]);
    requests.answered({ n: 2, kind: 'ok' });
    expect(requests.repeatAt()).toBeNull();
    expect(requests.hasOpen).toBe(false);
  });

  it('are settled up to the first that is open or unsent', () => {
    const requests = opened(3);
    expect(requests.settled).toBe(0);
    requests.takeUnsent(0);
    requests.answered({ n: 2, kind: 'ok' });
    expect(requests.settled).toBe(0);
    requests.answered({ n: 1, kind: 'ok' });
    expect(requests.settled).toBe(2);
    requests.answered({ n: 3, kind: 'ok' });
    requests.add({ kind: 'probe' });
    expect(requests.settled).toBe(3);
    expect(requests.hasOpen).toBe(true);
  });

  it('are sent again from the one that is missed on', () => {
    const requests = opened(4);
    requests.takeUnsent(0);
    requests.answered({ n: 3, kind: 'ok' });
    expect(requests.takeFrom(2, 0).map(({ n }) => n)).toEqual([2, 4]);
    // Whoever misses something may say so often.
    expect(requests.takeFrom(1, 199).map(({ n }) => n)).toEqual([1]);
    expect(requests.takeFrom(2, 200).map(({ n }) => n)).toEqual([2, 4]);
  });
});

describe('the clock of a request', () => {
  it('is not moved by a repeat that the agent asked for', () => {
    const requests = opened(1);
    requests.takeUnsent(0);
    for (let at = 200; at <= 2_000; at += 200) requests.takeFrom(1, at);
    expect(requests.repeatAt()).toBe(12_000);
    expect(due(requests, 11_999)).toEqual([]);
    expect(due(requests, 12_000)).toEqual([[1, 12]]);
    expect(requests.repeatAt()).toBe(24_000);
  });

  it('goes on from its next moment after others have passed', () => {
    const requests = opened(2);
    requests.takeUnsent(0);
    expect(due(requests, 40_000)).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(requests.repeatAt()).toBe(48_000);
    requests.takeFrom(2, 61_000);
    requests.answered({ n: 1, kind: 'ok' });
    expect(requests.repeatAt()).toBe(72_000);
  });
});

interface Frame {
  readonly link: number;
  readonly sent: number;
  readonly settled: number;
  readonly requests: readonly Request[];
}

interface Reply {
  readonly link: number;
  readonly answers: readonly Answer[];
}

/** Both halves of a link, joined by two lists of frames that a network may do anything to. */
class Joined {
  readonly toAgent: Frame[] = [];
  readonly toController: Reply[] = [];
  readonly applied: string[] = [];
  readonly added: string[] = [];
  readonly answers = new Map<string, Answer['kind'][]>();
  #requests = new Requests(1, EVERY_MS);
  readonly #intake = new Intake();
  #at = 0;
  /** Numbers of the present link: the last one added, the highest one that has left. */
  #last = 1;
  #sent = 0;

  constructor() {
    this.#open(1);
  }

  relink(): void {
    this.#open(this.#requests.link + 1);
  }

  add(): void {
    const name = `${this.link}.${++this.#last}`;
    this.#requests.add({ kind: 'kill', fences: [], reason: name });
    this.added.push(name);
  }

  send(): void {
    this.#frame(this.#requests.takeUnsent(this.#at));
  }

  wait(): void {
    this.#at += EVERY_MS;
    this.#frame(this.#requests.takeDue(this.#at).map(({ request }) => request));
  }

  receive(frame: Frame): void {
    const apply = (request: Request): readonly Answer[] => {
      this.applied.push(`${frame.link}.${request.n}`);
      return [{ n: request.n, kind: 'ok' }];
    };
    const answers = this.#intake.take({ ...frame, term: 1, requests: [...frame.requests] }, apply, this.#at); // prettier-ignore
    if (answers) this.toController.push({ link: this.#intake.link, answers });
  }

  hear({ link, answers }: Reply): void {
    if (link !== this.#requests.link) return;
    for (const answer of answers) {
      if (answer.kind === 'gap') {
        this.#frame(this.#requests.takeFrom(answer.next, this.#at).map(({ request }) => request));
      } else if (this.#requests.answered(answer)) {
        const name = `${link}.${answer.n}`;
        this.answers.set(name, [...(this.answers.get(name) ?? []), answer.kind]);
      }
    }
  }

  get isDone(): boolean {
    return !this.#requests.hasOpen;
  }

  get link(): number {
    return this.#requests.link;
  }

  #open(link: number): void {
    this.#requests = new Requests(link, EVERY_MS);
    this.#requests.add({ kind: 'report' });
    this.added.push(`${link}.1`);
    this.#last = 1;
    this.#sent = 0;
  }

  #frame(requests: readonly Request[]): void {
    const { link, settled } = this.#requests;
    this.#sent = requests.reduce((highest, { n }) => Math.max(highest, n), this.#sent);
    this.toAgent.push({ link, sent: this.#sent, settled, requests });
  }
}

describe('a link over any network', () => {
  it('has each request applied once, in order, and answered', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('add' as const, 'send' as const, 'wait' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('relink' as const) }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('toAgent' as const, 'toController' as const), which: fc.nat(20), how: fc.constantFrom('deliver', 'duplicate', 'lose') }) },
    ); // prettier-ignore
    let relinked = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const joined = new Joined();
        for (const next of steps) {
          if (next.kind === 'toAgent' || next.kind === 'toController') {
            const frames: unknown[] = joined[next.kind];
            if (frames.length === 0) continue;
            const place = next.which % frames.length;
            const frame = frames[place];
            if (next.how !== 'duplicate') frames.splice(place, 1);
            if (next.how === 'lose') continue;
            if (next.kind === 'toAgent') joined.receive(frame as Frame);
            else joined.hear(frame as Reply);
          } else joined[next.kind]();
        }
        // The network heals: all that is left arrives, oldest first.
        for (let round = 0; round < 10 && !joined.isDone; round++) {
          joined.send();
          joined.wait();
          for (const frame of joined.toAgent.splice(0)) joined.receive(frame);
          for (const reply of joined.toController.splice(0)) joined.hear(reply);
        }
        expect(joined.isDone).toBe(true);
        if (joined.link > 1) relinked++;
        const ofReport = (name: string) => name.endsWith('.1');
        const applied = joined.applied.filter((name) => !ofReport(name));
        // A link that was given up may be applied in part: its first requests, none of the others.
        const present = (name: string) => name.startsWith(`${joined.link}.`);
        expect(applied).toEqual([...new Set(applied)]);
        expect(applied.filter(present)).toEqual(joined.added.filter((name) => present(name) && !ofReport(name))); // prettier-ignore
        for (const name of joined.added.filter(present)) expect(joined.answers.get(name)).toEqual(['ok']); // prettier-ignore
        for (let link = 1; link < joined.link; link++) {
          const mine = (name: string) => name.startsWith(`${link}.`) && !ofReport(name);
          const got = applied.filter(mine);
          expect(got).toEqual(joined.added.filter(mine).slice(0, got.length));
        }
      }),
      { numRuns: 500 },
    );
    expect(relinked).toBeGreaterThan(50);
  });
});
