/**
 * The outbox against a receiver that keeps places as the controller does, over lost acknowledgements, crashes
 * and lost tails (protocol A18).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentKey } from '../../actors/agent-records.ts';
import { isAfter, Outbox } from '../../actors/outbox.ts';
import type { Value } from '../../store/store.ts';
import type { OutboxEntry, OutboxPlace } from '../../transport/frame.ts';

/** A disk of an agent, as far as the outbox knows it; `past` are its states after each batch. */
class Disk {
  entries = new Map<string, OutboxEntry>();
  last: OutboxPlace | null = null;
  /** How it looked after each batch; the first is the empty disk. */
  readonly past = [{ entries: new Map<string, OutboxEntry>(), last: this.last }];
  readonly turn = {
    put: (key: string, value: Value) => void this.entries.set(key, value as unknown as OutboxEntry),
    delete: (key: string) => void this.entries.delete(key),
  };

  /** Ends a batch. */
  sync(last: OutboxPlace | null): void {
    this.last = last;
    this.past.push({ entries: new Map(this.entries), last });
  }

  lose(batches: number): void {
    this.past.length = Math.max(1, this.past.length - batches);
    const { entries, last } = this.past.at(-1)!;
    this.entries = new Map(entries);
    this.last = last;
  }

  kept(): readonly OutboxEntry[] {
    return [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }
}

/** The controller's side, as takeover.ts keeps it. */
class Receiver {
  recorded: OutboxPlace | null = null;
  readonly taken: number[] = [];
  gaps = 0;

  /** True when something came behind a hole. */
  take(entries: readonly OutboxEntry[]): boolean {
    let missing = false;
    for (const entry of entries) {
      if (!isAfter(entry.place, this.recorded)) continue;
      if (entry.after !== null && isAfter(entry.after, this.recorded)) missing = true;
      else {
        this.recorded = entry.place;
        this.taken.push(entry.birth);
      }
    }
    return missing;
  }

  hello(oldest: OutboxPlace | null): void {
    if (oldest === null || !isAfter(oldest, this.recorded)) return;
    this.gaps++;
    this.recorded = oldest;
  }
}

const entryOf = (birth: number) => ({
  birth,
  attempt: 1,
  at: 0,
  startedAt: null,
  ending: { kind: 'done', result: null } as const,
  logLength: 0,
});

const outboxOf = (boot: number, disk: Disk) => new Outbox(boot, disk.kept(), disk.last);

describe('the outbox', () => {
  it('has at most 4 MB unanswered at once', () => {
    const disk = new Disk();
    const outbox = outboxOf(1, disk);
    const result = 'x'.repeat(250_000);
    for (let birth = 1; birth <= 40; birth++) {
      outbox.add({ ...entryOf(birth), ending: { kind: 'done', result } }, disk.turn);
    }
    const takeAll = () => {
      let taken = 0;
      while (outbox.hasUnsent) taken += outbox.take().length;
      return taken;
    };
    expect(takeAll()).toBe(17);
    outbox.trim({ boot: 1, n: 10 }, disk.turn);
    expect(takeAll()).toBe(10);
    outbox.rewind();
    expect(takeAll()).toBe(17);
  });

  it('names each entry by boot and number, and by the one before it', () => {
    const disk = new Disk();
    const first = outboxOf(1, disk);
    expect(first.add(entryOf(1), disk.turn)).toEqual({ boot: 1, n: 1 });
    expect(first.add(entryOf(2), disk.turn)).toEqual({ boot: 1, n: 2 });
    disk.sync(first.last);
    const second = outboxOf(4, disk);
    expect(second.add(entryOf(3), disk.turn)).toEqual({ boot: 4, n: 1 });
    expect(second.take().map(({ place, after }) => [place, after])).toEqual([
      [{ boot: 1, n: 1 }, null],
      [{ boot: 1, n: 2 }, { boot: 1, n: 1 }],
      [{ boot: 4, n: 1 }, { boot: 1, n: 2 }],
    ]); // prettier-ignore
  });

  it('sends each entry once until it is rewound, and owes it until it is recorded', () => {
    const disk = new Disk();
    const outbox = outboxOf(1, disk);
    outbox.add(entryOf(1), disk.turn);
    const place = outbox.add(entryOf(2), disk.turn);
    expect(outbox.take()).toHaveLength(2);
    expect([outbox.hasUnsent, outbox.isOwed]).toEqual([false, true]);
    expect(outbox.take()).toEqual([]);
    outbox.rewind();
    expect(outbox.take()).toHaveLength(2);
    expect(outbox.trim({ boot: 1, n: 1 }, disk.turn)).toBe(true);
    expect(outbox.trim({ boot: 1, n: 1 }, disk.turn)).toBe(false);
    expect([...disk.entries.keys()]).toEqual([agentKey.out(place)]);
    expect(outbox.trim(place, disk.turn)).toBe(true);
    expect([outbox.isOwed, disk.entries.size]).toEqual([false, 0]);
    expect(outbox.oldest).toEqual(place);
  });

  it('fills frames by bytes, one entry at least, and leaves no more than a bound unanswered', () => {
    const disk = new Disk();
    const outbox = outboxOf(1, disk);
    const large = { ...entryOf(1), ending: { kind: 'done' as const, result: 'x'.repeat(250_000) } };
    for (let n = 0; n < 3; n++) outbox.add(large, disk.turn);
    expect([outbox.take().length, outbox.take().length, outbox.take().length]).toEqual([1, 1, 1]);
    for (let n = 0; n < 6_000; n++) outbox.add(entryOf(n), disk.turn);
    let sent = 0;
    while (outbox.hasUnsent) sent += outbox.take().length;
    expect(sent).toBe(4_000 - 3);
    outbox.trim({ boot: 1, n: 1_003 }, disk.turn);
    expect(outbox.hasUnsent).toBe(true);
  });

  it('tells a place from an earlier one by boot, then by number', () => {
    const places = [null, { boot: 1, n: 1 }, { boot: 1, n: 2 }, { boot: 2, n: 1 }] as const;
    for (const [a, place] of places.entries()) {
      for (const [b, known] of places.entries()) {
        if (place !== null) expect(isAfter(place, known)).toBe(a > b);
      }
    }
  });

  it('has every durable ending recorded once and in order, over any network, crashes and lost tails', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('add' as const, 'send' as const, 'rewind' as const, 'ack' as const) }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('network' as const), which: fc.nat(20), how: fc.constantFrom('deliver', 'duplicate', 'lose') }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), batches: fc.nat(3) }) },
    ); // prettier-ignore
    let crashes = 0;
    let gaps = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const disk = new Disk();
        const receiver = new Receiver();
        const frames: { boot: number; entries: readonly OutboxEntry[] }[] = [];
        const lost = new Set<number>();
        let boot = 1;
        let births = 0;
        let outbox = outboxOf(boot, disk);
        const receive = (frame: { boot: number; entries: readonly OutboxEntry[] }) => {
          if (frame.boot === boot && receiver.take(frame.entries)) outbox.rewind();
        };
        const ack = () => {
          if (receiver.recorded) outbox.trim(receiver.recorded, disk.turn);
          disk.sync(outbox.last);
        };
        for (const next of steps) {
          if (next.kind === 'add') {
            outbox.add(entryOf(++births), disk.turn);
            disk.sync(outbox.last);
          } else if (next.kind === 'send') frames.push({ boot, entries: outbox.take() });
          else if (next.kind === 'rewind') outbox.rewind();
          else if (next.kind === 'ack') ack();
          else if (next.kind === 'crash') {
            // A disk that has lied loses whole batches; the number of the boot is never among them.
            crashes++;
            const before = new Set(disk.kept().map(({ birth }) => birth));
            disk.lose(next.batches);
            const after = new Set(disk.kept().map(({ birth }) => birth));
            for (const birth of before) if (!after.has(birth)) lost.add(birth);
            outbox = outboxOf(++boot, disk);
            receiver.hello(outbox.oldest);
          } else if (next.kind === 'network' && frames.length > 0) {
            const place = next.which % frames.length;
            const frame = frames[place]!;
            if (next.how !== 'duplicate') frames.splice(place, 1);
            if (next.how !== 'lose') receive(frame);
          }
        }
        for (let round = 0; round < 5; round++) {
          outbox.rewind();
          while (outbox.hasUnsent) receive({ boot, entries: outbox.take() });
          ack();
        }
        gaps += receiver.gaps;
        expect(outbox.isOwed).toBe(false);
        expect(disk.kept()).toEqual([]);
        expect(receiver.taken).toEqual([...new Set(receiver.taken)].sort((a, b) => a - b));
        for (let birth = 1; birth <= births; birth++) {
          if (!lost.has(birth)) expect(receiver.taken).toContain(birth);
        }
      }),
      { numRuns: 500 },
    );
    expect(crashes).toBeGreaterThan(100);
    // A gap needs a disk older than what was acknowledged and trimmed; the outbox alone never makes one.
    expect(gaps).toBe(0);
  });
});
