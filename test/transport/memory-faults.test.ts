/** The faults of the memory transport, under a virtual clock and a chance that is written down. */
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { memoryTransport } from '../../transport/memory.ts';
import type { Fault } from '../../transport/memory-faults.ts';

/** A transport whose chance gives the listed numbers, and a log of what arrives when. */
function laboratory(draws: readonly number[] = []) {
  const clock = createVirtualClock();
  const left = [...draws];
  const chance = () => {
    const drawn = left.shift();
    if (drawn === undefined) throw new Error('The test did not expect chance to be asked.');
    return drawn;
  };
  const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake), chance });
  const startedAt = clock.elapsed();
  const arrived: string[] = [];
  transport.subscribe('lab.>', (message, subject) => {
    const text = new TextDecoder().decode(message);
    arrived.push(`${clock.elapsed() - startedAt} ${subject} ${text}`);
  });
  const send = (subject: string, ...messages: string[]) => {
    for (const text of messages) transport.publish(subject, new TextEncoder().encode(text));
  };
  return { clock, transport, arrived, send, left };
}

describe('memory faults', () => {
  it('loses what a cut forbids, in that direction only, until it is healed', async () => {
    const { clock, transport, arrived, send } = laboratory();
    const heal = transport.faults.add({ subject: 'lab.to.*', cut: true });
    send('lab.to.a1', 'lost');
    send('lab.from.a1', 'other direction');
    await clock.settle();
    heal();
    heal();
    send('lab.to.a1', 'healed');
    await clock.settle();
    expect(arrived).toEqual(['0 lab.from.a1 other direction', '0 lab.to.a1 healed']);
    expect(transport.faults.counts).toMatchObject({ cut: 1, delivered: 2 });
  });

  it('drops by chance', async () => {
    const { clock, transport, arrived, send } = laboratory([0.29, 0.3, 0.31, 0]);
    transport.faults.add({ subject: '>', drop: 0.3 });
    send('lab.a', '1', '2', '3', '4');
    await clock.settle();
    expect(arrived).toEqual(['0 lab.a 2', '0 lab.a 3']);
    expect(transport.faults.counts).toMatchObject({ dropped: 2, delivered: 2 });
  });

  it('asks a fault for its own chance, if it has one', async () => {
    const { clock, arrived, send, transport, left } = laboratory([0.9]);
    const draws = [0.2, 0.4, 0.6];
    transport.faults.add({ subject: '>', drop: 0.3, chance: () => draws.shift()! });
    transport.faults.add({ subject: 'lab.b', drop: 0.5 });
    send('lab.a', '1', '2');
    send('lab.b', '3');
    await clock.settle();
    expect(arrived).toEqual(['0 lab.a 2', '0 lab.b 3']);
    expect([draws, left]).toEqual([[], []]);
  });

  it('asks no chance for what is certain', async () => {
    const { clock, transport, arrived, send } = laboratory();
    const heal = transport.faults.add({ subject: '>', drop: 1 });
    send('lab.a', 'lost');
    heal();
    transport.faults.add({ subject: '>', drop: 0, duplicate: 1, reorder: 0, delayMs: [5, 5] });
    send('lab.a', 'twice');
    await clock.advance(5);
    expect(arrived).toEqual(['5 lab.a twice', '5 lab.a twice']);
    expect(transport.faults.counts).toMatchObject({ dropped: 1, duplicated: 1, delayed: 2 });
  });

  it('delays within the range and keeps the order of the subject', async () => {
    const { clock, transport, arrived, send } = laboratory([0.9, 0, 0.5]);
    transport.faults.add({ subject: 'lab.a', delayMs: [100, 200] });
    send('lab.a', 'first, 190 ms', 'second, 100 ms', 'third, 150 ms');
    send('lab.b', 'not delayed');
    await clock.advance(200);
    expect(arrived).toEqual([
      '0 lab.b not delayed',
      '190 lab.a first, 190 ms',
      '190 lab.a second, 100 ms',
      '190 lab.a third, 150 ms',
    ]);
    expect(transport.faults.counts.delayed).toBe(3);
  });

  it('keeps the order when a delay is healed while messages are under way', async () => {
    const { clock, transport, arrived, send } = laboratory();
    const heal = transport.faults.add({ subject: '>', delayMs: [50, 50] });
    send('lab.a', 'delayed');
    heal();
    send('lab.a', 'after it');
    await clock.advance(50);
    expect(arrived).toEqual(['50 lab.a delayed', '50 lab.a after it']);
  });

  it('lets later messages overtake one that is delayed out of order', async () => {
    const { clock, transport, arrived, send } = laboratory();
    const heal = transport.faults.add({ subject: '>', delayMs: [30_000, 30_000], reorder: 1 });
    send('lab.a', 'stale');
    heal();
    send('lab.a', 'fresh');
    await clock.advance(30_000);
    expect(arrived).toEqual(['0 lab.a fresh', '30000 lab.a stale']);
    expect(transport.faults.counts.reordered).toBe(1);
  });

  it('swaps neighbours under way when it reorders without delay', async () => {
    const { clock, transport, arrived, send } = laboratory([0.9, 0.1, 0.9]);
    transport.faults.add({ subject: '>', reorder: 0.5 });
    send('lab.a', '1', '2', '3');
    await clock.settle();
    expect(arrived).toEqual(['0 lab.a 2', '0 lab.a 1', '0 lab.a 3']);
    expect(transport.faults.counts.reordered).toBe(1);
  });

  it('reorders nothing when nothing else is under way', async () => {
    const { clock, transport, arrived, send } = laboratory();
    transport.faults.add({ subject: '>', reorder: 1 });
    send('lab.a', 'alone');
    await clock.settle();
    expect(arrived).toEqual(['0 lab.a alone']);
    expect(transport.faults.counts.reordered).toBe(0);
  });

  it('lets the copy of a message come late and out of order', async () => {
    // Chance: delay of the message, no reordering; it is sent twice; delay of the copy, reordering.
    const { clock, transport, arrived, send, left } = laboratory([0, 0.9, 0.1, 1, 0.1]);
    const heal = transport.faults.add({
      subject: '>',
      delayMs: [0, 5000],
      reorder: 0.5,
      duplicate: 0.5,
    });
    send('lab.a', 'again');
    heal();
    send('lab.a', 'next');
    await clock.advance(5000);
    expect(left).toEqual([]);
    expect(arrived).toEqual(['0 lab.a again', '0 lab.a next', '5000 lab.a again']);
  });

  it('adds up the faults that hold for a subject', async () => {
    const { clock, transport, arrived, send } = laboratory();
    transport.faults.add({ subject: 'lab.*', delayMs: [10, 10] });
    transport.faults.add({ subject: 'lab.a', delayMs: [5, 5], duplicate: 1 });
    send('lab.a', 'x');
    await clock.advance(20);
    expect(arrived).toEqual(['15 lab.a x', '15 lab.a x']);
  });

  it('loses what is published or under way while disconnected', async () => {
    const { clock, transport, arrived, send } = laboratory();
    transport.faults.add({ subject: '>', delayMs: [10, 10] });
    send('lab.a', 'under way');
    transport.faults.disconnect();
    send('lab.a', 'published');
    await clock.advance(10);
    transport.faults.reconnect();
    send('lab.a', 'after');
    await clock.advance(10);
    expect(arrived).toEqual(['20 lab.a after']);
    expect(transport.faults.counts).toMatchObject({ disconnected: 2, delivered: 1 });
  });

  it('counts nothing where nobody listens', () => {
    const transport = memoryTransport();
    transport.faults.add({ subject: '>', drop: 1 });
    transport.publish('lab.a', new Uint8Array(1));
    expect(Object.values(transport.faults.counts)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it.each<[string, Fault, string]>([
    ['a delay without a clock', { subject: '>', delayMs: [1, 1] }, 'A delay needs a clock'],
    ['a probability without chance', { subject: '>', drop: 0.5 }, 'This fault needs chance'],
    ['a probability above 1', { subject: '>', duplicate: 2 }, 'outside 0 to 1'],
    ['a probability below 0', { subject: '>', reorder: -0.1 }, 'outside 0 to 1'],
    ['a probability that is none', { subject: '>', drop: NaN }, 'outside 0 to 1'],
    [
      'a delay that ends before it begins',
      { subject: '>', delayMs: [2, 1] },
      'a delay that is no range',
    ],
    ['a negative delay', { subject: '>', delayMs: [-1, 1] }, 'a delay that is no range'],
    ['an endless delay', { subject: '>', delayMs: [0, Infinity] }, 'a delay that is no range'],
  ])('refuses %s', (_name, fault, sentence) => {
    const transport = memoryTransport();
    expect(() => transport.faults.add(fault)).toThrow(sentence);
    expect(() => transport.faults.add(fault)).toThrow(
      expect.objectContaining({ name: 'TransportError' }),
    );
  });

  it('refuses a range of delays without chance', () => {
    const clock = createVirtualClock();
    const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
    expect(() => transport.faults.add({ subject: '>', delayMs: [1, 2] })).toThrow('needs chance');
  });
});
