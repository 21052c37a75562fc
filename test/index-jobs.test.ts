/** Jobs through the public interface, end to end: a real agent, memory transport, memory disks. */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../actors/clock.ts';
import { createVirtualClock } from '../scenarios/virtual-clock.ts';
import { listSubTransactions } from '../actors/queries.ts';
import { key, type JobRow } from '../actors/records.ts';
import {
  createAgent,
  createController,
  createMemoryDisk,
  defineHandler,
  memoryTransport,
  openMemoryStore,
  OutcomeUnknown,
  type JobProgress,
  type WorkItem,
} from '../index.ts';
import {
  closeAll,
  endless,
  handlers,
  keep,
  pictures,
  picky,
  recorded,
  resize,
  start,
  until,
} from './index-world.ts';

afterEach(closeAll);

describe('a job', () => {
  it('takes items of several handlers, with ids and keys', async () => {
    const { controller } = await start();
    const items: WorkItem[] = [
      { handler: resize, input: { path: 'a' }, id: 'own', key: 'k1' },
      { handler: picky, input: { n: 13 }, key: 'k2' },
      { handler: picky, input: { n: 1 }, key: 'k1' },
    ];
    const job = await controller.startJob({ name: 'mixed', items, by: 'ada' });
    expect(await job.ended).toMatchObject({ state: 'finished', total: 2, done: 1, failed: 1 });
    expect(controller.show('own')).toMatchObject({ job: 'mixed', generation: 1 });
    expect(controller.list().finished.map(({ name }) => name)).toEqual(['mixed']);
  });

  it('has what its handler runs before and after a job, unless configured or asked otherwise', async () => {
    const { controller, store } = await start();
    const hooked = defineHandler({ name: 'x', run: () => 1, preJob: () => {}, postJob: () => {} });
    const rulesOf = async (name: string, rules = {}) => {
      await controller.startJob({ name, handler: hooked, items: [], rules });
      return (store.get(key.job(name)) as unknown as JobRow).rules;
    };
    const [preJob, postJob] = ['x-preJob', 'x-postJob'].map((handler) => ({
      handler,
      input: null,
    }));
    expect(await rulesOf('plain')).toEqual({ preJob, postJob });
    const own = { handler: 'tidy', input: 1 };
    await controller.setHandler('x', { postJob: own });
    expect(await rulesOf('configured')).toEqual({ preJob, postJob: own });
    expect(controller.handler('x').config).toEqual({ postJob: own });
    await controller.startJob({ name: 'mixed', hooksOf: hooked, items: [] });
    expect((store.get(key.job('mixed')) as unknown as JobRow).rules.postJob).toEqual(own);
    const asked = { preJob: { handler: 'mine', input: 2 } };
    expect(await rulesOf('asked', asked)).toEqual({ ...asked, postJob: own });
  });

  it('is the next run of its name once the one before has ended', async () => {
    const { controller } = await start();
    for (const generation of [1, 2]) {
      const job = await controller.startJob({ name: 'j', handler: resize, items: pictures(3) });
      expect(job).toMatchObject({ generation, resumed: false, taken: 0 });
      await job.ended;
    }
    expect(controller.show('j')).toMatchObject({ generation: 2, older: [{ generation: 1 }] });
  });

  it('goes on after a crash with what was not taken over', async () => {
    const disk = createMemoryDisk();
    const first = await start({ disk, alone: true });
    const source = (async function* () {
      yield* pictures(700);
      await new Promise(() => {});
    })();
    const cut = await first.controller.startJob({ name: 'j', handler: resize, items: source });
    for await (const { total } of cut.progress()) if (total === 700) break;
    await first.controller.close();
    await expect(cut.ended).rejects.toThrow(OutcomeUnknown);
    disk.crash();
    const { controller } = await start({ disk });
    const job = await controller.startJob({ name: 'j', handler: resize, items: pictures(900) });
    expect(job).toMatchObject({ generation: 1, resumed: true, taken: 700 });
    expect(await job.ended).toMatchObject({ done: 900, total: 900 });
  });

  it('asks its store nothing more once the controller is closed, although all was handed over', async () => {
    const { controller, disk } = await start({ alone: true });
    const job = await controller.startJob({ name: 'j', handler: resize, items: pictures(3) });
    const shown: (number | null)[] = [];
    const watched = (async () => {
      for await (const { total } of job.progress()) shown.push(total);
    })();
    await until(() => controller.list().singlepass[0]?.sourceEnded === true);
    await controller.close();
    disk.crash();
    await expect(job.ended).rejects.toThrow(OutcomeUnknown);
    await watched;
    expect(shown.length).toBeGreaterThan(0);
  });

  it('tells a source that is a function what was taken, and when all is at rest', async () => {
    const { controller } = await start();
    const doneAtRest: (number | null)[] = [];
    const job = await controller.startJob({
      name: 'j',
      handler: resize,
      items: async function* ({ taken, settled }) {
        expect(taken).toBe(0);
        yield* pictures(30);
        await settled();
        doneAtRest.push(controller.list().singlepass[0]!.done);
        yield { path: 'last' };
      },
    });
    expect(await job.ended).toMatchObject({ done: 31 });
    expect(doneAtRest).toEqual([30]);
  });

  it('keeps its name from another source, and from a second feeder', async () => {
    const { controller } = await start({ alone: true });
    let end = () => {};
    const source = (async function* () {
      yield* pictures(1);
      await new Promise<void>((resolve) => (end = resolve));
    })();
    await controller.startJob({ name: 'j', handler: resize, items: source });
    const second = controller.startJob({ name: 'j', handler: resize, items: [] });
    await expect(second).rejects.toMatchObject({ code: 'jobTaken' });
    await until(() => controller.list().singlepass[0]!.total === 1);
    end();
    await recorded(controller, 'job.sourceEnded', 'j');
    const other = controller.startJob({ name: 'j', source: 'other', handler: resize, items: [] });
    await expect(other).rejects.toMatchObject({ code: 'jobTaken' });
  });

  it('is stopped when its source throws, and says why', async () => {
    const { controller } = await start();
    const broken = (function* () {
      yield* pictures(5);
      throw new Error('the disk is gone');
    })();
    const job = await controller.startJob({ name: 'j', handler: resize, items: broken });
    await expect(job.ended).rejects.toThrow('the disk is gone');
    expect(controller.list().stopped).toMatchObject([{ name: 'j', remaining: 0 }]);
  });

  it('is stopped when an item cannot be sent, and names it', async () => {
    const { controller } = await start();
    const items = [{ n: 1 }, { n: 2 }, { n: 2.5 }];
    const job = await controller.startJob({ name: 'j', handler: picky, items });
    await expect(job.ended).rejects.toThrow('Item 3 of job "j": The input of handler "picky"');
  });

  it('can be stopped: what runs is killed, the source is told, progress ends with the last value', async () => {
    const { controller } = await start();
    let left = false;
    const source = (function* () {
      try {
        for (;;) yield null;
      } finally {
        left = true;
      }
    })();
    const job = await controller.startJob({ name: 'j', handler: endless, items: source });
    await recorded(controller, 'received', 'j');
    await job.stop('ada');
    const ended = await job.ended;
    expect(ended).toMatchObject({ state: 'stopped', remaining: 0, done: 0 });
    expect(ended.cancelled).toBeGreaterThan(0);
    expect(left).toBe(true);
    const seen: JobProgress[] = [];
    for await (const progress of job.progress()) seen.push(progress);
    expect(seen).toHaveLength(1);
    await expect(job.stop()).rejects.toMatchObject({ code: 'ended' });
    expect(controller.audit('j').items[0]).toMatchObject({ kind: 'job.started', generation: 1 });
    const view = await controller.report({ from: 0, to: systemClock.now() + 60_000, job: 'j' });
    expect(view.accepted).toBeGreaterThan(0);
    const asked = controller.history({ subject: 'j', kinds: ['job.stop'] });
    expect(asked.items).toMatchObject([{ by: 'ada' }]);
  });
});

describe('a job over a new term of its controller', () => {
  it.each(['nothing', 'lost', 'applied'] as const)(
    'neither repeats nor loses an item when the disk fails: %s',
    async (fault) => {
      const clock = createVirtualClock();
      const transport = keep(memoryTransport({ after: (ms, wake) => clock.after(ms, wake) }));
      const [disk, store] = [createMemoryDisk(), await openMemoryStore(createMemoryDisk())];
      const agent = keep(
        await createAgent({ id: 'a1', transport, handlers, store, clock, slots: 50 }),
      );
      const kept = await openMemoryStore(disk);
      const controller = keep(await createController({ transport, store: kept, clock }));
      const items = function* () {
        for (const [n, picture] of pictures(1_200).entries()) {
          if (n === 600) disk.faults.failNextAppend(1, fault);
          yield picture;
        }
      };
      const starting = controller.startJob({ name: 'j', handler: resize, items: items() });
      await clock.runUntil(() => controller.list().finished.length === 1, { withinMs: 600_000 });
      const { ended } = await starting;
      expect(await ended).toMatchObject({ total: 1_200, done: 1_200, retried: 0 });
      expect(controller.history({ kinds: ['controller.active'] }).items).toHaveLength(2);
      const paths = [...listSubTransactions(kept, { job: 'j' })].map(
        ({ id }) => (controller.show(id) as { input?: { path: string } }).input!.path,
      );
      expect(paths).toEqual(pictures(1_200).map(({ path }) => path));
      await Promise.all([agent.close(), controller.close(), clock.advance(2_000)]);
    },
  );
});
