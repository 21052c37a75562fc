/** What a controller owes an agent fits into frames, however much it is. */
import { describe, expect, it } from 'vitest';
import { Peer } from '../../actors/peer.ts';
import { inFrames } from '../../actors/requests.ts';
import { controllerFrames, MAX_FRAME_BYTES } from '../../transport/codec.ts';
import type { Assignment } from '../../transport/frame.ts';

const NAME = 'n'.repeat(64);
const BIG = 2 ** 52;

const row = {
  id: NAME,
  storeId: NAME,
  boot: BIG,
  bootAt: 0,
  state: 'present',
  heldUntil: null,
  timeoutMs: 60_000,
  slots: 500,
  handlers: [],
  recorded: { boot: BIG, n: BIG },
  gap: false,
  draining: false,
} as const;
const timing = { version: BIG, periodMs: 10_000, delayMs: 2_000, timeoutMs: 60_000 };

describe('a peer', () => {
  it('opens each link above the last one, and above what its term begins with', () => {
    const beat = { slots: 1, running: 0, waiting: 0, lagMs: 0, leaving: false };
    const peer = new Peer(row, beat, 0, new Set());
    const links = [0, 0, 100, 100, 50].map((above) => {
      peer.openLink(12_000, above);
      return peer.requests.link;
    });
    expect(links).toEqual([1, 2, 101, 102, 103]);
  });

  it('is sent no frame that is too large', () => {
    const beat = { slots: 500, running: 0, waiting: 0, lagMs: 0, leaving: false };
    const peer = new Peer(row, beat, 0, new Set());
    peer.openLink(12_000, BIG);
    const task = (birth: number): Assignment => ({
      birth: BIG + birth,
      attempt: BIG,
      id: NAME,
      job: NAME,
      handler: NAME,
      input: 'x'.repeat(1_200),
      timeoutMs: BIG,
      graceMs: BIG,
    });
    for (let i = 0; i < 3; i++) {
      const tasks = Array.from({ length: 500 }, (_, birth) => task(birth));
      peer.requests.add({ kind: 'assign', tasks });
    }
    for (let birth = 0; birth < 10_000; birth++) {
      peer.setLogLength({ birth: BIG + birth, attempt: BIG }, BIG, true);
      peer.mayForget({ birth: BIG + 20_000 + birth, attempt: BIG }, 0);
    }
    peer.gather(() => 0);
    const from = { controllerId: NAME, term: BIG };
    const sizes = [...inFrames(peer.requests.takeUnsent(0))].map(
      (part) => controllerFrames.encode(peer.frame(from, timing, part, true)).length,
    );
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThan(MAX_FRAME_BYTES);
  });

  it('says of a log that ended no more than is on disk, although the agent may forget it soon', () => {
    const beat = { slots: 1, running: 0, waiting: 0, lagMs: 0, leaving: false };
    const peer = new Peer(row, beat, 0, new Set());
    const fence = { birth: 6, attempt: 1 };
    const toldAtOnce = () => peer.frame({ controllerId: NAME, term: 1 }, timing, [], false).logs;
    peer.setLogLength(fence, 99, true);
    peer.setLogLength(fence, 330, false);
    peer.mayForget(fence, 330);
    peer.gather(() => 330);
    // The last chunk comes again.
    expect(peer.logLength(fence)).toBe(330);
    peer.setLogLength(fence, 330, false);
    expect(toldAtOnce()).toEqual([{ ...fence, length: 99 }]);
    peer.durable(null, [['6/1', 330]]);
    expect(toldAtOnce()).toEqual([{ ...fence, length: 330 }]);
    peer.frame({ controllerId: NAME, term: 1 }, timing, [], true);
    expect(peer.logLength(fence)).toBeUndefined();
  });
});
