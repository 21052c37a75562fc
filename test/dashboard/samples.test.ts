/** Agents and jobs are looked at every two seconds, and half an hour of it is kept. */
import { describe, expect, it } from 'vitest';
import { silent } from '../../actors/logger.ts';
import type { AgentSummary } from '../../actors/agent-queries.ts';
import type { JobView } from '../../actors/views.ts';
import { openSamples } from '../../dashboard/server/samples.ts';
import { createSeries } from '../../dashboard/server/series.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

function look() {
  const clock = createVirtualClock();
  const present = { agents: [] as AgentSummary[], going: [] as JobView[], over: [] as JobView[] };
  const controller = {
    agents: () => present.agents,
    list: () => ({ periodic: present.going, singlepass: [], stopped: [], finished: present.over }),
  };
  return { clock, present, samples: openSamples({ controller, clock, logger: silent }) };
}

const agent = (told: Partial<AgentSummary>) =>
  ({ id: 'a1', lagMs: 3, running: 2, inFlight: 4, waiting: 1, connection: 'connected', heardAt: null, ...told }) as AgentSummary; // prettier-ignore
const job = (told: Partial<JobView>) =>
  ({ name: 'thumbs', generation: 1, done: 0, failed: 0, total: 100, ...told }) as JobView;

describe('samples', () => {
  it('tell how an agent stood, and how long it was silent', async () => {
    const { clock, present, samples } = look();
    const heardAt = new Date(clock.now()).toISOString();
    present.agents = [agent({ heardAt })];
    await clock.advance(2_000);
    present.agents = [agent({ heardAt, connection: 'suspect', lagMs: null })];
    await clock.advance(2_000);
    expect(samples.ofAgent('a1', 0)).toMatchObject([
      { silentMs: 2_000, connection: 'connected', lagMs: 3, running: 2, inFlight: 4, waiting: 1 },
      { silentMs: 4_000, connection: 'suspect', lagMs: null },
    ]);
    expect(samples.ofAgent('a1', clock.now())).toHaveLength(1);
    expect(samples.ofAgent('a2', 0)).toEqual([]);
    samples.close();
  });

  it('tell the rate of a run, and nothing across two runs', async () => {
    const { clock, present, samples } = look();
    for (const told of [{ done: 10 }, { done: 30, failed: 2 }, { generation: 2, done: 1 }]) {
      present.going = [job(told)];
      await clock.advance(2_000);
    }
    expect(samples.ofJob('thumbs', 0).map(({ rate }) => rate)).toEqual([null, 11, null]);
    expect(samples.ofJob('thumbs', clock.now())).toMatchObject([{ generation: 2, done: 1 }]);
    samples.close();
  });

  it('take the end of a run, once', async () => {
    const { clock, present, samples } = look();
    present.going = [job({ done: 99 })];
    await clock.advance(2_000);
    [present.going, present.over] = [[], [job({ done: 100 }), job({ name: 'older' })]];
    await clock.advance(10_000);
    expect(samples.ofJob('thumbs', 0).map(({ done }) => done)).toEqual([99, 100]);
    expect(samples.ofJob('older', 0)).toEqual([]);
    samples.close();
  });

  it('are kept for half an hour, of a thousand agents, whoever is gone making room', async () => {
    const { clock, present, samples } = look();
    present.agents = Array.from({ length: 1_001 }, (_, i) => agent({ id: `a${i}` }));
    await clock.advance(2_000);
    expect(samples.ofAgent('a999', 0)).toHaveLength(1);
    expect(samples.ofAgent('a1000', 0)).toEqual([]);
    present.agents = [agent({ id: 'b' })];
    await clock.advance(2_000 * 900);
    expect(samples.ofAgent('a999', 0)).toEqual([]);
    expect(samples.ofAgent('b', 0)).toHaveLength(1);
    await clock.advance(2_000 * 1_000);
    expect(samples.ofAgent('b', 0)).toHaveLength(900);
    samples.close();
  });

  it('go on after a look that failed', async () => {
    const { clock, present, samples } = look();
    const broken = { get 0(): never { throw new Error('closed'); }, length: 1 }; // prettier-ignore
    present.agents = broken as unknown as AgentSummary[];
    await clock.advance(2_000);
    present.agents = [agent({})];
    await clock.advance(2_000);
    expect(samples.ofAgent('a1', 0)).toHaveLength(1);
    samples.close();
  });
});

it('keeps the newest rows of a series, in order', () => {
  const series = createSeries(50, 2);
  for (let step = 0; step < 120; step++) if (step % 10 !== 5) series.push(step, [step, -step]);
  const kept = [...series.since(0)];
  expect(kept).toHaveLength(50);
  expect(kept.at(-1)).toEqual([119, [119, -119]]);
  expect(kept.map(([step]) => step)).toEqual(kept.map(([step]) => step).sort((a, b) => a - b));
  expect([...series.since(118)].map(([step]) => step)).toEqual([118, 119]);
});
