/** Logs on their way to a receiver that keeps them as the controller does: every byte once, in order, whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogShipping } from '../../actors/log-shipping.ts';
import type { LogStore } from '../../handlers/handler.ts';
import type { Fence, LogChunk } from '../../transport/frame.ts';

const nameOf = ({ birth, attempt }: Fence) => `${birth}/${attempt}`;
const fenceOf = (birth: number): Fence => ({ birth, attempt: 1 });

/** Logs that can be written to; byte `i` of birth `b` is `(b + i) % 251`. */
class Logs implements LogStore {
  readonly lengths = new Map<string, { fence: Fence; length: number }>();

  grow(fence: Fence, by: number): void {
    this.lengths.set(nameOf(fence), { fence, length: this.length(fence) + by });
  }
  length(fence: Fence): number {
    return this.lengths.get(nameOf(fence))?.length ?? 0;
  }
  read(fence: Fence, offset: number, limit: number): Uint8Array {
    const end = Math.min(this.length(fence), offset + limit);
    const bytes = new Uint8Array(Math.max(0, end - offset));
    for (let i = 0; i < bytes.length; i++) bytes[i] = (fence.birth + offset + i) % 251;
    return bytes;
  }
  remove(fence: Fence): void {
    this.lengths.delete(nameOf(fence));
  }
  held(): readonly Fence[] {
    return [...this.lengths.values()].map(({ fence }) => fence);
  }
}

/** The controller's side, as takeover.ts keeps it. */
class Receiver {
  readonly bytes = new Map<string, Uint8Array>();

  length(fence: Fence): number {
    return this.bytes.get(nameOf(fence))?.length ?? 0;
  }

  /** True when the chunk came behind a hole. */
  take(chunk: LogChunk): boolean {
    const length = this.length(chunk);
    if (chunk.offset > length) return true;
    const fresh = chunk.bytes.subarray(length - chunk.offset);
    this.bytes.set(
      nameOf(chunk),
      Buffer.concat([this.bytes.get(nameOf(chunk)) ?? new Uint8Array(0), fresh]),
    );
    return false;
  }
}

describe('log shipping', () => {
  it.each([
    ['gives nothing', () => new Uint8Array(0)],
    [
      'cannot be read',
      (): Uint8Array => {
        throw new Error('EMFILE');
      },
    ],
  ])('tries again later with a log that %s', (_, read) => {
    const logs = new Logs();
    logs.grow(fenceOf(1), 1_000);
    logs.grow(fenceOf(2), 10);
    const shipping = new LogShipping(logs, logs.held());
    shipping.take();
    for (const birth of [1, 2]) shipping.acked(fenceOf(birth), 0);
    const readable = logs.read.bind(logs);
    logs.read = (fence, ...rest) => (fence.birth === 1 ? read() : readable(fence, ...rest));
    expect(shipping.take()).toMatchObject([{ birth: 2, offset: 0 }]);
    expect(shipping.hasUnsent).toBe(false);
    logs.read = readable;
    shipping.rewind();
    expect(shipping.take()).toMatchObject([{ birth: 1 }, { birth: 2 }]);
  });

  it('asks first how much the controller has, and goes on from there', () => {
    const logs = new Logs();
    logs.grow(fenceOf(1), 1_000);
    const shipping = new LogShipping(logs, logs.held());
    expect(shipping.take()).toEqual([{ ...fenceOf(1), offset: 0, bytes: new Uint8Array(0) }]);
    expect([shipping.hasUnsent, shipping.isOwed]).toEqual([false, true]);
    expect(shipping.acked(fenceOf(1), 400)).toBe(true);
    expect(shipping.take().map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
      [400, 600],
    ]);
    expect(shipping.acked(fenceOf(1), 1_000)).toBe(true);
    expect(shipping.acked(fenceOf(1), 1_000)).toBe(false);
    expect([shipping.hasUnsent, shipping.isOwed]).toEqual([false, false]);
  });

  it('knows nothing of a log until it has grown', () => {
    const logs = new Logs();
    const shipping = new LogShipping(logs, logs.held());
    shipping.grown(fenceOf(1));
    expect(shipping.hasUnsent).toBe(false);
    logs.grow(fenceOf(1), 1);
    shipping.grown(fenceOf(1));
    expect(shipping.hasUnsent).toBe(true);
  });

  it('fills frames up to a bound, and leaves no more than a bound unanswered', () => {
    const logs = new Logs();
    logs.grow(fenceOf(1), 10_000_000);
    const shipping = new LogShipping(logs, logs.held());
    shipping.take();
    shipping.acked(fenceOf(1), 0);
    let sent = 0;
    while (shipping.hasUnsent) {
      const bytes = shipping.take().reduce((sum, chunk) => sum + chunk.bytes.length, 0);
      expect(bytes).toBeLessThanOrEqual(256 * 1024);
      sent += bytes;
    }
    expect(sent).toBe(4 * 1024 * 1024);
    shipping.acked(fenceOf(1), 100_000);
    expect(shipping.hasUnsent).toBe(true);
  });

  it('begins anew with a controller that has gone back in time', () => {
    const logs = new Logs();
    logs.grow(fenceOf(1), 100);
    const shipping = new LogShipping(logs, logs.held());
    shipping.take();
    shipping.acked(fenceOf(1), 0);
    shipping.take();
    shipping.acked(fenceOf(1), 100);
    shipping.relink();
    expect(shipping.isOwed).toBe(true);
    shipping.take();
    shipping.acked(fenceOf(1), 30);
    expect(shipping.take().map(({ offset, bytes }) => [offset, bytes.length])).toEqual([[30, 70]]);
  });

  it('drops a log that is forgotten, and what was unanswered of it', () => {
    const logs = new Logs();
    logs.grow(fenceOf(1), 5_000_000);
    logs.grow(fenceOf(2), 10);
    const shipping = new LogShipping(logs, logs.held());
    shipping.take();
    shipping.acked(fenceOf(1), 0);
    while (shipping.hasUnsent) shipping.take();
    shipping.acked(fenceOf(2), 0);
    expect(shipping.hasUnsent).toBe(false);
    shipping.forget(fenceOf(1));
    expect(shipping.take().map(({ birth }) => birth)).toEqual([2]);
  });

  it('brings every byte once, in order and whole, over any network', () => {
    const birth = fc.integer({ min: 1, max: 3 });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('grow' as const), birth, by: fc.constantFrom(1, 10, 70_000) }) },
      { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('send' as const, 'ack' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('rewind' as const, 'relink' as const, 'restart' as const) }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('network' as const), which: fc.nat(20), how: fc.constantFrom('deliver', 'duplicate', 'lose') }) },
    ); // prettier-ignore
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const logs = new Logs();
        const receiver = new Receiver();
        let shipping = new LogShipping(logs, logs.held());
        const chunks: LogChunk[] = [];
        const receive = (chunk: LogChunk) => {
          if (receiver.take(chunk)) shipping.rewind();
        };
        const ack = () => {
          for (const fence of logs.held()) shipping.acked(fence, receiver.length(fence));
        };
        for (const next of steps) {
          if (next.kind === 'grow') {
            logs.grow(fenceOf(next.birth), next.by);
            shipping.grown(fenceOf(next.birth));
          } else if (next.kind === 'send') chunks.push(...shipping.take());
          else if (next.kind === 'ack') ack();
          else if (next.kind === 'rewind') shipping.rewind();
          else if (next.kind === 'relink') shipping.relink();
          else if (next.kind === 'restart') shipping = new LogShipping(logs, logs.held());
          else if (next.kind === 'network' && chunks.length > 0) {
            const place = next.which % chunks.length;
            const chunk = chunks[place]!;
            if (next.how !== 'duplicate') chunks.splice(place, 1);
            if (next.how !== 'lose') receive(chunk);
          }
        }
        shipping.rewind();
        for (let round = 0; round < 20 && shipping.isOwed; round++) {
          for (const chunk of shipping.take()) receive(chunk);
          ack();
        }
        expect(shipping.isOwed).toBe(false);
        for (const fence of logs.held()) {
          const whole = logs.read(fence, 0, Infinity);
          expect(receiver.length(fence)).toBe(whole.length);
          expect(Buffer.from(receiver.bytes.get(nameOf(fence)) ?? []).equals(whole)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
