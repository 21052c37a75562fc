/** The public interface end to end: a real agent, inline handlers, memory transport, memory disks. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createVirtualClock } from '../scenarios/virtual-clock.ts';
import {
  createAgent,
  createController,
  createMemoryDisk,
  createRecordReader,
  defineHandler,
  InvalidId,
  InvalidInput,
  InvalidSetting,
  memoryTransport,
  openMemoryStore,
  openStore,
  OutcomeUnknown,
  Refused,
  StoreFailed,
  StoreInUse,
  SubTransactionFailed,
  ValueRefused,
  type JobProgress,
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
  stateOf,
  until,
} from './index-world.ts';

afterEach(closeAll);

describe('the example of the README', () => {
  it('works as it stands there, with directories', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lifeline-'));
    try {
      const transport = memoryTransport();
      await using agentStore = await openStore(join(directory, 'a1'));
      await using agent = await createAgent({
        id: 'a1',
        transport,
        handlers: [resize],
        store: agentStore,
      });
      await using store = await openStore(join(directory, 'c'));
      await using controller = await createController({ transport, store });
      const thumb: { thumb: string } = await controller.submit(resize, { path: 'cat.jpg' });
      expect(thumb).toEqual({ thumb: 'cat.jpg.thumb' });
      const images = function* () {
        yield* pictures(40);
      };
      const job = await controller.startJob({ name: 'thumbs', handler: resize, items: images() });
      const seen: JobProgress[] = [];
      for await (const progress of job.progress()) seen.push(progress);
      expect(seen.at(-1)).toMatchObject({ state: 'finished', done: 40, total: 40, remaining: 0 });
      expect(seen.map(({ done }) => done)).toEqual(
        seen.map(({ done }) => done).sort((a, b) => a - b),
      );
      expect(agent.id).toBe('a1');
      await expect(openStore(join(directory, 'c'))).rejects.toThrow(StoreInUse);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('submit', () => {
  it('resolves with the result under the id that was asked for', async () => {
    const { controller } = await start();
    expect(await controller.submit(picky, { n: 4 }, { id: 'four', by: 'ada' })).toBe(8);
    expect(controller.show('four')).toMatchObject({
      kind: 'subTransaction',
      result: 8,
      history: [{ kind: 'accepted', by: 'ada' }, { kind: 'assign' }, { kind: 'done' }],
      attempts: [{ receivedAt: expect.any(String) as string }],
    });
  });

  it('rejects with cause, message and detail of what failed', async () => {
    const { controller } = await start();
    const error = await controller.submit(picky, { n: 13 }, { id: 'x' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SubTransactionFailed);
    expect(error).toMatchObject({
      id: 'x',
      state: 'failed',
      cause: 'error',
      message: 'thirteen is unlucky',
      detail: { name: 'RangeError' },
    });
  });

  it('records nothing of what does not pass the checks', async () => {
    const { controller, store } = await start({ alone: true });
    const before = store.position();
    const wrong: [Promise<unknown>, new (...given: never[]) => Error][] = [
      [controller.submit(picky, { n: 1.5 }), InvalidInput],
      [controller.submit(picky, {} as { n: number }), InvalidInput],
      [controller.submit(resize, { path: 'x'.repeat(300_000) }), ValueRefused],
      [controller.submit(resize, { path: 1n } as never), ValueRefused],
      [controller.submit(resize, { path: 'x' }, { id: 'a/b' }), InvalidId],
      [controller.startJob({ name: 'no good', handler: resize, items: [] }), InvalidId],
    ];
    for (const [asked, Refusal] of wrong) await expect(asked).rejects.toThrow(Refusal);
    expect(store.position()).toBe(before);
  });

  it('refuses an id that is taken', async () => {
    const { controller } = await start();
    await controller.submit(resize, { path: 'x' }, { id: 'x' });
    const again = controller.submit(resize, { path: 'y' }, { id: 'x' });
    await expect(again).rejects.toMatchObject({ name: 'Refused', code: 'idTaken' });
  });

  it('takes a copy: what happens to the input afterwards does not count', async () => {
    const { controller } = await start();
    const input = { path: 'cat.jpg' };
    const submitted = controller.submit(resize, input);
    input.path = 'dog.jpg';
    expect(await submitted).toEqual({ thumb: 'cat.jpg.thumb' });
  });

  it('lets whoever waits know when the controller is closed', async () => {
    const { controller } = await start({ alone: true });
    const { outcome } = await controller.accept(resize, { path: 'x' });
    const submitted = controller.submit(resize, { path: 'y' }, { id: 'y' });
    await recorded(controller, 'accepted', 'y');
    await controller.close();
    await expect(outcome).rejects.toThrow(OutcomeUnknown);
    await expect(submitted).rejects.toThrow(OutcomeUnknown);
    await expect(controller.submit(resize, { path: 'z' })).rejects.toThrow(OutcomeUnknown);
  });

  it('takes up where a closed controller left off', async () => {
    const disk = createMemoryDisk();
    const first = await start({ disk, alone: true });
    await first.controller.accept(picky, { n: 3 }, { id: 'x' });
    await first.controller.close();
    await first.store.close();
    const { controller } = await start({ disk });
    await until(() => stateOf(controller, 'x') === 'done');
    expect(controller.show('x')).toMatchObject({ result: 6 });
  });
});

describe('submit over a new term of its controller', () => {
  it('resolves with the result that the failed append has recorded all the same', async () => {
    const clock = createVirtualClock();
    const transport = keep(memoryTransport({ after: (ms, wake) => clock.after(ms, wake) }));
    const agentStore = await openMemoryStore(createMemoryDisk());
    const agent = keep(
      await createAgent({ id: 'a1', transport, handlers, store: agentStore, clock }),
    );
    const store = await openMemoryStore(createMemoryDisk());
    const append = store.append.bind(store);
    let failures = 0;
    store.append = async (batch, options) => {
      await append(batch, options);
      const settles = batch.writes.some((write) => 'put' in write && /^outcome/.test(write.put));
      if (settles && ++failures === 1) throw new StoreFailed('I/O error', { outcome: 'unknown' });
    };
    const controller = keep(await createController({ transport, store, clock }));
    let result: number | undefined;
    void controller.submit(picky, { n: 4 }).then((doubled) => (result = doubled));
    await clock.runUntil(() => result !== undefined, { withinMs: 60_000 });
    expect(result).toBe(8);
    expect(failures).toBe(1);
    await Promise.all([agent.close(), controller.close(), clock.advance(2_000)]);
  });
});

describe('a person decides', () => {
  async function parked() {
    const world = await start();
    const { id, outcome } = await world.controller.accept(endless, null, { id: 'x' });
    await until(() => stateOf(world.controller, 'x') === 'received');
    await world.agent!.close();
    await reopen(world);
    await until(() => stateOf(world.controller, 'x') === 'parked');
    return { ...world, id, outcome };
  }
  /** The agent's process ends and a new one begins on its disk. */
  async function reopen({ agentDisk, openAgent }: Awaited<ReturnType<typeof start>>) {
    agentDisk.crash();
    await openAgent();
  }
  it('that a parked one is done', async () => {
    const { controller, outcome } = await parked();
    await controller.acceptParked('x', 'ada');
    expect(await outcome).toMatchObject({ state: 'done', result: null });
    expect(controller.explain('x').at(-1)!.text).toBe('It is done: a person said so.');
  });

  it('that a parked one has failed, and to do the work again under a new id', async () => {
    const { controller, outcome } = await parked();
    await controller.giveUp('x', 'ada');
    expect(await outcome).toMatchObject({ state: 'failed', failure: { cause: 'givenUp' } });
    const again = await controller.retry('x', 'ada');
    expect(again).not.toBe('x');
    expect(controller.show(again)).toMatchObject({ retryOf: 'x' });
    await controller.cancel(again, 'ada');
    await until(() => stateOf(controller, again) === 'cancelled');
  });

  it('only on what there is, and what is parked', async () => {
    const { controller } = await start();
    await controller.submit(picky, { n: 1 }, { id: 'x' });
    await expect(controller.giveUp('nobody')).rejects.toMatchObject({ code: 'unknown' });
    await expect(controller.giveUp('x')).rejects.toMatchObject({ code: 'notParked' });
    await expect(controller.stopJob('nobody')).rejects.toMatchObject({ code: 'unknown' });
    expect(() => controller.show('nobody')).toThrow(Refused);
    expect(() => controller.explain('nobody')).toThrow(Refused);
    expect(() => controller.history({ limit: -1 })).toThrow(InvalidSetting);
  });
});

describe('the log of a task', () => {
  it('is there when the work is done', async () => {
    const { controller, agent } = await start();
    await controller.submit(resize, { path: 'cat.jpg' }, { id: 'x' });
    await until(() => agent!.isSettled);
    const { chunks, complete } = controller.log('x');
    const reader = createRecordReader();
    const lines = [...chunks].flatMap((bytes) => reader.push(bytes));
    expect(lines.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['resizing cat.jpg\n']);
    expect(complete).toBe(true);
  });
});

describe('whoever follows the facts', () => {
  it('cannot end the term by throwing, and is left alone once it has gone', async () => {
    const errors: string[] = [];
    const logger = {
      info: () => {},
      warn: () => {},
      error: (_: object, m: string) => errors.push(m),
    };
    const transport = keep(memoryTransport());
    const store = await openMemoryStore(createMemoryDisk());
    const controller = keep(await createController({ transport, store, logger }));
    const leave = controller.follow(() => {
      throw new Error('oops');
    });
    await controller.accept(resize, { path: 'x' });
    leave();
    await controller.accept(resize, { path: 'y' });
    expect(new Set(errors)).toEqual(new Set(['a listener that follows the facts threw']));
    expect(controller.history({ kinds: ['controller.active'] }).items).toHaveLength(1);
  });
});

describe('an agent that leaves', () => {
  it('says once all is handed over that everything could end by itself', async () => {
    const { controller, agent } = await start();
    await controller.submit(resize, { path: 'x' });
    expect(await agent!.leave()).toBe(true);
    expect(agent!.isSettled).toBe(true);
  });

  it('stops what runs for longer than it may, and says so', async () => {
    const transport = keep(memoryTransport());
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const stubborn = defineHandler<null, void>({
      name: 'stubborn',
      run: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
          begin();
        }),
    });
    const store = await openMemoryStore(createMemoryDisk());
    const own = { id: 'a1', handlers: [stubborn], store };
    const agent = keep(await createAgent({ ...own, transport }));
    const stores = { store: await openMemoryStore(createMemoryDisk()) };
    const controller = keep(await createController({ ...stores, transport }));
    await controller.accept(stubborn, null, { id: 'x' });
    await begun;
    expect(await agent.leave({ withinMs: 0 })).toBe(false);
    expect(agent.isSettled).toBe(true);
    expect(stateOf(controller, 'x')).toBe('parked');
  });
});
