/**
 * A log that is followed: byte by byte to its end, over attempts, over agents and controllers that are away,
 * with every question answered from a log that the test writes as it goes.
 */
import { describe, expect, it } from 'vitest';
import type { AgentView } from '../../actors/views.ts';
import { noAnswer, type Api } from '../../cli/api-client.ts';
import { CommandFailed, exitCodes } from '../../cli/failure.ts';
import { LogFollow, type AskPage } from '../../cli/log-follow.ts';
import { createPatience } from '../../cli/patience.ts';
import { createScreen } from '../../cli/screen.ts';
import type { Call } from '../../cli/verb.ts';
import type { LogPage } from '../../dashboard/server/log-page.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

/** One attempt: its log is text, a byte a character, a record a line. */
interface Kept {
  text: string;
  agent: string;
  isOver: boolean;
  expected: number | null;
}

/** Records on one page. */
const PAGE = 3;

/** A controller that a test changes as it goes, and somebody who follows. */
function world(attempt?: number) {
  const clock = createVirtualClock();
  const interruption = new AbortController();
  const said: string[] = [];
  const screen = createScreen({ write: (text) => void said.push(String(text).trimEnd()) }, {});
  const state = {
    attempts: [] as Kept[],
    isAtRest: false,
    agent: { state: 'present', connection: 'connected' } as Pick<AgentView, 'state' | 'connection'>,
    answers: true,
    asked: 0,
    refusal: undefined as CommandFailed | undefined,
    onRecord: undefined as true | undefined,
  };
  const begin = (agent = 'a1') => {
    const kept: Kept = { text: '', agent, isOver: false, expected: null };
    state.attempts.push(kept);
    return kept;
  };
  const pageOf: AskPage = async ({ attempt: asked, from }) => {
    state.asked++;
    await Promise.resolve();
    if (!state.answers) throw noAnswer('in ./here');
    if (state.refusal) throw state.refusal;
    const latest = state.attempts.length;
    const attempt = asked ?? latest;
    const {
      text = '',
      agent = null,
      isOver = state.isAtRest,
      expected = null,
    } = state.attempts[attempt - 1] ?? {};
    const whole = text.slice(from, text.lastIndexOf('\n') + 1);
    const lines = whole === '' ? [] : whole.split(/(?<=\n)/);
    const shown = lines.slice(0, PAGE);
    const to = from + shown.join('').length;
    const page: Omit<LogPage, 'items'> = {
      ...{ id: 'x', attempt, agent, latest, isAtRest: state.isAtRest, length: text.length },
      ...{ isOver: isOver || attempt < latest, expected, to },
      complete: expected !== null && text.length >= expected,
      next: lines.length > PAGE ? to : null,
    };
    return { ...page, items: shown.map((line) => ({ at: null, stream: 'out', text: line })) };
  };
  const get = async <T>() => {
    await Promise.resolve();
    if (!state.answers) throw noAnswer('in ./here');
    return state.agent as T;
  };
  const call = { screen, clock, interruption: () => interruption.signal } as unknown as Call;
  const api = { get, where: 'in ./here' } as unknown as Api;
  const out: string[] = [];
  const following = new LogFollow(call, attempt, (item, of) =>
    out.push(`${of} ${'text' in item ? item.text : ''}`),
  );
  const patience = createPatience(call, api);
  const begins = () =>
    following.toEnd(pageOf, api, patience, () => Promise.resolve(state.onRecord));
  return { state, begin, begins, clock, interruption, said, out, pageOf, following };
}

/** What was written of one attempt. */
const of = (attempt: number, out: readonly string[]) =>
  out
    .filter((line) => line.startsWith(`${attempt} `))
    .map((line) => line.slice(2))
    .join('');

const end = (kept: Kept, more = 0) => {
  kept.isOver = true;
  kept.expected = kept.text.length + more;
};

describe('following a log', () => {
  it('writes what is here and what comes, each once, to the end', async () => {
    const { state, begin, begins, clock, out } = world();
    const one = begin();
    one.text = 'a\nb\nc\nd\ne\nf\ng\n';
    const ended = begins();
    await clock.advance(1_000);
    expect(of(1, out)).toBe('a\nb\nc\nd\ne\nf\ng\n');
    one.text += 'half a li';
    await clock.advance(1_000);
    expect(of(1, out)).toBe('a\nb\nc\nd\ne\nf\ng\n');
    one.text += 'ne\n';
    end(one);
    state.isAtRest = true;
    await clock.advance(300);
    expect(await ended).toBe(true);
    expect(of(1, out)).toBe(one.text);
  });

  it('waits for work that was not given out, and ends when it never will be', async () => {
    const { state, begins, clock, out } = world();
    const ended = begins();
    await clock.advance(10_000);
    state.isAtRest = true;
    await clock.advance(1_000);
    expect(await ended).toBe(true);
    expect(out).toEqual([]);
  });

  it('waits for the rest of an attempt that is over', async () => {
    const { state, begin, begins, clock, out, said } = world();
    const one = begin();
    one.text = 'a\n';
    end(one, 2);
    state.isAtRest = true;
    const ended = begins();
    await clock.advance(5_000);
    one.text += 'b\n';
    await clock.advance(300);
    expect(await ended).toBe(true);
    expect(of(1, out)).toBe('a\nb\n');
    expect(said).toEqual([]);
  });

  it('goes on with the attempts that follow, when each log is whole', async () => {
    const { state, begin, begins, clock, out, said } = world();
    const one = begin();
    one.text = 'a\n';
    const ended = begins();
    await clock.advance(500);
    end(one, 2);
    const two = begin('a2');
    two.text = 'c\n';
    await clock.advance(500);
    one.text += 'b\n';
    await clock.advance(500);
    end(two);
    const three = begin('a1');
    end(three);
    state.isAtRest = true;
    await clock.advance(500);
    expect(await ended).toBe(true);
    expect(out).toEqual(['1 a\n', '1 b\n', '2 c\n']);
    expect(said).toEqual(['— attempt 2 at a2 —', '— attempt 3 at a1 —']);
  });

  it('stays with one attempt when that was asked for', async () => {
    const { begin, begins, clock, out } = world(1);
    const one = begin();
    one.text = 'a\n';
    const two = begin('a2');
    two.text = 'b\n';
    const ended = begins();
    await clock.advance(500);
    expect(await ended).toBe(true);
    expect(out).toEqual(['1 a\n']);
  });

  it('does not wait for what a lost agent may still have, and says so', async () => {
    const { state, begin, begins, clock, out, said } = world();
    const one = begin();
    one.text = 'a\n';
    one.isOver = true;
    const ended = begins();
    await clock.advance(5_000);
    expect(said).toEqual([]);
    const two = begin('a2');
    two.text = 'b\n';
    two.isOver = true;
    state.isAtRest = true;
    await clock.advance(500);
    expect(await ended).toBe(true);
    expect(out).toEqual(['1 a\n', '2 b\n']);
    expect(said).toEqual([
      'Of attempt 1 2 bytes are here; what else it wrote comes when its agent a1 runs again.',
      '— attempt 2 at a2 —',
      'Of attempt 2 2 bytes are here; what else it wrote comes when its agent a2 runs again.',
    ]);
  });

  it('gives up on a rest that its agent has taken with it', async () => {
    const { state, begin, begins, clock, said } = world();
    const one = begin();
    one.text = 'a\n';
    end(one, 100);
    state.isAtRest = true;
    const ended = begins();
    state.agent = { state: 'present', connection: 'suspect' };
    await clock.advance(60_000);
    state.agent = { state: 'lost', connection: 'lost' };
    await clock.advance(5_000);
    expect(await ended).toBe(true);
    expect(said.slice(1)).toEqual([
      'Of attempt 1 2 of 102 bytes are here; what else it wrote comes when its agent a1 runs again.',
    ]);
  });
});

describe('while an agent is away', () => {
  it('tells it once, and that it is back', async () => {
    const { state, begin, begins, clock, interruption, said } = world();
    begin();
    const ended = begins();
    await clock.advance(10_000);
    expect(said).toEqual([]);
    state.agent = { state: 'present', connection: 'suspect' };
    await clock.advance(40_000);
    state.agent = { state: 'present', connection: 'reconciled' };
    await clock.advance(10_000);
    expect(said).toEqual([
      'The agent a1 is suspect: what it writes meanwhile is kept there, and comes when it is back.',
      'The agent a1 is back.',
    ]);
    interruption.abort();
    expect(await ended).toBe(false);
  });

  it('asks less often where nothing is written for long', async () => {
    const { state, begin, begins, clock, interruption } = world();
    begin();
    const ended = begins();
    await clock.advance(60_000);
    expect(state.asked).toBeGreaterThan(200);
    expect(state.asked).toBeLessThan(250);
    const before = state.asked;
    await clock.advance(60_000);
    expect(state.asked - before).toBeLessThan(65);
    interruption.abort();
    await ended;
  });
});

describe('while the controller is away', () => {
  it('goes on where it was once it answers, and has told it once', async () => {
    const { state, begin, begins, clock, out, said } = world();
    const one = begin();
    one.text = 'a\nb\n';
    const ended = begins();
    await clock.advance(1_000);
    state.answers = false;
    one.text += 'c\nd\ne\nf\n';
    await clock.advance(600_000);
    state.answers = true;
    end(one);
    state.isAtRest = true;
    await clock.advance(2_000);
    expect(await ended).toBe(true);
    expect(of(1, out)).toBe(one.text);
    expect(said).toEqual([
      'No controller answers in ./here: it is asked until one does.',
      'The controller in ./here answers again.',
    ]);
  });

  it('neither skips nor repeats where its store has gone back in time', async () => {
    const { state, begin, begins, clock, out } = world();
    const one = begin();
    one.text = 'a\nb\nc\n';
    const ended = begins();
    await clock.advance(1_000);
    const whole = `${one.text}d\n`;
    one.text = 'a\n';
    await clock.advance(1_000);
    one.text = whole;
    end(one);
    state.isAtRest = true;
    await clock.advance(1_000);
    expect(await ended).toBe(true);
    expect(of(1, out)).toBe(whole);
  });

  it('ends with what is on record where it has ended in order', async () => {
    const { state, begin, begins, clock } = world();
    begin();
    const ended = begins();
    await clock.advance(1_000);
    state.answers = false;
    state.onRecord = true;
    await clock.advance(2_000);
    expect(await ended).toBe(true);
  });

  it('ends at a refusal, which no waiting mends', async () => {
    const { state, begins, clock } = world();
    state.refusal = new CommandFailed(exitCodes.notFound, 'There is no sub-transaction "x".');
    const ended = expect(begins()).rejects.toThrow('There is no sub-transaction');
    await clock.advance(1_000);
    await ended;
  });
});

describe('records that nobody adds to', () => {
  it.each([
    ['at rest, and whole', 0, true, true],
    ['at rest, with a rest elsewhere', 10, true, true],
    ['not at rest', 0, false, false],
  ])('are taken to their end: %s', async (_name, more, isAtRest, isOver) => {
    const { state, begin, following, pageOf, out } = world();
    const one = begin();
    one.text = 'a\nb\nc\nd\n';
    end(one);
    const two = begin('a2');
    two.text = 'e\n';
    if (isAtRest) end(two, more);
    state.isAtRest = isAtRest;
    expect(await following.ofRecords(pageOf)).toBe(isOver);
    expect(of(2, out)).toBe('e\n');
  });
});
