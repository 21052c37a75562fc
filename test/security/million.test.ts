/**
 * A million mutated payloads, from fixed seeds: frames of agents to a running controller, frames of a
 * controller to running agents, requests and answers of clients to their codecs.
 *
 *   valid frames of the present link ─▶ bytes changed, or fields ─▶ subject of the node ─▶ turns
 *
 * Nothing throws, no term and no boot ends but by a rule, and who is honest goes on. Each seed makes
 * 200,000; `SEEDS=7,8` runs other ones.
 */
import { describe, expect, it } from 'vitest';
import { TermTooLow } from '../../actors/higher-terms.ts';
import { key, type AgentRow } from '../../actors/records.ts';
import { agentFrames, controllerFrames } from '../../transport/codec.ts';
import {
  controlAnswers,
  controlRequests,
  type ControlAnswer,
  type ControlRequest,
} from '../../transport/control.ts';
import type { AgentFrame, ControllerFrame, Request } from '../../transport/frame.ts';
import { Cluster, done, endless } from '../actors/cluster.ts';
import { RawAgent } from '../actors/raw-agent.ts';
import { createChance, distort, mutate } from '../transport/mutants.ts';
import {
  sampleAgentFrame,
  sampleAssignment,
  sampleControllerFrame,
} from '../transport/sample-frames.ts';

const seeds = (process.env['SEEDS'] ?? '1,2,3,4,5').split(',').map(Number);

/** Mutants of one run (four runs for each seed), and how many of them are sent at once. */
const MUTANTS = 50_000;
const BATCH = 125;

/** Bytes; what is really needed is a tenth of it. */
const HEAP_MAX = 500_000_000;

/** Two thirds with other bytes, one third still a frame. */
function mutantsOf<Frame>(
  frames: readonly Frame[],
  codec: { encode(frame: Frame): Uint8Array },
  chance: () => number,
): () => Uint8Array {
  const encoded = frames.map((frame) => codec.encode(frame));
  return () => {
    const which = Math.floor(chance() * frames.length);
    if (chance() < 0.66) return mutate(encoded[which]!, chance);
    return codec.encode(distort(frames[which]!, chance));
  };
}

describe.each(seeds)('mutants of seed %i', { timeout: 600_000 }, (seed) => {
  it('of agents leave the controller and the honest agent as they were', async () => {
    const chance = createChance(seed);
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    await cluster.submit('x');
    await cluster.advance(100);
    for (let i = 0; i < 100; i++) await cluster.submit(`w${i}`);
    let evil = await joined(cluster, 'e1');
    for (let sent = 0; sent < MUTANTS; sent += BATCH) {
      if (!isCurrent(cluster, evil)) evil = await joined(cluster, `e${sent}`);
      const next = mutantsOf(saying(cluster, evil), agentFrames, chance);
      for (let i = 0; i < BATCH; i++) {
        cluster.transport.publish(`lifeline.from.${last(evil).agent}`, next());
      }
      await cluster.advance(50);
    }
    await cluster.advance(3_000);
    const ends = cluster.lines.filter(({ level }) => level === 'error');
    const believed = ends.map(({ fields }) => (fields as { err: unknown }).err);
    expect(believed.filter((error) => !(error instanceof TermTooLow))).toEqual([]);
    expect(new Set(believed.map((error) => (error as TermTooLow).agent)).size).toBe(ends.length);
    expect(cluster.facts('controller.term')).toHaveLength(1 + ends.length);
    expect(cluster.agents.get('a1')!.node!.boot).toBe(1);
    expect(cluster.moment('end', 'x#1')).toBeUndefined();
    expect(cluster.starts().filter((start) => start.startsWith('x#'))).toEqual(['x#1']);
    expect(['connected', 'reconciled']).toContain(cluster.stateOf('a1'));
    expect(process.memoryUsage().heapUsed).toBeLessThan(HEAP_MAX);
  });

  it('of a controller end no boot but by a rule', async () => {
    const chance = createChance(seed);
    const cluster = new Cluster();
    cluster.behave = () => ({ ...done, afterMs: 20 });
    const said = new Map<string, AgentFrame>();
    cluster.transport.subscribe('lifeline.from.*', (bytes) => {
      const decoded = agentFrames.decode(bytes);
      if (decoded.ok) said.set(decoded.frame.agent, decoded.frame);
    });
    let victim = '';
    for (let sent = 0; sent < MUTANTS; sent += BATCH) {
      // One that follows the last of all terms, or has come to the last of all boots, hears nothing any more.
      if (!said.has(victim)) {
        if (victim !== '') cluster.crashAgent(victim);
        victim = `v${sent}`;
        await cluster.startAgent(victim);
        await cluster.advance(50);
      }
      const [opening] = telling(said.get(victim)!);
      cluster.transport.sendTo(opening!);
      await cluster.advance(5);
      const next = mutantsOf(telling(said.get(victim)!), controllerFrames, chance);
      said.delete(victim);
      for (let i = 0; i < BATCH; i++) cluster.transport.publish(`lifeline.to.${victim}`, next());
      await cluster.advance(50);
    }
    const errors = cluster.lines.filter(({ level }) => level === 'error');
    const byRule = /^this (store went back in time|agent id is in use)/;
    expect(errors.filter(({ message }) => !byRule.test(message))).toEqual([]);
    expect(cluster.agents.size).toBeLessThan(MUTANTS / BATCH / 2);
    expect(cluster.starts().length).toBeGreaterThan(50);
    expect(process.memoryUsage().heapUsed).toBeLessThan(HEAP_MAX);
  });

  it('of clients are no requests and no answers', () => {
    const chance = createChance(seed);
    const body = Buffer.from('{"handler":"shell","input":{"command":"true"}}');
    const from = { v: 1, id: 'r1' } as const;
    const path = '/api/v1/sub-transactions/x/log?attempt=1&from=0';
    const requests = mutantsOf<ControlRequest>(
      [
        { ...from, method: 'POST', path: '/api/v1/sub-transactions', by: 'ops', body },
        { ...from, method: 'GET', path, by: null, body: null },
      ],
      controlRequests,
      chance,
    );
    const answers = mutantsOf<ControlAnswer>(
      [{ ...from, status: 200, type: 'application/json', body, gzip: false }],
      controlAnswers,
      chance,
    );
    for (let sent = 0; sent < MUTANTS; sent++) {
      const request = controlRequests.decode(requests());
      if (request.ok) expect(request.frame.path).toMatch(/^\/(?!\/)[!-~]*$/);
      const answer = controlAnswers.decode(answers());
      if (answer.ok) expect(answer.frame.body).toBeInstanceOf(Uint8Array);
    }
  });
});

/** A new agent joins. */
async function joined(cluster: Cluster, id: string): Promise<RawAgent> {
  const evil = new RawAgent(id, cluster.transport, () => cluster.clock.elapsed());
  for (let tries = 0; evil.heard.length === 0; tries++) {
    if (tries > 20) throw new Error(`The agent ${id} is not heard.`);
    evil.say();
    await cluster.advance(200);
  }
  evil.report();
  await cluster.advance(50);
  return evil;
}

const last = (evil: RawAgent): ControllerFrame =>
  evil.heard.findLast(({ notice }) => notice === undefined)!;

/** Whether the controller still takes frames of this boot. */
function isCurrent(cluster: Cluster, evil: RawAgent): boolean {
  const { agent, boot, term } = last(evil);
  const row = cluster.controller.store.get(key.agent(agent)) as unknown as AgentRow;
  return cluster.controller.term === term && row.boot === boot && row.state === 'present';
}

/** Valid frames of what an agent might say next on its link. */
function saying(cluster: Cluster, evil: RawAgent): readonly AgentFrame[] {
  const { agent, storeId, boot, controllerId, term, link, timing, sent } = last(evil);
  const stamp = cluster.clock.elapsed();
  const from = { agent, storeId, boot, controllerId, term, link, stamp, timing: timing.version };
  const base = sampleAgentFrame(from);
  const [given] = evil.requests.flatMap((r) => (r.kind === 'assign' ? r.tasks : [])).slice(-1);
  const fence = given ? { birth: given.birth, attempt: given.attempt } : { birth: 2, attempt: 1 };
  const held = { ...fence, state: 'inProgress', logLength: 5, place: null } as const;
  const log = { ...fence, offset: 0, bytes: Buffer.from('hello') };
  const ended = { ...base.outbox[0]!, ...fence, place: { boot, n: 1 }, after: null, logLength: 5 };
  return [
    base,
    { ...base, hello: { bootId: 'b', handlers: ['work'], oldest: null } },
    { ...base, answers: [{ n: 1, kind: 'report', part: 0, last: true, tasks: [held] }] },
    { ...base, answers: [{ n: 2, kind: 'tasks', tasks: [held] }] },
    { ...base, progress: [{ ...fence, progress: { done: 1 } }] },
    { ...base, answers: [{ n: sent, kind: 'gap', next: 1 }] },
    { ...base, outbox: [], logs: [log] },
    { ...base, outbox: [ended], out: ended.place, logs: [log] },
  ];
}

/** Valid frames of what a controller might tell an agent next. */
function telling(said: AgentFrame): readonly ControllerFrame[] {
  const { agent, storeId, boot, link, seen, stamp } = said;
  const term = Math.max(said.term, 1);
  const n = seen + 1;
  const fence = { birth: n, attempt: 1 };
  const base: ControllerFrame = {
    ...sampleControllerFrame({ agent, storeId, boot, term, link, echo: stamp, recorded: null }),
    controllerId: said.controllerId === '' ? 'c1' : said.controllerId,
    sent: n,
    settled: seen,
    logs: [],
  };
  const asking = (request: Request): ControllerFrame => ({ ...base, requests: [request] });
  const tasks = [{ ...sampleAssignment({}), ...fence, handler: 'work', id: `t${n}` }];
  const opening = {
    ...asking({ n: 1, kind: 'report' }),
    ...(said.hello && { bootId: said.hello.bootId }),
    link: link + 1,
    sent: 1,
    settled: 0,
  };
  return [
    opening,
    asking({ n, kind: 'assign', tasks }),
    asking({ n, kind: 'ask', fences: [fence] }),
    asking({ n, kind: 'kill', fences: [{ ...fence, birth: seen }], reason: 'cancelled' }),
    asking({ n, kind: 'forget', fences: [{ ...fence, birth: seen }] }),
    { ...base, requests: [], logs: [{ ...fence, length: 5 }], missing: true },
    { ...base, requests: [], recorded: said.out },
    { ...base, requests: [], notice: { kind: 'inUse', known: boot } },
  ];
}
