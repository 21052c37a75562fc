/**
 * The standard story of the crash tests, and what must be true at its end whatever has crashed meanwhile.
 *
 *   s1 done, with a log        s2 fails once, is retried, done     s3 runs for 10.5 s
 *   s4 done, with a long log   s5 fails for good                   s6 is cancelled while it runs
 *   job `j`: six items with keys in two batches, the second of which repeats a key; one item fails
 *
 * Whoever gives the commands asks again when the outcome is unknown, as a command line would.
 */
import type { Command, Item, Replies } from '../../actors/commands.ts';
import { OutcomeUnknown } from '../../actors/controller.ts';
import type { ControllerSettings } from '../../actors/controller-config.ts';
import { key, under, type JobRow } from '../../actors/records.ts';
import { Refused } from '../../actors/refused.ts';
import type { Behaviour } from '../../scenarios/scripted-runner.ts';
import { Cluster, policy } from './cluster.ts';

const AGAIN_AFTER_MS = 400;

export const SYNC_MS = 3;

const ok = { kind: 'done', result: 'ok' } as const;
const error = { kind: 'failed', cause: 'error', message: 'no', detail: null } as const;

/** What each piece of work does, how it is to end, and in how many attempts when nothing goes wrong. */
interface Part {
  readonly behave: (attempt: number) => Behaviour;
  readonly ends: 'done' | 'failed' | 'cancelled';
  readonly maxRetries?: number;
}

const LONG_LOG = 'All work and no play makes Jack a dull boy.\n'.repeat(1_700);

export const PARTS: Readonly<Record<string, Part>> = {
  // The longest first: whoever looks for what is left finds it at once.
  s3: { behave: () => ({ afterMs: 10_500, exit: ok, log: 'a long run\n' }), ends: 'done' },
  s1: { behave: () => ({ afterMs: 100, exit: ok, log: 'one line\n' }), ends: 'done' },
  s2: {
    behave: (attempt) => ({
      afterMs: 150,
      exit: attempt === 1 ? error : ok,
      log: `attempt ${attempt}\n`,
    }),
    ends: 'done',
    maxRetries: 1,
  },
  s4: { behave: () => ({ afterMs: 300, exit: ok, log: LONG_LOG }), ends: 'done' },
  s5: { behave: () => ({ afterMs: 50, exit: error }), ends: 'failed' },
  s6: {
    behave: () => ({ afterMs: 60_000, exit: ok, log: 'never ends\n', abortMs: 200 }),
    ends: 'cancelled',
  },
  i1: { behave: () => ({ afterMs: 120, exit: ok }), ends: 'done' },
  i2: { behave: () => ({ afterMs: 120, exit: ok, log: 'an item\n' }), ends: 'done' },
  i3: { behave: () => ({ afterMs: 120, exit: error }), ends: 'failed' },
  i4: { behave: () => ({ afterMs: 120, exit: ok }), ends: 'done' },
  i5: { behave: () => ({ afterMs: 120, exit: ok }), ends: 'done' },
  i6: { behave: () => ({ afterMs: 120, exit: ok }), ends: 'done' },
};

/** A cluster that plays the story: two agents with two slots each, and disks that take their time. */
export function stage(settings: ControllerSettings = {}): Cluster {
  const cluster = new Cluster(settings, 2, SYNC_MS);
  cluster.behave = (id, attempt) => PARTS[id]!.behave(attempt);
  return cluster;
}

export interface Story {
  /** All commands have been answered. */
  readonly isTold: boolean;
  /** What the story itself ran into: nothing of it may be there. */
  readonly troubles: readonly unknown[];
}

/** Begins the story; the caller moves time. */
export function tell(cluster: Cluster): Story {
  const story = { isTold: false, troubles: [] as unknown[] };
  commands(cluster).then(
    () => (story.isTold = true),
    (trouble: unknown) => story.troubles.push(trouble),
  );
  return story;
}

async function commands(cluster: Cluster): Promise<void> {
  const by = 'test';
  const pause = (ms: number) =>
    new Promise<void>((over) => void cluster.clock.after(ms, () => over()));
  /** Asks until there is an answer; a refusal that says "I have that already" is one. */
  const ask = async <C extends Command>(
    command: C,
    taken: Refused['code'],
  ): Promise<Replies[C['kind']] | undefined> => {
    for (let asked = 1; ; asked++) {
      try {
        return await cluster.controller.command(command);
      } catch (refusal) {
        if (refusal instanceof Refused && refusal.code === taken && asked > 1) return undefined;
        if (!(refusal instanceof OutcomeUnknown)) throw refusal;
        await pause(AGAIN_AFTER_MS);
      }
    }
  };
  for (const id of ['s1', 's2', 's3', 's4', 's5', 's6']) {
    await ask({ kind: 'submit', item: itemOf(id), by }, 'idTaken');
    await pause(20);
  }
  await pause(1_500);
  await ask({ kind: 'cancel', id: 's6', by }, 'ended');
  await ask(
    {
      kind: 'startJob',
      name: 'j',
      source: 'story',
      spec: null,
      rereads: true,
      by,
    },
    'jobTaken',
  );
  const batch = (ids: readonly string[], ended: boolean) => {
    const items = ids.map((id) => ({ ...itemOf(id), key: `key-${id}` }));
    const common = {
      kind: 'enqueue',
      job: 'j',
      generation: 1,
      after: null,
      cursor: ids.length,
      by,
    } as const;
    return ask({ ...common, items, ended }, 'notRunning');
  };
  await batch(['i1', 'i2', 'i3'], false);
  await pause(100);
  await batch(['i3', 'i4', 'i5', 'i6'], true);
}

const itemOf = (id: string): Item => ({
  id,
  handler: 'work',
  input: { id },
  bytes: 8,
  policy: { ...policy, maxRetries: PARTS[id]!.maxRetries ?? 0, delaysMs: [500] },
});

/** True when there is nothing more to come. */
export function isOver(cluster: Cluster, story: Story): boolean {
  return leftOver(cluster, story).next().done === true;
}

/** What is still to come, as sentences. Read one by one, since it is asked after every timer. */
export function* leftOver(cluster: Cluster, story: Story): Generator<string, void> {
  if (story.troubles.length > 0) throw story.troubles[0] as Error;
  if (!story.isTold) {
    yield 'the commands have not all been answered';
    return;
  }
  if (cluster.controller.liveOf('a1') === undefined) {
    yield 'the controller is down';
    return;
  }
  for (const id of Object.keys(PARTS)) {
    const birth = cluster.controller.store.get(key.id(id)) as number;
    const { state } = cluster.row(birth);
    if (!TERMINAL.has(state)) yield `${id} is ${state}`;
  }
  const job = cluster.controller.store.get(key.job('j')) as unknown as JobRow;
  if (job.state !== 'finished') yield `the job is ${job.state}`;
  for (const [id, { node, spool }] of cluster.agents) {
    if (!node) yield `${id} is down`;
    else if (!node.isSettled) yield `${id} is not settled`;
    else {
      for (const table of ['task', 'out']) {
        for (const [name] of node.store.range(under(table))) yield `${id} keeps ${name}`;
      }
      for (const { birth, attempt } of spool.held()) yield `${id} keeps log ${birth}/${attempt}`;
    }
  }
}

const TERMINAL = new Set<string>(['done', 'failed', 'cancelled']);

/** Opens the cluster and has it live the story to its end, with all kinds of trouble: a cut, a crash, failing disks. */
export async function live(cluster: Cluster): Promise<void> {
  const opening = [
    cluster.startController(),
    cluster.startAgent('a1', 2),
    cluster.startAgent('a2', 2),
  ];
  await cluster.advance(100);
  await Promise.all(opening);
  const story = tell(cluster);
  const heal = cluster.cut('a1');
  await cluster.advance(2_000);
  heal();
  cluster.agents.get('a2')!.disk.faults.failNextAppend(1, 'applied');
  await cluster.advance(3_000);
  cluster.controllerDisk.faults.failNextAppend(1, 'lost');
  await cluster.advance(4_000);
  cluster.crashAgent('a1');
  const restarting = cluster.startAgent('a1', 2);
  await cluster.advance(100);
  await restarting;
  await cluster.until(() => isOver(cluster, story), 600_000);
}
