/** What the tests of commands share: items, and a command that is answered under virtual time. */
import type { Command, Item, Replies } from '../../actors/commands.ts';
import { policy, type Cluster } from './cluster.ts';

export const itemOf = (change: Partial<Item> = {}): Item => ({
  handler: 'work',
  input: null,
  bytes: 1,
  policy,
  ...change,
});

/** Gives several commands in one turn; resolves with what became of each. */
export async function askAll<C extends Command>(
  cluster: Cluster,
  commands: readonly C[],
): Promise<PromiseSettledResult<Replies[C['kind']]>[]> {
  const answers = Promise.allSettled(
    commands.map((command) => cluster.controller.command(command)),
  );
  await cluster.clock.settle();
  return answers;
}

/** Gives a command. @throws what it was refused with */
export async function ask<C extends Command>(
  cluster: Cluster,
  command: C,
): Promise<Replies[C['kind']]> {
  const [answer] = await askAll(cluster, [command]);
  if (answer!.status === 'rejected') throw answer!.reason as Error;
  return answer!.value;
}

/** Begins a run, or goes on with one, of the source `s`. */
export const startOf = (name: string): Command & { kind: 'startJob' } => ({
  kind: 'startJob',
  name,
  source: 's',
  spec: null,
  rereads: true,
  by: 'test',
});

/** Starts a run and hands its items over. */
export async function run(
  cluster: Cluster,
  name: string,
  items: readonly Item[],
  ended = true,
): Promise<void> {
  const by = 'test';
  const { row } = await ask(cluster, startOf(name));
  const { generation } = row;
  await ask(cluster, {
    kind: 'enqueue',
    job: name,
    generation,
    items,
    after: null,
    cursor: 0,
    ended,
    by,
  });
}
