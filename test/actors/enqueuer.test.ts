/**
 * The enqueuer against a run that is a few lines of memory: it records batches, refuses, or ends its term
 * before or after the record.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command, Item } from '../../actors/commands.ts';
import { OutcomeUnknown } from '../../actors/controller.ts';
import { Enqueuer, PATIENCE, type RunPort } from '../../actors/enqueuer.ts';
import { NO_COUNTS, takenOf, type JobRow } from '../../actors/records.ts';
import { Refused } from '../../actors/refused.ts';
import { policy } from './cluster.ts';

type Enqueue = Command & { kind: 'enqueue' };
/** What becomes of a batch: recorded; or the term ends, and it is recorded or not. */
type Fate = 'recorded' | 'lost' | 'unheard';

class FakeRun implements RunPort {
  readonly name = 'thumbs';
  readonly generation = 1;
  readonly by = 'test';
  readonly batches: Enqueue[] = [];
  readonly pausesMs: number[] = [];
  fates: Fate[] = [];
  /** Called before a batch is decided on; what it throws refuses the batch. */
  before: (command: Enqueue) => Promise<void> = async () => {};
  state: JobRow['state'] = 'running';
  unrest = 0;
  #cursor: number | null = null;
  #sourceEnded = false;

  constructor(cursor: number | null = null) {
    this.#cursor = cursor;
  }

  get ids(): readonly unknown[] {
    return this.batches.flatMap(({ items }) => items.map(({ input }) => input));
  }

  get sourceEnded(): boolean {
    return this.#sourceEnded;
  }

  row(): JobRow {
    const context = { sourceEnded: this.#sourceEnded } as JobRow['context'];
    const counts = { ...NO_COUNTS, queued: this.unrest };
    return { state: this.state, context, cursor: this.#cursor, counts } as JobRow;
  }

  async enqueue(command: Enqueue): Promise<void> {
    await this.before(command);
    if (this.state !== 'running') throw new Refused('notRunning', 'It is stopped.');
    const fate = this.fates.shift() ?? 'recorded';
    if (fate !== 'lost') {
      expect(command.cursor).toBe((this.#cursor ?? 0) + command.items.length);
      this.batches.push(command);
      this.#cursor = command.cursor;
      this.#sourceEnded = command.ended;
    }
    if (fate !== 'recorded') throw new OutcomeUnknown('A new term.');
  }

  after(ms: number, wake: () => void): () => void {
    this.pausesMs.push(ms);
    queueMicrotask(wake);
    return () => {};
  }
}

const item = (input: number, bytes = 1): Item => ({ handler: 'work', input, bytes, policy });
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

function feed(run: FakeRun, items: Iterable<number> | AsyncIterable<number>, bytes = 1) {
  const enqueuer = new Enqueuer(run, takenOf(run.row()));
  const source =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const over = enqueuer.feed(source, (n) => item(n, bytes), takenOf(run.row()));
  return { enqueuer, over };
}

/** A source that gives its items when it is told to. */
function byHand() {
  const given: ((result: IteratorResult<number, undefined>) => void)[] = [];
  let left = false;
  return {
    next: () => new Promise<IteratorResult<number, undefined>>((resolve) => given.push(resolve)),
    return: () => {
      left = true;
      return Promise.resolve({ done: true as const, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    give: (value: number) => given.shift()!({ done: false, value }),
    end: () => given.shift()!({ done: true, value: undefined }),
    get left() {
      return left;
    },
  };
}

/** Lets promises go on for so many hops. */
const settle = async (hops = 50) => {
  for (let i = 0; i < hops; i++) await Promise.resolve();
};

/** A record takes long enough for the next batch to fill. */
const slowly = () => settle(30_000);

describe('the enqueuer', () => {
  it('hands over every item once, in order, and says with the last that no more come', async () => {
    const run = new FakeRun();
    run.before = slowly;
    await feed(run, numbers(9_234)).over;
    expect(run.ids).toEqual(numbers(9_234));
    expect(run.sourceEnded).toBe(true);
    expect(run.batches.filter(({ ended }) => ended)).toHaveLength(1);
    expect(Math.max(...run.batches.map(({ items }) => items.length))).toBe(4_000);
  });

  it('tells the end of an empty source', async () => {
    const run = new FakeRun();
    await feed(run, []).over;
    expect(run.batches).toMatchObject([{ items: [], cursor: 0, ended: true }]);
  });

  it('ends a batch at 2 MB', async () => {
    const run = new FakeRun();
    run.before = slowly;
    await feed(run, numbers(40), 250_000).over;
    expect(run.ids).toEqual(numbers(40));
    expect(Math.max(...run.batches.map(({ items }) => items.length))).toBe(8);
  });

  it('passes over what was taken before', async () => {
    const run = new FakeRun(700);
    await feed(run, numbers(1_000)).over;
    expect(run.ids).toEqual(numbers(1_000).slice(700));
    expect(run.batches.at(-1)!.cursor).toBe(1_000);
  });

  it('hands over what a slow source has given without waiting for more', async () => {
    const run = new FakeRun();
    const source = byHand();
    const { over } = feed(run, source);
    source.give(0);
    await settle();
    expect(run.ids).toEqual([0]);
    source.give(1);
    await settle();
    expect(run.ids).toEqual([0, 1]);
    source.end();
    await over;
  });

  it('does not pull more than one batch ahead of what is recorded', async () => {
    const run = new FakeRun();
    let pulled = 0;
    const source = function* () {
      for (const n of numbers(18_000)) {
        pulled++;
        yield n;
      }
    };
    let go = () => {};
    run.before = () => new Promise((resolve) => (go = resolve));
    const { over } = feed(run, source());
    for (let round = 0; round < 3; round++) {
      await slowly();
      expect(pulled).toBeLessThanOrEqual(run.ids.length + 2 * 4_000);
      go();
    }
    run.before = async () => {};
    go();
    await over;
    expect(run.ids).toEqual(numbers(18_000));
  });

  it('neither repeats nor loses an item, however the terms end', async () => {
    const fate = fc.constantFrom<Fate>('recorded', 'lost', 'unheard');
    const plan = fc.record({
      count: fc.integer({ min: 0, max: 1_300 }),
      taken: fc.integer({ min: 0, max: 600 }),
      fates: fc.array(fate, { maxLength: PATIENCE.tries - 1 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ count, taken, fates }) => {
        const run = new FakeRun(taken);
        run.fates = [...fates];
        run.before = slowly;
        await feed(run, numbers(count)).over;
        expect(run.ids).toEqual(numbers(count).slice(taken));
        expect(run.sourceEnded).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('gives up when no new term comes', async () => {
    const run = new FakeRun();
    run.fates = Array.from({ length: 100 }, () => 'lost');
    await expect(feed(run, numbers(3)).over).rejects.toThrow(OutcomeUnknown);
    expect(run.pausesMs).toEqual(
      Array.from({ length: PATIENCE.tries - 1 }, () => PATIENCE.pauseMs),
    );
  });
});

describe('the enqueuer: a source that waits for rest', () => {
  it('goes on when all that it handed over has come to rest, and no sooner', async () => {
    const run = new FakeRun();
    const passed: string[] = [];
    const { enqueuer, over } = feed(
      run,
      (async function* () {
        yield 1;
        yield 2;
        await enqueuerOf().settled();
        passed.push('rest');
        yield 3;
      })(),
    );
    function enqueuerOf() {
      return enqueuer;
    }
    run.unrest = 2;
    await settle();
    expect(run.ids).toEqual([1, 2]);
    run.unrest = 1;
    enqueuer.changed();
    await settle();
    expect(passed).toEqual([]);
    run.unrest = 0;
    enqueuer.changed();
    await over;
    expect(passed).toEqual(['rest']);
    expect(run.ids).toEqual([1, 2, 3]);
  });

  it('is woken with an error when the run is stopped meanwhile', async () => {
    const run = new FakeRun();
    let error: unknown;
    const { enqueuer, over } = feed(
      run,
      (async function* () {
        yield 1;
        try {
          await enqueuerOf().settled();
        } catch (thrown) {
          error = thrown;
        }
      })(),
    );
    function enqueuerOf() {
      return enqueuer;
    }
    run.unrest = 1;
    await settle();
    run.state = 'stopping';
    enqueuer.changed();
    await over;
    await settle();
    expect(error).toMatchObject({ code: 'notRunning' });
  });
});

describe('the enqueuer: an end before the end', () => {
  it('comes quietly when the run is stopped, and the source is told', async () => {
    const run = new FakeRun();
    const source = byHand();
    const { enqueuer, over } = feed(run, source);
    source.give(1);
    await settle();
    run.state = 'stopping';
    enqueuer.changed();
    await over;
    expect(run.sourceEnded).toBe(false);
    expect(source.left).toBe(true);
  });

  it('comes quietly when a batch finds the run stopped', async () => {
    const run = new FakeRun();
    run.state = 'stopped';
    await feed(run, numbers(10)).over;
    expect(run.batches).toEqual([]);
  });

  it('comes with what the source throws', async () => {
    const run = new FakeRun();
    const broken = (function* () {
      yield 1;
      throw new Error('the disk is gone');
    })();
    await expect(feed(run, broken).over).rejects.toThrow('the disk is gone');
    expect(run.sourceEnded).toBe(false);
  });

  it('names the item that does not pass the check, and tells the source', async () => {
    const run = new FakeRun();
    const source = byHand();
    const check = (n: number) => {
      if (n === 13) throw new Error('thirteen');
      return item(n);
    };
    const over = new Enqueuer(run, 0).feed(source, check, 0);
    source.give(1);
    await settle();
    source.give(13);
    await expect(over).rejects.toThrow('Item 2 of job "thumbs": thirteen');
    expect(source.left).toBe(true);
  });

  it('comes with the refusal of a batch', async () => {
    const run = new FakeRun();
    run.before = () => Promise.reject(new Refused('idTaken', 'The id "x" is taken.'));
    await expect(feed(run, numbers(3)).over).rejects.toThrow('The id "x" is taken.');
  });

  it('comes with what abort was given, though the source never answers', async () => {
    const run = new FakeRun();
    const source = byHand();
    const { enqueuer, over } = feed(run, source);
    enqueuer.abort(new OutcomeUnknown('closed'));
    await expect(over).rejects.toThrow('closed');
    await expect(enqueuer.settled()).rejects.toThrow('closed');
    expect(source.left).toBe(true);
  });
});
