/** Jobs that a controller goes on with by itself, from what is on record of them. */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../actors/clock.ts';
import type { StartJob } from '../../actors/controller-api.ts';
import { createApi } from '../../dashboard/server/api.ts';
import { resumeJobs, type JobSource } from '../../dashboard/server/job-sources.ts';
import { createController, openMemoryStore, type Controller } from '../../index.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { LONGEST_REQUEST_MS } from '../../transport/control.ts';
import { closeAll, keep, pictures, resize, start, until } from '../index-world.ts';

afterEach(closeAll);

/** Hands over two items and then, until `opened`, nothing. */
function gated(name: string, spec: Record<string, string> | undefined) {
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const job: StartJob = {
    name,
    source: `test:${name}`,
    by: 'ada',
    ...(spec === undefined ? {} : { spec }),
    async *items() {
      for (const input of pictures(2)) yield { handler: resize, input, key: input.path };
      await gate;
      yield { handler: resize, input: { path: 'last.jpg' }, key: 'last' };
    },
  };
  return { job, open: () => open() };
}

describe('jobs of a controller that was restarted', () => {
  it('are not begun anew when somebody stops them while their source is being asked', async () => {
    const { controller, disk, transport } = await start();
    await controller.startJob(gated('album', { kind: 'pictures' }).job);
    await controller.close();
    disk.crash();
    const store = await openMemoryStore(disk);
    const next: Controller = keep(await createController({ transport, store }));
    const stopping: JobSource = async (_spec, { name }) => {
      await next.stopJob(name!, 'eve');
      return gated(name!, { kind: 'pictures' }).job;
    };
    const lines: object[] = [];
    const error = (fields: object) => void lines.push(fields);
    const logger = { info: error, warn: error, error };
    const sources = new Map([['pictures', stopping]]);
    const resuming = { store, clock: systemClock, controller: next, sources, logger };
    expect(await resumeJobs(resuming)).toEqual([]);
    expect(lines).toEqual([]);
    expect(next.history({ kinds: ['job.started'] }).items).toHaveLength(1);
  });

  it('are the same run for whoever starts them once more while they are fed', async () => {
    const { controller } = await start();
    const first = await controller.startJob(gated('album', { kind: 'pictures' }).job);
    const { job, open } = gated('album', { kind: 'pictures' });
    expect(await controller.startJob(job)).toBe(first);
    open();
    await expect(controller.startJob(gated('album', undefined).job)).rejects.toMatchObject({
      code: 'jobTaken',
    });
    await controller.stopJob('album');
  });

  it('go on from their source, and those that cannot are told', async () => {
    const { controller, disk, transport } = await start();
    await controller.startJob(gated('plain', undefined).job);
    await controller.startJob(gated('album', { kind: 'pictures', size: 'l' }).job);
    await controller.startJob(gated('gone', { kind: 'missing' }).job);
    await controller.startJob(gated('bad', { kind: 'broken' }).job);
    await controller.startJob(gated('dead', { kind: 'hanging' }).job);
    await controller.startJob(gated('halted', { kind: 'pictures' }).job);
    await controller.stopJob('halted');
    await controller.close();
    disk.crash();

    const store = await openMemoryStore(disk);
    const next: Controller = keep(await createController({ transport, store }));
    const asked: unknown[] = [];
    const sources = new Map<string, JobSource>([
      [
        'pictures',
        (spec, named) => {
          asked.push({ spec, named });
          const { job, open } = gated(named.name!, { kind: 'pictures', size: 'l' });
          open();
          return Promise.resolve(job);
        },
      ],
      ['hanging', () => new Promise<never>(() => {})],
      ['broken', () => Promise.reject(new Error('The tree is gone.'))],
    ]);
    // The limit to a source that hangs is reached at once, and no other is.
    const clock: Clock = { ...systemClock, after: (_ms, wake) => systemClock.after(1, wake) };
    const lines: object[] = [];
    const error = (fields: object) => void lines.push(fields);
    const logger = { info: error, warn: error, error };
    const names = await resumeJobs({ store, clock, controller: next, sources, logger });
    expect(names).toEqual(['album']);
    expect(asked).toEqual([
      { spec: { kind: 'pictures', size: 'l' }, named: { name: 'album', by: 'ada' } },
    ]);
    expect(lines).toMatchObject([
      { job: 'bad', err: { message: 'The tree is gone.' } },
      {
        job: 'dead',
        err: { message: expect.stringContaining('has not answered within 20 s') as unknown },
      },
      { job: 'gone', err: { message: 'No source of the kind "missing" is known here.' } },
    ]);
    const { items } = next.history({ kinds: ['job.resumed'] });
    expect(items).toMatchObject([{ job: 'album', by: 'ada' }]);
    const album = () => next.show('album');
    await until(() => album().state === 'finished');
    expect(album()).toMatchObject({ done: 3 });
  });

  it('are left alone where no controller runs', async () => {
    const { store } = await start({ alone: true });
    const logger = { info: () => {}, warn: () => {}, error: () => {} };
    expect(await resumeJobs({ store, clock: systemClock, sources: new Map(), logger })).toEqual([]);
  });
});

describe('a source that hangs', () => {
  it('is waited for so long, and begins nothing when it comes to an end after all', async () => {
    const { controller, store } = await start({ alone: true });
    const clock = createVirtualClock();
    const logger = { info: () => {}, warn: () => {}, error: () => {} };
    let thaw = (_job: StartJob) => {};
    let isAsked = false;
    const hanging: JobSource = () => {
      isAsked = true;
      return new Promise((resolve) => (thaw = resolve));
    };
    const api = createApi({
      ...{ store, controller, clock, logger, handlers: new Map() },
      about: { namespace: 'lab', version: '1' },
      sources: new Map([['hanging', hanging]]),
    });
    keep({ close: () => api.close() });
    const answered = api.inject({
      method: 'POST',
      url: '/api/v1/jobs',
      headers: { 'content-type': 'application/json' },
      payload: '{"source":{"kind":"hanging"}}',
    });
    const seen = Promise.resolve(answered);
    await until(() => isAsked);
    await clock.advance(LONGEST_REQUEST_MS - 1);
    const answer = await seen;
    expect(answer.statusCode).toBe(504);
    expect(answer.json()).toMatchObject({ code: 'sourceSilent' });
    thaw(gated('late', { kind: 'hanging' }).job);
    await clock.settle();
    expect(() => controller.show('late')).toThrow('There is no');
  });
});
