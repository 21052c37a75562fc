/** The transport between threads keeps the contract within one thread, and reaches another one. */
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { threadTransport } from '../../transport/threads.ts';
import { transportContract } from './contract.ts';

let opened = 0;
const never = () => Promise.reject(new Error('It cannot be away.'));

transportContract(
  'threads',
  () => {
    const name = `contract ${++opened}`;
    const [sender, receiver] = [threadTransport(name), threadTransport(name)];
    return Promise.resolve({
      sender,
      receiver,
      subscribed: () => Promise.resolve(),
      interrupt: never,
      restore: never,
      close: async () => {
        await sender.close();
        await receiver.close();
      },
    });
  },
  false,
);

describe('thread transport', () => {
  const workers: Worker[] = [];
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())));

  it('reaches another thread and hears it', async () => {
    const transport = threadTransport('echo');
    const answered = new Promise<string>((resolve) => {
      transport.subscribe('lab.from.*', (bytes, subject) =>
        resolve(`${subject} ${new TextDecoder().decode(bytes)}`),
      );
    });
    const ready = new Promise<void>((resolve) => {
      transport.subscribe('lab.ready', () => resolve());
    });
    workers.push(new Worker(new URL('./threads-echo.ts', import.meta.url)));
    await ready;
    // A view into the middle of a larger memory, of which nothing else may travel.
    const pool = Buffer.from('secret hello secret');
    transport.publish('lab.to.a1', pool.subarray(7, 12));
    expect(await answered).toBe('lab.from.a1 hello of 5 bytes');
    await transport.close();
  });

  it('keeps names apart', async () => {
    const [here, there] = [threadTransport('here'), threadTransport('there')];
    const heard: string[] = [];
    there.subscribe('lab.>', () => void heard.push('there'));
    const second = threadTransport('here');
    const done = new Promise<void>((resolve) => void second.subscribe('lab.>', () => resolve()));
    here.publish('lab.x', new Uint8Array(1));
    await done;
    expect(heard).toEqual([]);
    for (const transport of [here, there, second]) await transport.close();
  });
});
