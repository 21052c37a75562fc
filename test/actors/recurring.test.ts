/** Sources of periodic jobs, as programs give them: begun again with each run, also after a restart. */
import { describe, expect, it } from 'vitest';
import type { Controller, StartJob } from '../../actors/controller-api.ts';
import type { JobRules } from '../../actors/job-rules.ts';
import { openController } from '../../actors/open-controller.ts';
import { defineHandler } from '../../handlers/define-handler.ts';
import { checkOf } from '../../handlers/schema.ts';
import { openMemoryStore } from '../../store/memory.ts';
import { Cluster, policy } from './cluster.ts';

const MINUTE = 60_000;
const work = { ...defineHandler({ name: 'work', run: () => null }), policy };
const ticks = [{ everyMs: MINUTE }];

/** A controller as programs have it, with an agent, under virtual time. */
class Programs {
  readonly cluster = new Cluster();
  readonly errors: object[] = [];
  controller!: Controller;
  #ids = 0;

  static async start(): Promise<Programs> {
    const programs = new Programs();
    await programs.open();
    await programs.cluster.startAgent('a1');
    await programs.cluster.advance(1_000);
    return programs;
  }

  async open(): Promise<void> {
    const { transport, clock, controllerDisk } = this.cluster;
    const error = (fields: object) => void this.errors.push(fields);
    this.controller = await openController(
      {},
      {
        transport,
        clock,
        store: await openMemoryStore(controllerDisk, { force: true }),
        newId: () => `c${++this.#ids}`,
        logger: { info: () => {}, warn: () => {}, error },
        checkOf,
      },
    );
  }

  start(job: Omit<StartJob, 'name'>) {
    return this.settled(this.controller.startJob({ name: 'j', ...job }));
  }

  /** What a command comes to, without moving time on. */
  async settled<T>(asked: Promise<T>): Promise<T> {
    const answers = Promise.allSettled([asked]);
    await this.cluster.clock.settle();
    const [answer] = await answers;
    if (answer.status === 'rejected') throw answer.reason as Error;
    return answer.value;
  }

  job() {
    const shown = this.controller.show('j');
    if (shown.kind !== 'job') throw new Error('It is no job.');
    return shown;
  }

  until(condition: () => boolean): Promise<void> {
    return this.cluster.until(condition, 10 * MINUTE);
  }
}

/** A source that tells how often it was begun. */
function counting(each: (begun: number) => readonly string[] = () => ['x', 'y']) {
  const source = {
    begun: 0,
    *items() {
      for (const id of each(++source.begun)) yield { handler: work, input: id };
    },
  };
  return source;
}

describe('the source of a periodic job', () => {
  it('is begun again with each run', async () => {
    const programs = await Programs.start();
    const source = counting();
    const handle = await programs.start({ items: () => source.items(), rules: { ticks } });
    await programs.until(() => programs.job().generation === 3);
    await programs.until(() => programs.job().state === 'resting');
    expect(source.begun).toBe(3);
    expect(programs.job()).toMatchObject({ total: 2, done: 2, sourceEnded: true });
    expect(programs.job().older.map(({ done }) => done)).toEqual([2, 2]);
    expect(await handle.ended).toMatchObject({ generation: 1, done: 2, state: 'resting' });
  });

  it('may be a list, and no generator that is spent', async () => {
    const programs = await Programs.start();
    const spent = programs.start({ items: counting().items(), rules: { ticks } });
    await expect(spent).rejects.toThrow(/needs items that can be begun again/);
    await programs.start({ items: [{ handler: work, input: 1 }], rules: { ticks } });
    await programs.until(() => programs.job().generation === 2 && programs.job().done === 1);
  });

  it('is begun again by whoever goes on with the job after a restart', async () => {
    const programs = await Programs.start();
    const source = counting();
    const job = { items: () => source.items(), rules: { ticks } };
    await programs.start(job);
    await programs.until(() => programs.job().state === 'resting');
    await programs.controller.close();
    await programs.open();
    const handle = await programs.start(job);
    expect(handle).toMatchObject({ generation: 1, resumed: true });
    expect(await handle.ended).toMatchObject({ done: 2 });
    await programs.until(() => programs.job().generation === 2 && programs.job().done === 2);
    expect(source.begun).toBe(2);
  });

  it('is begun again though the tick comes in the very turn that goes on with the job', async () => {
    const programs = await Programs.start();
    const source = counting();
    const job = { items: () => source.items(), rules: { ticks } };
    await programs.start(job);
    await programs.until(() => programs.job().state === 'resting');
    await programs.controller.close();
    await programs.cluster.advance(MINUTE);
    // Recovery, the command and the tick are one turn.
    const opening = programs.open().then(() => programs.controller.startJob({ name: 'j', ...job }));
    const handle = await programs.settled(opening);
    expect(handle).toMatchObject({ generation: 1, resumed: true });
    await programs.until(() => programs.job().generation === 2 && programs.job().done === 2);
    expect(source.begun).toBe(2);
  });

  it('that throws ends its run, and not the job', async () => {
    const programs = await Programs.start();
    const source = counting((begun) => {
      if (begun === 2) throw new Error('The disk is away.');
      return ['x'];
    });
    await programs.start({ items: () => source.items(), rules: { ticks } });
    await programs.until(() => programs.job().generation === 3 && programs.job().done === 1);
    expect(programs.job().older).toMatchObject([{ generation: 2, stoppedBy: 'api' }, { done: 1 }]);
    expect(programs.errors).toMatchObject([
      { job: 'j', generation: 2, err: { message: 'The disk is away.' } },
    ]);
  });

  it('is forgotten when the job is stopped', async () => {
    const programs = await Programs.start();
    const source = counting();
    const handle = await programs.start({ items: () => source.items(), rules: { ticks } });
    await programs.until(() => programs.job().state === 'resting');
    await programs.settled(handle.stop('ann'));
    await programs.cluster.advance(5 * MINUTE);
    expect(programs.job()).toMatchObject({ state: 'stopped', generation: 1, nextAt: null });
    expect(source.begun).toBe(1);
    await expect(programs.settled(handle.stop())).rejects.toMatchObject({ code: 'ended' });
  });

  it.each<[JobRules, RegExp]>([
    [{ ticks: [{ everyMs: 0 }] }, /interval/],
    [{ tick: [] } as JobRules, /no "tick"; do you mean "ticks"\?/],
    [{ misfire: 'once' }, /misfire is of jobs that run again/],
    [{ ticks, misfire: 'twice' as 'once' }, /skip or once, not "twice"/],
    [{ maxActive: 0 }, /maxActive must be a whole number from 1 on, not 0/],
    [{ preJob: { handler: 'a/b', input: null } }, /a\/b/],
    [{ postJob: { handler: 'x', input: new Uint8Array(70_000) } }, /at most 65536/],
  ])('is not begun for rules that cannot be: %#', async (rules, sentence) => {
    const programs = await Programs.start();
    await expect(programs.start({ items: [], rules })).rejects.toThrow(sentence);
    expect(programs.controller.list().singlepass).toEqual([]);
  });
});
