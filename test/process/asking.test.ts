/**
 * Commands as processes of their own, and a controller that is killed while they ask it: they go on when it
 * is back, over HTTP and over NATS. The tests wait side by side, each with nodes of its own.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JobList } from '../../actors/queries.ts';
import type { AgentList } from '../../cli/agents.ts';
import { linesOf, makeGate, openGate } from './gate.ts';
import { lifeline, type Started } from './lifeline.ts';
import { end, openNodesFor, PATIENT, type Nodes } from './nodes.ts';

const says = (nodes: Nodes, one: Started, text: string) =>
  nodes.until(`it says ${text}`, () => {
    const { out, err } = one.said();
    return out.includes(text) || err.includes(text);
  });

/** A work file whose tasks write into a ledger, the last one after it was let through a gate. */
function work(nodes: Nodes, name: string, count: number) {
  const [ledger, gate, file] = ['ledger', 'gate', 'ndjson'].map((end) =>
    nodes.at(`${name}.${end}`),
  );
  makeGate(gate!);
  const line = (n: number) => {
    const wait = n === count ? `read key < ${gate}; ` : '';
    const args = ['-c', `echo "begin ${n}" >> ${ledger}; ${wait}echo "end ${n}" >> ${ledger}`];
    return JSON.stringify({ handler: 'shell', input: { command: 'sh', args } });
  };
  writeFileSync(file!, Array.from({ length: count }, (_, i) => line(i + 1)).join('\n'));
  return {
    argv: ['run', file!, '--job', name],
    open: () => openGate(gate!, 1),
    lines: () => linesOf(ledger!),
    /** All have ended but the one that waits. */
    untilHeld: () =>
      nodes.until(
        'one waits, the others have ended',
        () => linesOf(ledger!).length === 2 * count - 1,
      ),
  };
}

describe.concurrent('commands that ask over HTTP', () => {
  it('go on when their controller was killed and is started again', async ({ onTestFinished }) => {
    const nodes = await openNodesFor(onTestFinished);
    const inData = ['--data', nodes.at('data')];
    const first = await nodes.controller(...PATIENT);
    await nodes.agent('a1', '--allow-shell', ...PATIENT);
    const { argv, open, untilHeld, lines } = work(nodes, 'w', 40);
    const run = nodes.start([...argv, ...inData]);
    await untilHeld();
    const watching = nodes.start(['watch', 'w', ...inData]);
    await says(nodes, watching, '"done":39');

    await end(first, 'SIGKILL');
    const silent = `No controller answers in ${nodes.at('data')}: it is asked until one does.`;
    await says(nodes, run, silent);
    await says(nodes, watching, silent);
    await nodes.controller(...PATIENT);
    const close = open();
    const ended = await run.ended;
    close();
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.out)).toMatchObject({ generation: 1, total: 40, done: 40, retried: 0 });
    const watched = await watching.ended;
    expect(watched.code).toBe(0);
    const last = watched.out.trimEnd().split('\n').at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ state: 'finished', done: 40 });
    expect(watched.err.match(/No controller answers/g)).toHaveLength(1);
    expect(new Set(lines()).size).toBe(80);
    expect(lines()).toHaveLength(80);
  });

  it('have a tree copied, though the controller that walks it is killed', async ({
    onTestFinished,
  }) => {
    const nodes = await openNodesFor(onTestFinished);
    mkdirSync(nodes.at('source'));
    const FILES = 600;
    for (let n = 0; n < FILES; n++) writeFileSync(nodes.at(`source/${n}`), String(n));
    const first = await nodes.controller(...PATIENT);
    const agent = await nodes.agent('a1', ...PATIENT);
    const argv = ['ingest', nodes.at('source'), nodes.at('target'), '--files-per-task', '1'];
    const ingest = nodes.start([...argv, '--job', 'tree', '--data', nodes.at('data')]);
    await nodes.until(
      'a part is copied',
      async () => ((await nodes.get<JobList>('jobs')).singlepass[0]?.done ?? 0) > 20,
    );
    await end(first, 'SIGKILL');
    await says(nodes, ingest, 'No controller answers');
    await nodes.controller(...PATIENT);
    const { code, out, err } = await ingest.ended;
    expect(err).toContain('answers again');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ name: 'tree', generation: 1, state: 'finished', failed: 0 },
      summary: { directories: 1 },
    });
    const { copied, unchanged } = (JSON.parse(out) as { summary: Record<string, number> }).summary;
    expect(copied! + unchanged!).toBe(FILES);
    expect(await end(agent)).toMatchObject({ code: 0 });
  });
});

describe.concurrent('commands that ask over NATS', () => {
  it('begin, list, drain and watch, though nats-server is killed and started again', async ({
    onTestFinished,
  }) => {
    const nodes = await openNodesFor(onTestFinished);
    const way = ['--url', nodes.nats.url, '--data', nodes.at('nothing'), '--client', 'ada'];
    await nodes.controller(...PATIENT);
    await nodes.agent('a1', '--allow-shell', ...PATIENT);
    const { argv, open, untilHeld } = work(nodes, 'far', 20);
    const run = nodes.start([...argv, ...way]);
    await untilHeld();
    const { out } = await lifeline(['ps', ...way]);
    expect(out).toMatch(/^far-\S+ +far +shell +\w+ +a1 +1 /m);
    const drained = await lifeline(['drain', 'a1', '--json', ...way]);
    expect(JSON.parse(drained.out)).toMatchObject({ id: 'a1', inFlight: 1, draining: true });
    const history = await lifeline(['history', '--kind', 'agent.drain', '--json', ...way]);
    expect(JSON.parse(history.out)).toMatchObject({
      by: expect.stringMatching(/^cli:.* via ada$/) as string,
    });

    const watching = nodes.start(['watch', 'far', ...way]);
    await says(nodes, watching, '"done":19');
    await nodes.nats.kill();
    await nodes.nats.restart();
    const close = open();
    expect(await run.ended).toMatchObject({ code: 0 });
    close();
    const watched = await watching.ended;
    expect(watched.code).toBe(0);
    expect(JSON.parse(watched.out.trimEnd().split('\n').at(-1)!)).toMatchObject({
      done: 20,
      retried: 0,
    });
    const { items } = JSON.parse((await lifeline(['agents', '--json', ...way])).out) as AgentList;
    expect(items).toMatchObject([{ id: 'a1', inFlight: 0, draining: true }]);
  });

  it('say in 5 s that no controller is there', async ({ onTestFinished }) => {
    const nodes = await openNodesFor(onTestFinished);
    const way = ['--url', nodes.nats.url, '--data', nodes.at('nothing')];
    const { code, out, err } = await lifeline(['list', ...way]);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain(`No controller answers at ${nodes.nats.url} in the namespace "lifeline"`);
  });
});
