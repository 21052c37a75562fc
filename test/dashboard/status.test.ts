/** How a controller stands: its health for a load balancer, what it hears, and when its watchdog looks next. */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { silent } from '../../actors/logger.ts';
import type { ApiAccess } from '../../dashboard/server/access.ts';
import type { StatusView } from '../../dashboard/server/status.ts';
import { createMemoryDisk } from '../../index.ts';
import { closeAll, resize, start, until } from '../index-world.ts';
import { askInject } from './world.ts';

afterEach(closeAll);

async function open() {
  const disk = createMemoryDisk();
  const { controller, store, transport, agent } = await start({ disk });
  const idle: ApiAccess = {
    ...{ store, clock: systemClock, logger: silent },
    about: { namespace: 'lifeline', version: '1.2.3' },
    handlers: new Map(),
    sources: new Map(),
  };
  await until(() => agent!.isSettled);
  const ask = askInject({ ...idle, controller });
  const status = async () => JSON.parse((await ask('GET', '/api/v1/status')).body) as StatusView;
  return { controller, transport, disk, idle, ask, status };
}

describe('the status', () => {
  it('tells when the watchdog looks next', async () => {
    const { status } = await open();
    const { nextSweepAt, phase } = await status();
    const inMs = Date.parse(nextSweepAt!) - systemClock.now();
    expect(phase).toBe('active');
    expect(inMs).toBeGreaterThan(0);
    expect(inMs).toBeLessThanOrEqual(120_000);
  });

  it('says that it hears nothing while the transport is away', async () => {
    const { status, transport, controller } = await open();
    await until(() => controller.status().hears);
    transport.faults.disconnect();
    await until(() => !controller.status().hears);
    expect(await status()).toMatchObject({ phase: 'active', hears: false });
    transport.faults.reconnect();
    await until(() => controller.status().hears);
  });

  it('has nothing of a running one without a controller', async () => {
    const { idle } = await open();
    const { body } = await askInject(idle)('GET', '/api/v1/status');
    expect(JSON.parse(body)).toMatchObject({
      phase: null,
      hears: null,
      nextSweepAt: null,
      term: 1,
    });
  });
});

describe('the health', () => {
  it('is bad while no term is active, and good again with the next one', async () => {
    const { controller, disk, ask, status } = await open();
    expect((await ask('GET', '/healthz')).status).toBe(200);
    disk.faults.full = true;
    await expect(controller.accept(resize, { path: 'a' })).rejects.toThrow();
    const { status: code, body } = await ask('GET', '/healthz');
    expect([code, JSON.parse(body)]).toMatchObject([503, { code: 'recovering' }]);
    // What is on record is told all the same.
    expect(await status()).toMatchObject({ phase: 'recovering', term: 1, nextSweepAt: null });
    disk.faults.full = false;
    await until(() => controller.status().phase === 'active');
    expect((await ask('GET', '/healthz')).status).toBe(200);
    expect(await status()).toMatchObject({ term: 2 });
  });

  it('is bad once the controller has ended, and without one', async () => {
    const { controller, ask, idle } = await open();
    await controller.close();
    expect((await ask('GET', '/healthz')).status).toBe(503);
    expect((await askInject(idle)('GET', '/healthz')).status).toBe(503);
  });
});
