/**
 * What a crash of one part does to the others, on processes and a real NATS server: an agent is killed for
 * good, the controller is killed and started again, the NATS server is.
 *
 * What ran how often is told by three who do not know of each other: the controller's records, the agents'
 * own journals, and a ledger that the tasks write. The last two tests wait side by side.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Sentence } from '../../actors/explain.ts';
import type { FactView } from '../../actors/views.ts';
import { countStarts } from '../../cli/count-starts.ts';
import { seedTree } from '../../cli/seed-tree.ts';
import { verifyTree } from '../../handlers/ingest-verify.ts';
import { linesOf, makeGate, openGate } from './gate.ts';
import { end, openNodesFor, PATIENT, QUICK, WITHIN_MS, type Node, type Nodes } from './nodes.ts';

const FILES = 20_000;

const isFinished = (nodes: Nodes, job: string) =>
  nodes.until('the job is finished', async () => (await nodes.job(job)).state === 'finished');

/** Every fact of one kind about a job. */
async function facts(nodes: Nodes, kind: string, job: string): Promise<readonly FactView[]> {
  const all: FactView[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page: { items: readonly FactView[]; next: number | null } = await nodes.get(
      `history?kind=${kind}&job=${job}&limit=1000&after=${after}`,
    );
    all.push(...page.items);
    after = page.next;
  }
  return all;
}

/** Ends the agents in order, so that their journals can be read. */
async function startsOf(nodes: Nodes, agents: readonly Node[], ids: readonly string[]) {
  for (const agent of agents) await end(agent);
  return countStarts(ids.map((id) => nodes.at(`agents/${id}`)));
}

describe('an agent that is killed for good', () => {
  it(
    'is made up for by the others: every file once, every lost attempt explained',
    async ({ onTestFinished }) => {
      const nodes = await openNodesFor(onTestFinished);
      const tree = seedTree(nodes.at('source'), FILES, 11);
      await nodes.controller(...QUICK);
      const ids = ['a1', 'a2', 'a3'];
      const agents = await Promise.all(ids.map((id) => nodes.agent(id)));
      const [source, target] = [nodes.at('source'), nodes.at('target')];
      await nodes.post('jobs', {
        name: 'copy',
        source: { kind: 'ingest', source, target, filesPerTask: 50 },
      });
      const half = FILES / 50 / 2;
      await nodes.until('half is done', async () => (await nodes.job('copy')).done > half);
      // Stopped first: what it is given from now on stays with it.
      agents[1]!.child.kill('SIGSTOP');
      await nodes.until(
        'it holds work',
        async () => ((await nodes.agentView('a2'))?.inFlight ?? 0) > 0,
      );
      agents[1]!.child.kill('SIGKILL');
      await isFinished(nodes, 'copy');

      expect(await verifyTree(source, target)).toMatchObject({
        files: tree.files,
        differenceCount: 0,
        differences: [],
      });
      const job = await nodes.job('copy');
      expect(job).toMatchObject({ failed: 0, parked: 0, done: job.total });
      const done = (await facts(nodes, 'done', 'copy')).map(({ id }) => id);
      expect(done.length).toBe(job.total);
      expect(new Set(done).size).toBe(job.total);
      const again = (await nodes.work('copy')).filter(({ attempt }) => attempt > 1);
      expect(again.length).toBeGreaterThan(0);
      for (const { id, agent } of again) {
        const { items } = await nodes.get<{ items: readonly Sentence[] }>(
          `sub-transactions/${id}/explain`,
        );
        const text = items.map(({ text: sentence }) => sentence).join('\n');
        expect(text).toMatch(/a2[^\n]*lost|lost[^\n]*a2/);
        expect(agent).not.toBe('a2');
      }
      const { starts, startedAgain } = await startsOf(nodes, [agents[0]!, agents[2]!], ids);
      expect(startedAgain).toBe(0);
      expect(starts).toBeGreaterThanOrEqual(job.total!);
      expect(starts).toBeLessThanOrEqual(job.total! + again.length);
    },
    WITHIN_MS,
  );
});

/** Four tasks at two agents, all waiting at gates; each writes into a ledger when it begins and ends. */
async function holdFour(nodes: Nodes) {
  const ledger = nodes.at('ledger');
  const ids = ['t1', 't2', 't3', 't4'];
  for (const id of ids) {
    makeGate(nodes.at(`gate-${id}`));
    const script = `echo "begin $1 $LIFELINE_ATTEMPT" >> $3; read key < $2; echo "end $1" >> $3`;
    await nodes.shell(id, script, id, nodes.at(`gate-${id}`), ledger);
  }
  const lines = (word: string) => linesOf(ledger).filter((line) => line.startsWith(word));
  await nodes.until('all four run', () => lines('begin').length === ids.length);
  return {
    lines,
    /** Lets one through and waits until it has ended. */
    async letThrough(id: string) {
      const close = openGate(nodes.at(`gate-${id}`), 1);
      await nodes.until(`${id} has ended`, () => lines(`end ${id}`).length > 0);
      close();
    },
    /** Each ran once, in its first attempt, and that is what counts. */
    async wereDoneOnce(agents: readonly Node[]) {
      for (const id of ids) {
        const done = async () => (await nodes.get<FactView>(`sub-transactions/${id}`)).state;
        await nodes.until(`${id} is done`, async () => (await done()) === 'done');
        const view = await nodes.get<{ readonly attempt: number }>(`sub-transactions/${id}`);
        expect(view.attempt).toBe(1);
      }
      expect([...lines('begin')].sort()).toEqual(ids.map((id) => `begin ${id} 1`));
      expect([...lines('end')].sort()).toEqual(ids.map((id) => `end ${id}`));
      const { startedAgain } = await startsOf(nodes, agents, ['a1', 'a2']);
      expect(startedAgain).toBe(0);
    },
  };
}

const twoAgents = (nodes: Nodes) =>
  Promise.all(['a1', 'a2'].map((id) => nodes.agent(id, '--allow-shell', '--slots', '3')));

const aTree = (nodes: Nodes) => ({
  kind: 'ingest',
  source: fileURLToPath(new URL('../../actors', import.meta.url)),
  target: nodes.at('copy'),
  filesPerTask: 1,
});

describe.concurrent('a controller that is killed', () => {
  it('goes on in a new term; the agents have kept their tasks', async ({ onTestFinished }) => {
    const nodes = await openNodesFor(onTestFinished);
    const first = await nodes.controller(...PATIENT);
    const agents = await twoAgents(nodes);
    const held = await holdFour(nodes);
    await nodes.post('jobs', { name: 'copy', source: aTree(nodes) });
    await end(first, 'SIGKILL');
    await held.letThrough('t1');
    const second = await nodes.controller(...PATIENT);
    expect(second.ready.term).toBe(2);
    await held.letThrough('t2');
    await held.letThrough('t3');
    await held.letThrough('t4');
    await isFinished(nodes, 'copy');
    const work = await nodes.work('copy');
    expect(work.length).toBeGreaterThan(10);
    expect(work.filter(({ attempt }) => attempt !== 1)).toEqual([]);
    await held.wereDoneOnce(agents);
  });
});

describe.concurrent('a NATS server that is killed', () => {
  it('is waited for; the agents have kept their tasks', async ({ onTestFinished }) => {
    const nodes = await openNodesFor(onTestFinished);
    const controller = await nodes.controller(...PATIENT);
    const agents = await twoAgents(nodes);
    const held = await holdFour(nodes);
    await nodes.post('jobs', { name: 'copy', source: aTree(nodes) });
    await nodes.nats.kill();
    await held.letThrough('t1');
    await held.letThrough('t2');
    await nodes.nats.restart();
    await held.letThrough('t3');
    await held.letThrough('t4');
    await isFinished(nodes, 'copy');
    expect((await nodes.work('copy')).filter(({ attempt }) => attempt !== 1)).toEqual([]);
    await held.wereDoneOnce(agents);
    expect(controller.child.exitCode).toBe(null);
  });
});
