/** The example of the machines alone: an order goes out, is asked about, tried again, and outlives the service. */
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createOrders, type Saved } from '../../examples/orders.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

let apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps) await app.close();
  apps = [];
});

/** The service under virtual time, with a courier who writes down what he is told. */
function open({ saved = new Map<number, Saved>(), clock = createVirtualClock() } = {}) {
  const told: string[] = [];
  const courier = {
    carry: ({ number, attempt, to }: { number: number; attempt: number; to: string }) =>
      void told.push(`${number}#${attempt} to ${to}`),
    callOff: ({ number }: { number: number }) => void told.push(`${number} off`),
  };
  const app = createOrders({ courier, clock, saved });
  apps.push(app);
  const call = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, ...(payload && { payload }) });
    return answer.json<Record<string, unknown>>();
  };
  const pulse = (order: number, type: string, attempt: number) =>
    call('POST', `/orders/${order}/pulses`, { type, attempt });
  return { app, call, clock, pulse, saved, told };
}

describe('an order', () => {
  it('goes to the courier and is done when he says so', async () => {
    const { call, pulse, told } = open();
    expect(await call('POST', '/orders', { to: 'Ada' })).toMatchObject({ order: 1, state: 'sent' });
    expect(await pulse(1, 'inProgress', 1)).toMatchObject({ state: 'inProgress' });
    expect(await pulse(1, 'done', 1)).toMatchObject({ state: 'done', attempt: 1 });
    expect(await pulse(1, 'failed', 1)).toMatchObject({ state: 'done' });
    expect(told).toEqual(['1#1 to Ada']);
  });

  it('of which nobody speaks is asked about, as the same attempt', async () => {
    const { call, clock, pulse, told } = open();
    await clock.advance(30_000);
    await call('POST', '/orders', { to: 'Ada' });
    await clock.advance(120_000);
    expect(await call('GET', '/orders/1')).toMatchObject({ state: 'idle', attempt: 1 });
    await clock.advance(30_000);
    expect(told).toEqual(['1#1 to Ada', '1#1 to Ada']);
    expect(await pulse(1, 'received', 1)).toMatchObject({ state: 'received' });
  });

  it('that fails is carried again after the delay of its policy, until no retry is left', async () => {
    const { call, clock, pulse, told } = open();
    await call('POST', '/orders', { to: 'Ada' });
    for (const [attempt, delayMs] of [
      [1, 30_000],
      [2, 120_000],
      [3, 120_000],
    ] as const) {
      expect(await pulse(1, 'failed', attempt)).toMatchObject({ state: 'waiting' });
      // What is said of an older attempt counts for nothing.
      expect(await pulse(1, 'done', attempt - 1)).toMatchObject({ state: 'waiting' });
      await clock.advance(delayMs);
      expect(await call('GET', '/orders/1')).toMatchObject({ state: 'sent', attempt: attempt + 1 });
    }
    expect(await pulse(1, 'failed', 4)).toMatchObject({ state: 'failed', cause: 'error' });
    expect(told).toHaveLength(4);
  });

  it('that is cancelled is called off, and may have been delivered all the same', async () => {
    const { call, pulse, told } = open();
    await call('POST', '/orders', { to: 'Ada' });
    expect(await call('DELETE', '/orders/1')).toMatchObject({ state: 'cancelling' });
    expect(told.at(-1)).toBe('1 off');
    expect(await pulse(1, 'done', 1)).toMatchObject({ state: 'done' });
  });
});

describe('the service', () => {
  it('goes on where the last one was, timers included', async () => {
    const first = open();
    await first.call('POST', '/orders', { to: 'Ada' });
    await first.pulse(1, 'failed', 1);
    await first.app.close();
    await first.clock.advance(10_000);
    const kept = new Map(JSON.parse(JSON.stringify([...first.saved])) as [number, Saved][]);
    const second = open({ saved: kept, clock: first.clock });
    expect(await second.call('GET', '/orders/1')).toMatchObject({ state: 'waiting', retries: 1 });
    await second.clock.advance(20_000);
    expect(second.told).toEqual(['1#2 to Ada']);
    expect(first.told).toEqual(['1#1 to Ada']);
  });

  it('refuses what is no order and no pulse', async () => {
    const { call } = open();
    expect(await call('POST', '/orders', {})).toMatchObject({ statusCode: 400 });
    expect(await call('POST', '/orders/1/pulses', { type: 'lost', attempt: 1 })).toMatchObject({
      statusCode: 400,
    });
    expect(await call('GET', '/orders/7')).toMatchObject({ statusCode: 404 });
  });
});
