/** A job watched from outside: to its end, through silences, with the trouble of its agents told once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FactView, JobView } from '../../actors/views.ts';
import { CommandFailed } from '../../cli/failure.ts';
import { noAnswer, type Api } from '../../cli/api-client.ts';
import { createPatience } from '../../cli/patience.ts';
import { createScreen } from '../../cli/screen.ts';
import type { Call } from '../../cli/verb.ts';
import { watchJob } from '../../cli/watch-job.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'lifeline-watch-'));
});

afterEach(() => {
  rmSync(data, { recursive: true, force: true });
});

const view = (change: Partial<JobView>): JobView => ({
  ...{ name: 'w', generation: 2, state: 'running', source: 'api:w', startedBy: 'me' },
  ...{ stoppedBy: null, total: 10, sourceEnded: true, remaining: 10, done: 0, failed: 0 },
  ...{ cancelled: 0, parked: 0, retried: 0, lost: 0, skippedTicks: 0, elapsedMs: 0 },
  ...{ startedAt: '2030-01-01T00:00:00.000Z', endedAt: null, nextAt: null },
  ...{ obstacle: null, ticks: [], preJob: null, postJob: null },
  ...change,
});
const ended = view({ state: 'finished', done: 10, endedAt: '2030-01-01T00:00:00.000Z' });

const trouble = (n: number, kind: string): FactView => ({
  ...{ n, at: '2030-01-01T00:00:00.000Z', about: 'agent', kind, id: null, job: null },
  ...{ birth: null, attempt: null, agent: 'a1', boot: 1, state: null, cause: null, by: null },
  detail: { silentMs: 13_000 },
});

/** A controller that a test changes as it goes. */
function world() {
  const clock = createVirtualClock();
  const interruption = new AbortController();
  const said: string[] = [];
  const screen = createScreen({ write: (text) => void said.push(String(text).trimEnd()) }, {});
  const state = {
    job: view({}),
    older: [] as readonly JobView[],
    facts: [] as readonly FactView[],
    position: 100,
    answers: true,
    refusal: undefined as CommandFailed | undefined,
    asked: 0,
  };
  const answerOf = (path: string, query: { readonly after?: number } = {}): unknown => {
    if (path === '/api/v1/status') return { position: state.position };
    if (path === '/api/v1/history') {
      const items = state.facts.filter(({ n }) => n > (query.after ?? 0));
      return { items, next: null };
    }
    if (state.refusal) throw state.refusal;
    return { ...state.job, older: state.older };
  };
  const get = <T>(path: string, query?: object): Promise<T> => {
    state.asked++;
    if (!state.answers) return Promise.reject(noAnswer('in ./here'));
    return Promise.resolve().then(() => answerOf(path, query) as T);
  };
  const api = { get, where: 'in ./here', isLive: true } as unknown as Api;
  const call = {
    screen,
    clock,
    interruption: () => interruption.signal,
    values: { data, url: undefined },
  } as unknown as Call;
  const patience = createPatience(call, api);
  const seen: JobView[] = [];
  const watching = watchJob(call, api, patience, { name: 'w', generation: 2 }, (one) =>
    seen.push(one),
  );
  const told = () => said.filter((line) => !/^\d+ of/.test(line));
  return { state, clock, interruption, watching, seen, told };
}

describe('watching a job', () => {
  it('resolves with its last view', async () => {
    const { state, clock, watching, seen } = world();
    await clock.advance(1_000);
    state.job = view({ done: 5 });
    await clock.advance(1_000);
    state.job = ended;
    await clock.advance(300);
    expect(await watching).toMatchObject(ended);
    expect(new Set(seen.map(({ done }) => done))).toEqual(new Set([0, 5, 10]));
  });

  it('asks four times a second, not more', async () => {
    const { state, clock, interruption, watching } = world();
    await clock.advance(10_000);
    expect(state.asked).toBeLessThanOrEqual(2 * 41);
    interruption.abort();
    expect(await watching).toBeUndefined();
  });

  it('stays with its run when the next one has begun', async () => {
    const { state, clock, watching } = world();
    await clock.advance(1_000);
    state.older = [ended];
    state.job = view({ generation: 3, done: 1 });
    await clock.advance(300);
    expect(await watching).toMatchObject({ generation: 2, done: 10 });
  });

  it('tells trouble from now on, each once, when it is on record', async () => {
    const { state, clock, interruption, watching, told } = world();
    state.facts = [trouble(90, 'agent.suspect')];
    await clock.advance(1_000);
    expect(told()).toEqual([]);
    state.facts = [...state.facts, trouble(110, 'agent.suspect'), trouble(130, 'agent.lost')];
    state.position = 120;
    await clock.advance(2_000);
    expect(told()).toEqual([
      '00:00:00.000 a1 is suspect: not a word for 13.0 s, it is given nothing new',
    ]);
    state.position = 130;
    await clock.advance(2_000);
    expect(told()).toHaveLength(2);
    interruption.abort();
    await watching;
  });

  it('outlasts a silence of any length, and says so once', async () => {
    const { state, clock, watching, told } = world();
    await clock.advance(1_000);
    state.answers = false;
    await clock.advance(600_000);
    expect(told()).toEqual(['No controller answers in ./here: it is asked until one does.']);
    state.answers = true;
    state.job = ended;
    await clock.advance(1_500);
    expect(await watching).toMatchObject(ended);
    expect(told()).toHaveLength(2);
  });

  it('ends with whatever else is wrong', async () => {
    const { state, clock, watching } = world();
    const outcome = expect(watching).rejects.toThrow('There is no job');
    await clock.advance(1_000);
    state.refusal = new CommandFailed(4, 'There is no job "w".');
    await clock.advance(1_000);
    await outcome;
  });
});
