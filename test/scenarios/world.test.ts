/** The world itself: it comes up, is handed work, rests, tells what it sees, and is the same each time. */
import { describe, expect, it } from 'vitest';
import { agentKey } from '../../actors/agent-records.ts';
import type { Plan } from '../../scenarios/plan.ts';
import { Violation, type Sight } from '../../scenarios/sight.ts';
import { World } from '../../scenarios/world.ts';
import { Watched } from './watching.ts';

describe('a world', () => {
  it('comes up by itself, without anybody waiting for it', async () => {
    const watched = new Watched();
    expect(watched.sights).toEqual([]);
    expect([...watched.world.view.alive]).toEqual(['controller', 'a1', 'a2']);
    await watched.advance(10);
    expect(watched.lives('controller')).toEqual(['2 term 1']);
    expect(watched.lives('a1')).toEqual(['2 boot 1']);
    expect(await watched.rest(5_000)).toEqual([]);
  });

  it('does what it is handed, and is at rest when nobody holds anything any more', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'submit', id: 'x', runsMs: 500, fails: 1, lines: 3 });
    expect(watched.world.leftOver().next().value).toBe('1 commands have not been answered');
    expect(await watched.rest()).toEqual([]);
    expect(watched.ledger.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([
      'start x#1 a1',
      'end x#1 a1 failed',
      'start x#2 a2',
      'end x#2 a2 done',
    ]);
    expect(watched.of('answered')).toMatchObject([
      { command: { kind: 'submit' }, reply: { id: 'x' } },
    ]);
  });

  it('feeds a job in batches, and ends it', async () => {
    const watched = await Watched.open();
    const items = ['x1', 'x2', 'x3', 'x4', 'x5'].map((id) => ({ id }));
    watched.do({ do: 'job', name: 'j', items, batch: 2 });
    expect(await watched.rest()).toEqual([]);
    expect(watched.of('answered').map(({ command }) => command.kind)).toEqual([
      'startJob',
      'enqueue',
      'enqueue',
      'enqueue',
    ]);
    expect(watched.world.view.storeOf('controller')!.get('job/j')).toMatchObject({
      state: 'finished',
      counts: { done: 5 },
    });
  });

  it('asks again until a controller is there', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'crash', seat: 'controller', forMs: 3_000 }, { do: 'submit', id: 'x' });
    expect(await watched.rest()).toEqual([]);
    expect(watched.of('answered')[0]!.atMs).toBeGreaterThan(4_000);
  });

  it('says what it refuses', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'cancel', id: 'nobody' });
    await watched.advance(10);
    expect(watched.of('answered')).toMatchObject([{ refusal: { code: 'unknown' } }]);
    expect(() => watched.do({ do: 'pause', seat: 'a9' })).toThrow(
      'There is no seat "a9" in this world; there are controller, a1, a2.',
    );
  });

  it('shows its disks also while their processes are down', async () => {
    const watched = await Watched.open();
    const store = watched.world.view.storeOf('a1')!;
    watched.do({ do: 'crash', seat: 'a1' });
    expect(watched.world.view.alive.has('a1')).toBe(false);
    expect(store.get(agentKey.meta)).toMatchObject({ boot: 1 });
    await expect(store.append({ entries: [], writes: [] }, { expect: 0 })).rejects.toThrow(
      'reading',
    );
  });

  it('ends the run with what a listener throws, and is heard no more', async () => {
    let heard = 0;
    const world = World.open({ seed: 1, agents: [{ id: 'a1' }], settings: {} }, (sight) => {
      heard++;
      if (sight.what === 'decided') throw new Violation('nothing-lost', sight.atMs, 'x is lost');
    });
    await expect(world.advance(1_000)).rejects.toThrow('x is lost');
    await expect(world.until(() => true, 10)).rejects.toThrow('x is lost');
    expect(world.clock.elapsed()).toBeLessThan(10);
    const before = heard;
    world.close();
    expect(heard).toBe(before);
  });

  it('is the same world each time', async () => {
    const first = await play();
    expect(first.length).toBeGreaterThan(300);
    expect(await play()).toEqual(first);
  });
});

/** A little of everything, as text. */
async function play(): Promise<readonly string[]> {
  const items = Array.from({ length: 6 }, (_, i) => ({ id: `x${i}`, runsMs: i * 2_000, lines: i }));
  const steps: Plan['steps'] = [
    { atMs: 500, action: { do: 'job', name: 'j', items, batch: 2 } },
    { atMs: 600, action: { do: 'lossy', agent: '*', way: 'both', drop: 0.2, reorder: 0.2, delayMs: [0, 900] } },
    { atMs: 1_000, action: { do: 'crash', seat: 'a1', phase: 'recorded', keep: 1, forMs: 900 } },
    { atMs: 3_000, action: { do: 'pause', seat: 'controller', forMs: 4_000 } },
    { atMs: 20_000, action: { do: 'heal' } },
  ]; // prettier-ignore
  const lines: string[] = [];
  const tell = (sight: Sight) =>
    lines.push(
      JSON.stringify(sight, (name, value: unknown) =>
        ['store', 'runner', 'records', 'before', 'after'].includes(name)
          ? undefined
          : value instanceof Map
            ? [...(value as Map<string, unknown>)]
            : value,
      ),
    );
  const setting = { seed: 4, agents: [{ id: 'a1', rate: 1.0005 }, { id: 'a2' }], settings: {} };
  const world = World.open(setting, tell);
  for (const { atMs, action } of steps) {
    await world.advance(atMs - world.view.nowMs);
    world.do(action);
  }
  expect(await world.until(() => world.leftOver().next().done === true, 300_000)).toBe(true);
  world.close();
  return lines;
}
