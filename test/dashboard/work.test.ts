/**
 * The policy of work whose handler only agents have: what their code says of it holds, over the memory
 * transport and through the routes.
 *
 *   agent ── hello: policies ──▶ its row ──▶ the policy that the work is accepted with ──▶ its attempts
 */
import { afterEach, expect, it } from 'vitest';
import type { AgentRow } from '../../actors/records.ts';
import { key } from '../../actors/records.ts';
import type { Logger } from '../../actors/logger.ts';
import { silent } from '../../actors/logger.ts';
import { systemClock } from '../../actors/clock.ts';
import { createHandlerSearch } from '../../dashboard/server/work.ts';
import type { ApiAccess } from '../../dashboard/server/access.ts';
import type { Handler, HandlerOptions } from '../../handlers/handler.ts';
import {
  createAgent,
  createMemoryDisk,
  defineHandler,
  openMemoryStore,
  type SubTransactionView,
} from '../../index.ts';
import { closeAll, keep, start, stateOf, until } from '../index-world.ts';
import { askInject } from './world.ts';

afterEach(closeAll);

type Options = HandlerOptions<unknown, unknown>;
const payment = (options: Pick<Options, 'maxRetries' | 'delay' | 'timeoutMs' | 'onUnknown'>) =>
  defineHandler({
    name: 'payment',
    run: () => {
      throw new Error('refused by the bank');
    },
    ...options,
  });

async function openWorld(logger: Logger = silent) {
  const { controller, store, transport } = await start({ alone: true });
  const join = async (id: string, handler: Handler, disk = createMemoryDisk()) => {
    const own = await openMemoryStore(disk);
    const agent = keep(await createAgent({ id, transport, handlers: [handler], store: own }));
    await until(() => store.get(key.agent(id)) !== undefined);
    return agent;
  };
  const access: ApiAccess = {
    ...{ store, controller, logger, clock: systemClock },
    about: { namespace: 'lifeline', version: '1.2.3' },
    ...{ handlers: new Map(), sources: new Map() },
  };
  const rowOf = (id: string) => store.get(key.agent(id)) as unknown as AgentRow;
  return { access, controller, join, rowOf };
}

it('tries work of a handler that only an agent has as its code says', async () => {
  const { access, controller, join } = await openWorld();
  await join('a1', payment({ maxRetries: 0, timeoutMs: 5_000 }));
  const ask = askInject(access);
  const submit = (id: string, policy?: object) =>
    ask('POST', '/api/v1/sub-transactions', JSON.stringify({ handler: 'payment', input: 1, id, policy })); // prettier-ignore
  const shown = (id: string) => controller.show(id) as unknown as SubTransactionView;
  expect(await submit('once')).toMatchObject({ status: 201 });
  await submit('twice', { maxRetries: 1 });
  await controller.setHandler('payment', { maxRetries: 2 }, {});
  await submit('laidDown');
  for (const id of ['once', 'twice', 'laidDown'])
    await until(() => stateOf(controller, id) === 'failed');
  expect(shown('once')).toMatchObject({ attempt: 1, policy: { maxRetries: 0, timeoutMs: 5_000 } });
  expect(shown('twice')).toMatchObject({ attempt: 2, policy: { maxRetries: 1, timeoutMs: 5_000 } });
  expect(shown('laidDown')).toMatchObject({ attempt: 3, policy: { timeoutMs: 5_000 } });
});

it('follows an agent whose next boot tells another policy', async () => {
  const { access, join, rowOf } = await openWorld();
  const find = createHandlerSearch(access);
  const disk = createMemoryDisk();
  const first = await join('a1', payment({ maxRetries: 1, delay: (retry) => retry * 10 }), disk);
  expect(find('payment').policy).toMatchObject({ maxRetries: 1, delaysMs: [10] });
  expect(find('payment')).toBe(find('payment'));
  await first.close();
  disk.crash();
  expect(find('payment').policy).toMatchObject({ maxRetries: 1 });
  await join('a1', payment({ maxRetries: 3, onUnknown: 'retry' }), disk);
  await until(() => rowOf('a1').policies?.[0]?.maxRetries === 3);
  expect(find('payment').policy).toMatchObject({ maxRetries: 3, delaysMs: [], onUnknown: 'retry' });
});

it('takes the most careful of what agents tell, and says once that they differ', async () => {
  const warned: string[] = [];
  const { access, join } = await openWorld({ ...silent, warn: (_, text) => warned.push(text) });
  const find = createHandlerSearch(access);
  await join('a1', payment({ maxRetries: 3, onUnknown: 'park', timeoutMs: 9_000 }));
  await join('a2', payment({ maxRetries: 3, onUnknown: 'park', timeoutMs: 9_000 }));
  find('payment');
  expect(warned).toEqual([]);
  await join('a3', payment({ maxRetries: 1, onUnknown: 'retry', timeoutMs: 20_000, delay: 500 }));
  for (const wanted of [{}, { timeoutMs: 7_000 }]) find('payment', wanted);
  expect(find('payment').policy).toEqual({
    ...{ maxRetries: 1, onUnknown: 'park', timeoutMs: 9_000, delaysMs: [500], maxLosses: 4 },
  });
  expect(warned).toHaveLength(1);
  expect(warned[0]).toContain('different policies of the handler "payment"');
});

it('tries it as defineHandler does where no agent has told', async () => {
  const { access, join, rowOf } = await openWorld();
  await join('a1', payment({ maxRetries: 0 }));
  const { policies, ...before } = rowOf('a1');
  expect(policies).toHaveLength(1);
  const store = { ...access.store, range: () => [[key.agent('a1'), before]] };
  const find = createHandlerSearch({ ...access, store: store as unknown as ApiAccess['store'] });
  expect(find('payment').policy).toMatchObject({ maxRetries: 4, onUnknown: 'park' });
});
