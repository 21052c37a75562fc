/**
 * What every transport keeps. Each adapter runs this suite with a harness of its own.
 *
 * Nothing waits for time to pass. That a message does NOT arrive is shown by a later one that does: all
 * go from one sender to one receiver, so when the last has come the others would have come before it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransportError, type Transport, type TransportStatus } from '../../transport/transport.ts';

/** Two ends of one medium; in-process adapters give the same object twice. */
export interface Ends {
  readonly sender: Transport;
  readonly receiver: Transport;
  /** Resolves when what `receiver` has subscribed or unsubscribed is in force. */
  subscribed(): Promise<void>;
  /** Takes the medium from the sender; resolves when the sender knows. */
  interrupt(): Promise<void>;
  /** Gives it back; resolves when both ends know. */
  restore(): Promise<void>;
  /** Closes both ends and the medium. */
  close(): Promise<void>;
}

/** What one subscription has received, oldest first. */
interface Ear {
  readonly heard: { readonly subject: string; readonly bytes: Uint8Array }[];
  /** Resolves when so many messages have come in all. */
  until(count: number): Promise<void>;
  stop(): void;
}

function listen(transport: Transport, pattern: string): Ear {
  const heard: Ear['heard'] = [];
  let wake = () => {};
  const stop = transport.subscribe(pattern, (bytes, subject) => {
    heard.push({ subject, bytes });
    wake();
  });
  const until = async (count: number) => {
    while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { heard, until, stop };
}

const one = (text: string) => new TextEncoder().encode(text);
const texts = (ear: Ear) => ear.heard.map(({ bytes }) => new TextDecoder().decode(bytes));

/** @param canBeAway false for a medium that is there as long as its process is: it is never disconnected */
export function transportContract(name: string, open: () => Promise<Ends>, canBeAway = true): void {
  describe(`transport contract: ${name}`, () => {
    let ends: Ends;
    beforeEach(async () => {
      ends = await open();
    });
    afterEach(() => ends.close());

    const hear = async (pattern: string) => {
      const ear = listen(ends.receiver, pattern);
      await ends.subscribed();
      return ear;
    };

    it('delivers bytes with their subject', async () => {
      const ear = await hear('lab.to.a1');
      ends.sender.publish('lab.to.a1', one('hello'));
      await ear.until(1);
      expect(ear.heard).toEqual([
        { subject: 'lab.to.a1', bytes: expect.any(Uint8Array) as unknown },
      ]);
      expect(texts(ear)).toEqual(['hello']);
    });

    it('delivers nothing within publish', async () => {
      const ear = listen(ends.sender, 'lab.to.a1');
      ends.sender.publish('lab.to.a1', one('later'));
      expect(ear.heard).toEqual([]);
      await ear.until(1);
    });

    it.each([
      ['lab.from.*', ['lab.from.a1', 'lab.from.a2']],
      ['lab.*.a1', ['lab.from.a1', 'lab.to.a1']],
      ['lab.feed.>', ['lab.feed.job', 'lab.feed.job.thumbs']],
      ['lab.from.a1', ['lab.from.a1']],
    ])('delivers to %s what matches it and nothing else', async (pattern, expected) => {
      const ear = await hear(pattern);
      const last = await hear('lab.end');
      const sent = ['lab.from.a1', 'lab.from.a2', 'lab.from', 'lab.from.a1.x', 'lab.to.a1'];
      for (const subject of [
        ...sent,
        'lab.feed',
        'lab.feed.job',
        'lab.feed.job.thumbs',
        'LAB.from.a1',
        'lab.end',
      ]) {
        ends.sender.publish(subject, one('x'));
      }
      await last.until(1);
      expect(ear.heard.map(({ subject }) => subject)).toEqual(expected);
    });

    it('keeps the order of sending within a subject', async () => {
      const ear = await hear('lab.to.a1');
      const numbers = Array.from({ length: 500 }, (_, n) => `${n}`);
      for (const number of numbers) ends.sender.publish('lab.to.a1', one(number));
      await ear.until(500);
      expect(texts(ear)).toEqual(numbers);
    });

    it('delivers to every subscriber, twice to one that subscribed twice', async () => {
      const received: string[] = [];
      const twice = () => void received.push('twice');
      ends.receiver.subscribe('lab.to.a1', twice);
      ends.receiver.subscribe('lab.to.a1', twice);
      ends.receiver.subscribe('lab.>', () => void received.push('wide'));
      const last = await hear('lab.end');
      ends.sender.publish('lab.to.a1', one('x'));
      ends.sender.publish('lab.end', one('x'));
      await last.until(1);
      expect(received.filter((who) => who === 'twice')).toHaveLength(2);
      expect(received).toContain('wide');
    });

    it('gives each receiver a copy of its own', async () => {
      const first = await hear('lab.to.a1');
      const second = await hear('lab.*.a1');
      const bytes = one('mine');
      ends.sender.publish('lab.to.a1', bytes);
      bytes.fill(0);
      await first.until(1);
      first.heard[0]?.bytes.fill(0xff);
      await second.until(1);
      expect(texts(second)).toEqual(['mine']);
      expect(bytes).toEqual(new Uint8Array(4));
    });

    it('delivers nothing after unsubscribing, and unsubscribing again is harmless', async () => {
      const ear = await hear('lab.to.a1');
      const other = await hear('lab.to.a1');
      ends.sender.publish('lab.to.a1', one('first'));
      await ear.until(1);
      ear.stop();
      ear.stop();
      await ends.subscribed();
      ends.sender.publish('lab.to.a1', one('second'));
      await other.until(2);
      expect(texts(ear)).toEqual(['first']);
    });

    it('delivers nothing to a receiver that unsubscribes while a message is under way', async () => {
      const ear = listen(ends.sender, 'lab.to.a1');
      const other = listen(ends.sender, 'lab.to.a1');
      ends.sender.publish('lab.to.a1', one('x'));
      ear.stop();
      await other.until(1);
      expect(ear.heard).toEqual([]);
    });

    it('does not keep a message for those who subscribe later', async () => {
      const early = await hear('lab.to.a1');
      ends.sender.publish('lab.to.a1', one('early'));
      await early.until(1);
      const late = await hear('lab.to.a1');
      ends.sender.publish('lab.to.a1', one('late'));
      await late.until(1);
      expect(texts(late)).toEqual(['late']);
    });

    it('carries every byte, and none at all', async () => {
      const ear = await hear('lab.to.a1');
      const all = Uint8Array.from({ length: 256 }, (_, n) => n);
      for (const bytes of [all, new Uint8Array(0), one('\r\nPUB lab.to.a2 1\r\nx\r\n')]) {
        ends.sender.publish('lab.to.a1', bytes);
      }
      await ear.until(3);
      expect(ear.heard.map(({ bytes }) => bytes.length)).toEqual([256, 0, 22]);
      expect(Buffer.from(all).equals(ear.heard[0]?.bytes ?? one(''))).toBe(true);
    });

    it('carries 900 KB', async () => {
      const ear = await hear('lab.to.a1');
      const large = Uint8Array.from({ length: 900_000 }, (_, n) => (n * 31) % 251);
      ends.sender.publish('lab.to.a1', large);
      await ear.until(1);
      expect(Buffer.from(large).equals(ear.heard[0]?.bytes ?? one(''))).toBe(true);
    });

    it('tells the status at once and at each change, until it is told to stop', async () => {
      const seen: TransportStatus[] = [];
      const seenBriefly: TransportStatus[] = [];
      ends.sender.onStatus((status) => seen.push(status));
      const stop = ends.sender.onStatus((status) => seenBriefly.push(status));
      stop();
      expect(seen).toEqual(['connected']);
      if (canBeAway) {
        await ends.interrupt();
        await ends.restore();
      }
      await ends.sender.close();
      const outage = canBeAway ? ['disconnected', 'connected'] : [];
      expect(seen).toEqual(['connected', ...outage, 'closed']);
      expect(seenBriefly).toEqual(['connected']);
    });

    if (canBeAway)
      it('drops what is published while away and goes on afterwards', async () => {
        const ear = await hear('lab.to.a1');
        await ends.interrupt();
        ends.sender.publish('lab.to.a1', one('into the void'));
        await ends.restore();
        await ends.subscribed();
        ends.sender.publish('lab.to.a1', one('back'));
        await ear.until(1);
        expect(texts(ear)).toEqual(['back']);
      });

    it('closes once, however often it is asked, and refuses to be used after that', async () => {
      const seen: TransportStatus[] = [];
      ends.sender.onStatus((status) => seen.push(status));
      await ends.sender.close();
      await ends.sender.close();
      await ends.sender[Symbol.asyncDispose]();
      expect(seen).toEqual(['connected', 'closed']);
      expect(() => ends.sender.publish('lab.to.a1', one('x'))).toThrow(TransportError);
      expect(() => ends.sender.subscribe('lab.to.a1', () => {})).toThrow(TransportError);
    });

    it('tells the status of a closed transport', async () => {
      await ends.sender.close();
      const seen: TransportStatus[] = [];
      ends.sender.onStatus((status) => seen.push(status));
      expect(seen).toEqual(['closed']);
    });
  });
}
