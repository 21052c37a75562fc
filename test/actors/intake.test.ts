/** The agent's half of a link, request by request. Both halves over a bad network: requests.test.ts. */
import { describe, expect, it } from 'vitest';
import { Intake } from '../../actors/intake.ts';
import type { Answer, Request } from '../../transport/frame.ts';

const report = { n: 1, kind: 'report' } as const;
const kill = (n: number, reason = 'r'): Request => ({ n, kind: 'kill', fences: [], reason });

/** An intake that answers `ok` and notes what it applies. */
function taking() {
  const intake = new Intake();
  const applied: number[] = [];
  return {
    intake,
    applied,
    take: (
      requests: readonly Request[],
      { term = 1, link = 1, settled = 0, sent = 0, at = 0 } = {},
    ) =>
      intake.take(
        { term, link, sent, settled, requests: [...requests] },
        (request): readonly Answer[] => {
          applied.push(request.n);
          return [{ n: request.n, kind: 'ok' }];
        },
        at,
      ),
  };
}

describe('the intake', () => {
  it('applies requests in order and answers each', () => {
    const { take, applied, intake } = taking();
    expect(take([report, kill(2)])).toEqual([{ n: 1, kind: 'ok' }, { n: 2, kind: 'ok' }]); // prettier-ignore
    expect(applied).toEqual([1, 2]);
    expect(intake.seen).toBe(2);
  });

  it('gives the same answer to the same number, and applies it once', () => {
    const { take, applied } = taking();
    take([report, kill(2)]);
    expect(take([kill(2)])).toEqual([{ n: 2, kind: 'ok' }]);
    expect(applied).toEqual([1, 2]);
  });

  it('makes a fresh report each time it is asked for one', () => {
    const { take, applied, intake } = taking();
    take([report, kill(2)]);
    take([report]);
    expect(applied).toEqual([1, 2, 1]);
    expect(intake.seen).toBe(2);
  });

  it.each([
    { what: 'behind a hole', requests: [kill(4)], settled: 0, answer: { n: 4, kind: 'gap', next: 3 } },
    { what: 'with another body', requests: [kill(2, 'x')], settled: 0, answer: { n: 2, kind: 'conflict' } },
    { what: 'that is settled', requests: [kill(2)], settled: 2, answer: { n: 2, kind: 'expired' } },
  ])('does not apply a number $what', ({ requests, settled, answer }) => {
    const { take, applied } = taking();
    take([report, kill(2)]);
    expect(take(requests, { settled })).toEqual([answer]);
    expect(applied).toEqual([1, 2]);
  }); // prettier-ignore

  it.each([
    { term: 2, link: 1 },
    { term: 1, link: 3 },
  ])('adopts term $term, link $link by its request 1 only', (at) => {
    const { take, intake, applied } = taking();
    take([report, kill(2)]);
    expect(take([kill(2)], at)).toEqual([]);
    expect([intake.term, intake.link]).toEqual([1, 1]);
    expect(take([report, kill(2)], at)).toHaveLength(2);
    expect([intake.term, intake.link, intake.seen]).toEqual([at.term, at.link, 2]);
    expect(applied).toEqual([1, 2, 1, 2]);
  });

  it('drops what is of an older term or link', () => {
    const { take, applied } = taking();
    take([report], { term: 2, link: 2 });
    expect(take([report], { term: 2, link: 1 })).toBeUndefined();
    expect(take([report, kill(2)], { term: 1, link: 9 })).toBeUndefined();
    expect(applied).toEqual([1]);
  });

  it('notices at the next frame that one was lost', () => {
    const { take } = taking();
    take([{ n: 1, kind: 'report' }], { sent: 1 });
    expect(take([], { sent: 1 })).toEqual([]);
    expect(take([], { sent: 3 })).toEqual([{ n: 3, kind: 'gap', next: 2 }]);
    expect(take([], { sent: 3, at: 199 })).toEqual([]);
    expect(take([], { sent: 3, at: 200 })).toEqual([{ n: 3, kind: 'gap', next: 2 }]);
    expect(take([{ n: 2, kind: 'probe' }], { sent: 2 })).toEqual([{ n: 2, kind: 'ok' }]);
  });
});
