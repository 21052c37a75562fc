/**
 * The controller as a node: settings, terms, outcomes, followers, closing, and a disk that fails at any moment
 * of the story (story.ts).
 */
import { describe, expect, it } from 'vitest';
import { OutcomeUnknown } from '../../actors/controller.ts';
import { key, type Entry, type MetaRow } from '../../actors/records.ts';
import { openMemoryStore, type AppendFault } from '../../store/memory.ts';
import { ask, itemOf } from './asking.ts';
import { Cluster } from './cluster.ts';
import { isOver, leftOver, stage, tell } from './story.ts';
import { wrongs } from './verdict.ts';

const by = 'test';
const submit = (id: string) => ({ kind: 'submit', item: itemOf({ id }), by }) as const;
const ends = (cluster: Cluster) =>
  cluster.lines.filter(({ message }) => message.startsWith('controller ended'));

describe('a controller', () => {
  it.each([
    { settings: { namespace: 'a.b' }, says: 'The namespace "a.b" is not allowed' },
    { settings: { timeoutMs: 5_000 }, says: 'timeout' },
    { settings: { maxProcesses: 0 }, says: 'The number of processes must be a whole number' },
    { settings: { drift: 0.5 }, says: 'The clock drift must be a fraction' },
  ])('refuses settings that cannot be used: $says', async ({ settings, says }) => {
    await expect(new Cluster(settings).startController()).rejects.toThrow(says);
  });

  it('keeps its id and takes a higher term in each life', async () => {
    const cluster = await Cluster.start([]);
    const metaOf = () => cluster.controller.store.get(key.meta) as unknown as MetaRow;
    const { births, term, controllerId } = metaOf();
    cluster.crashController();
    await cluster.startController();
    expect(metaOf()).toMatchObject({ controllerId, term: term + 1 });
    expect(metaOf().births).toBeGreaterThan(births);
    expect(cluster.controller.term).toBe(term + 1);
  });

  it('gives its timing a higher version in each term', async () => {
    const cluster = await Cluster.start([]);
    const versions: number[] = [];
    for (const timeoutMs of [60_000, 60_000, 120_000, 60_000]) {
      cluster.crashController();
      await cluster.startController({ timeoutMs });
      const meta = cluster.controller.store.get(key.meta) as unknown as MetaRow;
      expect(meta.timing.timeoutMs).toBe(timeoutMs);
      versions.push(meta.timing.version);
    }
    expect(new Set(versions).size).toBe(versions.length);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });

  it('never goes back in time, even when the wall clock does', async () => {
    const cluster = await Cluster.start([]);
    await ask(cluster, submit('x'));
    cluster.crashController();
    cluster.clock.jump(-3_600_000);
    await cluster.startController();
    await ask(cluster, submit('y'));
    const instants = cluster.facts().map(({ at }) => at);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
  });

  it('tells an outcome to whoever waits, and to whoever asks later', async () => {
    const cluster = await Cluster.start(['a1']);
    const birth = await cluster.submit('x');
    const waiting = cluster.controller.outcome(birth);
    await cluster.advance(1_000);
    expect(await waiting).toMatchObject({ state: 'done', result: 'ok', late: false });
    expect(await cluster.controller.outcome(birth)).toEqual(await waiting);
  });

  it('tells its followers each fact once it is durable, in order, until they leave', async () => {
    const cluster = await Cluster.start(['a1']);
    const numbers: number[] = [];
    const leave = cluster.controller.follow((entries: readonly (readonly [number, Entry])[]) => {
      for (const [n] of entries) {
        expect(cluster.controller.store.position()).toBeGreaterThanOrEqual(n);
        numbers.push(n);
      }
    });
    const first = cluster.controller.store.position() + 1;
    await cluster.submit('x');
    await cluster.advance(1_000);
    expect(numbers).toEqual(numbers.map((_, index) => first + index));
    expect(numbers.length).toBeGreaterThan(2);
    leave();
    const before = numbers.length;
    await cluster.submit('y');
    expect(numbers).toHaveLength(before);
  });

  it('answers what it has taken before it closes, and nothing afterwards', async () => {
    const cluster = await Cluster.start([]);
    const taken = cluster.controller.command(submit('x'));
    const closing = cluster.controller.close();
    await cluster.clock.settle();
    await closing;
    expect(await taken).toMatchObject({ id: 'x' });
    await expect(cluster.controller.command(submit('y'))).rejects.toThrow('The controller is closed.'); // prettier-ignore
    await cluster.controller.close();
  });

  it('begins one term a second while its transport refuses it, and goes on when it may', async () => {
    const cluster = new Cluster();
    const { transport } = cluster;
    let isRefused = false;
    const subscribe: typeof transport.subscribe = (subject, receive) => {
      if (isRefused && subject.includes('.probe.')) throw new Error('refused');
      return transport.subscribe(subject, receive);
    };
    const publish: typeof transport.publish = (subject, bytes) => {
      if (isRefused) throw new Error('refused');
      transport.publish(subject, bytes);
    };
    await cluster.startController({}, { transport: { ...transport, subscribe, publish } });
    isRefused = true;
    cluster.controllerDisk.faults.failNextAppend(1, 'lost');
    await expect(ask(cluster, submit('x'))).rejects.toThrow(OutcomeUnknown);
    await cluster.advance(4_500);
    isRefused = false;
    await cluster.advance(5_000);
    expect(cluster.facts('controller.term').length).toBeLessThanOrEqual(6);
    expect(await ask(cluster, submit('x'))).toMatchObject({ id: 'x' });
  });

  it('halts without a word: what was under way is unknown', async () => {
    const cluster = await Cluster.start([]);
    cluster.controllerDisk.faults.holdSync();
    const command = cluster.controller.command(submit('x'));
    await cluster.clock.settle();
    cluster.controller.halt();
    await expect(command).rejects.toThrow(OutcomeUnknown);
  });
});

describe('a controller whose disk fails', () => {
  /** Plays the story with a disk that misbehaves from `atMs` on. */
  async function play(atMs: number, misbehave: (cluster: Cluster) => void) {
    const cluster = stage();
    const opened = Promise.all([
      cluster.startController(),
      cluster.startAgent('a1'),
      cluster.startAgent('a2'),
    ]);
    await cluster.advance(20);
    await opened;
    const story = tell(cluster);
    cluster.clock.after(atMs, () => misbehave(cluster));
    try {
      await cluster.until(() => isOver(cluster, story), 200_000);
    } catch (trouble) {
      return [String(trouble), ...leftOver(cluster, story)];
    }
    if (cluster.controller.term === 1) return ['no term has ended'];
    return wrongs(cluster, { victim: null, at: 0 });
  }

  it.each(['nothing', 'lost', 'applied'] satisfies AppendFault[])(
    'recovers as a new term at any moment, and loses and repeats nothing: %s',
    async (fault) => {
      const found = new Map<number, readonly string[]>();
      for (let atMs = 0; atMs < 2_600; atMs += 65) {
        const wrong = await play(atMs, ({ controllerDisk }) =>
          controllerDisk.faults.failNextAppend(1, fault),
        );
        if (wrong.length > 0) found.set(atMs, wrong);
      }
      expect(Object.fromEntries(found)).toEqual({});
    },
  );

  it('goes on when a full disk has room again', async () => {
    const wrong = await play(300, (cluster) => {
      cluster.controllerDisk.faults.full = true;
      cluster.clock.after(4_500, () => (cluster.controllerDisk.faults.full = false));
    });
    expect(wrong).toEqual([]);
  });

  it('tells an outcome that was recorded after all', async () => {
    const cluster = await Cluster.start(['a1']);
    const birth = await cluster.submit('x');
    await cluster.advance(50);
    const waiting = cluster.controller.outcome(birth);
    cluster.controllerDisk.faults.failNextAppend(1, 'applied');
    await cluster.until(() => cluster.controller.term === 2, 10_000);
    expect(await waiting).toMatchObject({ state: 'done' });
  });

  it('leaves a command unknown, and takes none until it has recovered', async () => {
    const cluster = await Cluster.start([]);
    cluster.controllerDisk.faults.failNextAppend(1, 'lost');
    await expect(ask(cluster, submit('x'))).rejects.toThrow('The controller had to begin a new term'); // prettier-ignore
    await expect(ask(cluster, submit('x'))).rejects.toThrow('The controller is recovering; try again.'); // prettier-ignore
    await cluster.advance(1_000);
    expect(await ask(cluster, submit('x'))).toMatchObject({ id: 'x' });
  });

  it('waits for a full disk without end, and goes on when there is room', async () => {
    const cluster = await Cluster.start([]);
    cluster.controllerDisk.faults.full = true;
    await expect(ask(cluster, submit('x'))).rejects.toThrow(OutcomeUnknown);
    await cluster.advance(120_000);
    expect(ends(cluster)).toEqual([]);
    cluster.controllerDisk.faults.full = false;
    await cluster.advance(2_000);
    expect(await ask(cluster, submit('x'))).toMatchObject({ id: 'x' });
  });

  it('ends when every term ends soon, although each records something', async () => {
    const cluster = await Cluster.start([]);
    cluster.observeController = (phase, turn) => {
      if (phase === 'taken' && turn > 1) throw new Error('a bug');
    };
    await cluster.advance(30_000);
    expect(ends(cluster)).toHaveLength(1);
    expect(cluster.controller.term).toBe(11);
  });

  it('ends at once when somebody else has written to its store', async () => {
    const cluster = await Cluster.start([]);
    const other = await openMemoryStore(cluster.controllerDisk, { force: true });
    await other.append({ entries: ['mine'], writes: [] }, { expect: other.position() });
    await expect(ask(cluster, submit('x'))).rejects.toThrow(OutcomeUnknown);
    expect(ends(cluster)).toHaveLength(1);
  });
});
