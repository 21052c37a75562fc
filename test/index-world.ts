/**
 * A controller with a real agent, inline handlers and memory disks, for tests of the public interface.
 * What is opened with `keep` is closed by `closeAll`, last first.
 */
import { systemClock } from '../actors/clock.ts';
import { Type } from 'typebox';
import {
  createAgent,
  createController,
  createMemoryDisk,
  defineHandler,
  memoryTransport,
  openMemoryStore,
  type Controller,
  type Handler,
} from '../index.ts';

const opened: { close(): Promise<void> }[] = [];
export const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
  opened.push(thing);
  return thing;
};

export async function closeAll(): Promise<void> {
  for (const thing of opened.splice(0).reverse()) await thing.close();
}

export const resize = defineHandler<{ path: string }, { thumb: string }>({
  name: 'resize',
  run: ({ path }, task) => {
    task.log(`resizing ${path}`);
    return { thumb: `${path}.thumb` };
  },
});
export const picky = defineHandler({
  name: 'picky',
  maxRetries: 0,
  input: Type.Object({ n: Type.Integer() }),
  run: ({ n }: { n: number }) => {
    if (n === 13) throw new RangeError('thirteen is unlucky');
    return n * 2;
  },
});
/** Ends when it is told to, or asked to stop. */
export const endless = defineHandler<null, never>({
  name: 'endless',
  maxRetries: 0,
  run: (_, { signal }) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('stopped'))),
    ),
});
export const handlers: readonly Handler<never, unknown>[] = [resize, picky, endless];

/** A controller and, unless it is to be alone, an agent on disks of their own. */
export async function start({ disk = createMemoryDisk(), alone = false } = {}) {
  const transport = keep(memoryTransport());
  const agentDisk = createMemoryDisk();
  const openAgent = async () => {
    const store = await openMemoryStore(agentDisk);
    return keep(await createAgent({ id: 'a1', transport, handlers, store, slots: 20 }));
  };
  const store = await openMemoryStore(disk);
  const controller = keep(await createController({ transport, store }));
  const agent = alone ? undefined : await openAgent();
  return { transport, controller, agent, store, disk, agentDisk, openAgent };
}

export const pictures = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ path: `${n}.jpg` }));

/** Resolves when a fact of that kind about that sub-transaction or job has been recorded. */
export const recorded = (controller: Controller, kind: string, name: string) =>
  new Promise<void>((resolve) => {
    const leave = controller.follow((facts) => {
      if (!facts.some((fact) => fact.kind === kind && (fact.id === name || fact.job === name)))
        return;
      leave();
      resolve();
    });
  });

export const stateOf = (controller: Controller, id: string) => {
  const shown = controller.show(id);
  return shown.kind === 'subTransaction' ? shown.state : undefined;
};

/** Resolves once the condition holds; it is asked again whenever the event loop has gone round. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => systemClock.after(0, resolve));
}
