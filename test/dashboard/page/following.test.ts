/** What the page asks again for, and what it says, when the event stream tells something. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FactView } from '../../../actors/views.ts';
import {
  connection,
  hear,
  keepTrue,
  lookAgain,
  missed,
  sampledAt,
} from '../../../dashboard/page/following.ts';
import type { StreamEvent } from '../../../dashboard/page/stream.ts';

const opened = (term: number): StreamEvent => ({
  type: 'open',
  opened: { term, controllerId: 'c', position: 1, oldest: 1, version: '', namespace: '' },
});
const facts = (...jobs: readonly string[]): StreamEvent => ({
  type: 'facts',
  items: jobs.map((job) => ({ job }) as FactView),
});
const sample: StreamEvent = { type: 'sample', sample: { from: 1, to: 9, count: 9, kinds: {} } };
const down: StreamEvent = { type: 'down', why: 'It is away.', againInMs: 500 };

let asked: string[];
const show = (job: string) =>
  keepTrue({
    about: (fact) => fact.job === job,
    want: () => void asked.push(job),
    doubt: () => void asked.push(`${job}?`),
  });

beforeEach(() => {
  asked = [];
  const forget = [show('a'), show('b')];
  return () => forget.forEach((one) => one());
});

describe('what is shown', () => {
  it('is asked again for a fact about it, and for no other', () => {
    hear(facts('b', 'c', 'b'), 0, true);
    expect(asked).toEqual(['b']);
  });

  it('is all asked again when facts were left out, since nobody knows about what', () => {
    hear(sample, 7, true);
    expect(asked).toEqual(['a', 'b']);
    expect(sampledAt.value).toBe(7);
  });

  it('waits while nobody looks, and is asked once when somebody does', () => {
    hear(facts('a'), 0, false);
    hear(sample, 0, false);
    expect(asked).toEqual([]);
    lookAgain();
    lookAgain();
    expect(asked).toEqual(['a', 'b']);
  });

  it('is doubted after a gap, a cut and a new term, and people are told which it was', () => {
    hear(opened(1), 1, true);
    asked = [];
    hear({ type: 'gap', gap: { from: 2, to: 5, why: 'tooFar' } }, 2, true);
    expect(missed.value).toMatchObject({ what: 'gap', at: 2, gap: { from: 2, to: 5 } });
    hear(down, 3, true);
    hear(down, 4, true);
    expect(connection.value).toEqual({ kind: 'down', why: 'It is away.', since: 3, nextAt: 504 });
    hear(opened(1), 5, true);
    expect(missed.value).toEqual({ what: 'reconnect', at: 5 });
    hear(opened(2), 6, true);
    expect(missed.value).toEqual({ what: 'term', at: 6, term: 2 });
    expect(asked).toEqual(['a?', 'b?', 'a?', 'b?', 'a?', 'b?']);
    expect(connection.value).toMatchObject({ kind: 'live', opened: { term: 2 } });
  });

  it('is not asked for once it is no longer shown', () => {
    show('c')();
    hear(facts('c'), 0, true);
    expect(asked).toEqual([]);
  });
});
