/** The memory transport keeps the contract, by microtasks as well as by a clock, and looks after itself. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { memoryTransport, type MemoryTransportOptions } from '../../transport/memory.ts';
import { transportContract, type Ends } from './contract.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (message: Uint8Array) => new TextDecoder().decode(message);

function endsOf(options: MemoryTransportOptions): Promise<Ends> {
  const transport = memoryTransport(options);
  return Promise.resolve({
    sender: transport,
    receiver: transport,
    subscribed: () => Promise.resolve(),
    interrupt: () => Promise.resolve(transport.faults.disconnect()),
    restore: () => Promise.resolve(transport.faults.reconnect()),
    close: () => transport.close(),
  });
}

transportContract('memory, by microtasks', () => endsOf({}));
transportContract('memory, by the event loop', () =>
  endsOf({ after: (ms, wake) => systemClock.after(ms, wake) }),
);

describe('memory transport', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('delivers to the others when one receiver throws, and reports what it threw', async () => {
    const errors: unknown[] = [];
    const transport = memoryTransport({ onError: (error) => errors.push(error) });
    const failure = new Error('receiver broke');
    const heard: string[] = [];
    transport.subscribe('lab.a', () => {
      throw failure;
    });
    const done = new Promise<void>((resolve) => {
      transport.subscribe('lab.a', (message) => {
        heard.push(textOf(message));
        if (heard.length === 2) resolve();
      });
    });
    transport.publish('lab.a', bytes('1'));
    transport.publish('lab.a', bytes('2'));
    await done;
    expect(heard).toEqual(['1', '2']);
    expect(errors).toEqual([failure, failure]);
  });

  it('throws what a receiver threw again later, as an uncaught error, when nobody wants to hear it', async () => {
    const clock = createVirtualClock();
    const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
    transport.subscribe('lab.a', () => {
      throw new Error('receiver broke');
    });
    const later: (() => void)[] = [];
    vi.stubGlobal('queueMicrotask', (task: () => void) => later.push(task));
    transport.publish('lab.a', bytes('x'));
    await clock.settle();
    expect(later).toHaveLength(1);
    expect(later[0]).toThrow('receiver broke');
  });

  it('tells everybody the status when one who watches it throws', () => {
    const errors: unknown[] = [];
    const seen: string[] = [];
    const transport = memoryTransport({ onError: (error) => errors.push(error) });
    transport.onStatus((status) => {
      if (status === 'disconnected') throw new Error('watcher broke');
    });
    transport.onStatus((status) => seen.push(status));
    transport.faults.disconnect();
    expect(seen).toEqual(['connected', 'disconnected']);
    expect(errors).toHaveLength(1);
  });

  it('tells a status once, however often it is set', () => {
    const transport = memoryTransport();
    const seen: string[] = [];
    transport.onStatus((status) => seen.push(status));
    transport.faults.reconnect();
    transport.faults.disconnect();
    transport.faults.disconnect();
    expect(seen).toEqual(['connected', 'disconnected']);
  });

  it('stays closed when it is told to reconnect', async () => {
    const transport = memoryTransport();
    await transport.close();
    transport.faults.reconnect();
    expect(() => transport.publish('lab.a', bytes('x'))).toThrow(
      'The memory transport is closed: open a new one.',
    );
  });

  it('does not deliver to those who subscribe while the message is under way', async () => {
    const clock = createVirtualClock();
    const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
    const late: string[] = [];
    transport.subscribe('lab.a', () => undefined);
    transport.publish('lab.a', bytes('x'));
    transport.subscribe('lab.a', (message) => late.push(textOf(message)));
    await clock.settle();
    expect(transport.faults.counts.delivered).toBe(1);
    expect(late).toEqual([]);
  });

  it('leaves the clock alone until there is something to deliver, and after it is closed', async () => {
    const clock = createVirtualClock();
    const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
    transport.subscribe('lab.a', () => undefined);
    expect(clock.nextAt()).toBeUndefined();
    transport.faults.add({ subject: '>', delayMs: [1000, 1000] });
    transport.publish('lab.a', bytes('x'));
    expect(clock.nextAt()).toBe(clock.elapsed() + 1000);
    await transport.close();
    expect(clock.nextAt()).toBeUndefined();
  });

  it('asks the clock once for a burst of messages', async () => {
    const clock = createVirtualClock();
    let asked = 0;
    const after = (ms: number, wake: () => void) => {
      asked++;
      return clock.after(ms, wake);
    };
    const transport = memoryTransport({ after });
    transport.subscribe('lab.>', () => undefined);
    for (const subject of ['lab.a', 'lab.b', 'lab.a']) transport.publish(subject, bytes('x'));
    await clock.settle();
    expect(transport.faults.counts.delivered).toBe(3);
    expect(asked).toBe(1);
  });

  it('lets the event loop turn between a question and its answer when it has a clock', async () => {
    const clock = createVirtualClock();
    const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
    const order: string[] = [];
    transport.subscribe('lab.ask', () => transport.publish('lab.answer', bytes('x')));
    transport.subscribe('lab.answer', () => order.push('answer'));
    transport.publish('lab.ask', bytes('x'));
    clock.after(0, () => order.push('somebody else'));
    await clock.settle();
    expect(order).toEqual(['somebody else', 'answer']);
  });
});
