/** What an agent says of its controller, each change once. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createLeaseTeller, type LeaseTeller } from '../../cli/lease-teller.ts';
import { createScreen } from '../../cli/screen.ts';
import { createVirtualClock, type VirtualClock } from '../../scenarios/virtual-clock.ts';

const LEASE_MS = 60_000;

let clock: VirtualClock;
let teller: LeaseTeller;
let lines: string[];

beforeEach(() => {
  clock = createVirtualClock();
  lines = [];
  const sink = { write: (text: string | Uint8Array) => lines.push(String(text).trimEnd()) };
  teller = createLeaseTeller({ clock, screen: createScreen(sink, {}) }, 'a1');
});

const told = () => lines.map((line) => line.replace(/^\S+ /, ''));

describe('an agent', () => {
  it('says once that it has joined, however often it is heard', async () => {
    for (let beat = 0; beat < 10; beat++) {
      teller.leased(LEASE_MS);
      await clock.advance(10_000);
    }
    expect(told()).toEqual(['a1 has joined its controller.']);
  });

  it('says that it is not heard, and that it is again', async () => {
    teller.leased(LEASE_MS);
    await clock.advance(36_000);
    teller.leased(LEASE_MS);
    expect(told()).toEqual([
      'a1 has joined its controller.',
      'a1 does not hear its controller; what runs goes on while its lease lasts, another 24.0 s.',
      'a1 hears its controller again.',
    ]);
  });

  it('says when its lease is over, and that it has joined again', async () => {
    teller.leased(LEASE_MS);
    await clock.advance(59_999);
    expect(told()).toHaveLength(2);
    await clock.advance(1);
    expect(told()[2]).toBe(
      'The lease of a1 is over: what ran is killed. It goes on asking for its controller.',
    );
    await clock.advance(600_000);
    teller.leased(LEASE_MS);
    expect(told().slice(3)).toEqual(['a1 has joined its controller.']);
  });

  it('says nothing more once it has ended', async () => {
    teller.leased(LEASE_MS);
    teller.end();
    await clock.advance(600_000);
    expect(told()).toHaveLength(1);
  });
});
