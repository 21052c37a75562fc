/** A process that can be stopped, goes on and is killed: what reaches it then, and in which order. */
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { Process } from '../../scenarios/world-process.ts';
import { createMemoryDisk, openMemoryStore } from '../../store/memory.ts';
import { memoryTransport } from '../../transport/memory.ts';

async function begin() {
  const clock = createVirtualClock();
  const process = new Process(clock);
  const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
  const disk = createMemoryDisk({ schedule: (sync) => void clock.after(5, sync) });
  const store = process.hold(await openMemoryStore(disk));
  const socket = process.socket(transport);
  const told: string[] = [];
  const note = (what: string) => void told.push(`${clock.elapsed()} ${what}`);
  socket.subscribe('lab.to', () => note('frame'));
  transport.subscribe('lab.from', () => note('sent'));
  return { clock, process, transport, store, socket, note, told };
}

describe('a process', () => {
  it('that is stopped runs its timers when it goes on, and reads what has come 1 ms later', async () => {
    const { clock, process, transport, store, note, told } = await begin();
    process.clock.after(10, () => note('wake'));
    process.clock.after(40, () => note('late wake'));
    const cancel = process.clock.after(20, () => note('never'));
    process.stop();
    void store.append({ entries: ['x'], writes: [] }, { expect: 0 }).then(() => note('appended'));
    await clock.advance(20);
    transport.publish('lab.to', new Uint8Array(1));
    cancel();
    await clock.advance(10);
    expect(told).toEqual([]);
    process.goOn();
    await clock.advance(100);
    expect(told).toEqual(['30 wake', '31 frame', '31 appended', '40 late wake']);
  });

  it('takes nothing before it has read what gathered, also when it is stopped again', async () => {
    const { clock, process, transport, told } = await begin();
    process.stop();
    transport.publish('lab.to', new Uint8Array(1));
    await clock.advance(5);
    process.goOn();
    process.stop();
    transport.publish('lab.to', new Uint8Array(1));
    await clock.advance(5);
    expect(told).toEqual([]);
    process.goOn();
    await clock.advance(5);
    expect(told).toEqual(['11 frame', '11 frame']);
  });

  it('that is killed hears nothing, says nothing and never wakes', async () => {
    const { clock, process, transport, store, socket, note, told } = await begin();
    process.clock.after(10, () => note('wake'));
    void store.append({ entries: ['x'], writes: [] }, { expect: 0 }).then(() => note('appended'));
    transport.publish('lab.to', new Uint8Array(1));
    socket.onStatus((status) => note(status));
    process.kill();
    process.goOn();
    socket.publish('lab.from', new Uint8Array(1));
    void store.append({ entries: ['y'], writes: [] }, { expect: 1 }).then(() => note('appended'));
    process.reach(() => note('reached'));
    await clock.advance(100);
    expect(told).toEqual(['0 connected']);
  });
});
