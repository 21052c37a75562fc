/**
 * `lifeline demo`, as `npm start` runs it, with fewer files: over NATS, with agents that are processes, and
 * in one process. However it ends, no process is left.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Cut } from '../../cli/demo-cut.ts';
import type { Evidence } from '../../cli/demo-evidence.ts';
import type { Cast } from '../../cli/demo-stage.ts';
import { readProcess } from '../../handlers/process-table.ts';
import { start, type Started } from './lifeline.ts';

type Told = Evidence & { readonly cut: Cut; readonly data: string } & Cast;

const SLOW = 180_000;

const FILES = 500;

/** Where demos put what they make; gone when the test is over. */
function openDirectory(onTestFinished: (close: () => void) => void): string {
  const directory = mkdtempSync(join(tmpdir(), 'lifeline-demo-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const demo = (directory: string, ...flags: string[]): Started =>
  start(['demo', '--files', `${FILES}`, '--slots', '2', ...flags], { env: { TMPDIR: directory } });

const isAlive = (pid: number) => readProcess(pid)?.isZombie === false;

/** Pids of the processes it has told of, by name, once it has said `text`. */
async function toldPids({ said, ended }: Started, text: string): Promise<Map<string, number>> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  await vi.waitUntil(() => isOver || said().err.includes(text), { timeout: SLOW });
  const { out, err } = said();
  expect(err).toContain(text);
  const told = [...out.matchAll(/(agent-\d|nats-server) (?:[\d.]+ )?is process (\d+)/g)];
  return new Map(told.map(([, name, pid]) => [name!, Number(pid)]));
}

const allGone = (pids: Map<string, number>) =>
  vi.waitFor(() => expect([...pids].filter(([, pid]) => isAlive(pid))).toEqual([]), {
    timeout: 30_000,
  });

function expectProof(told: Told, code: number | null, directory: string) {
  expect(told.flaws).toEqual([]);
  expect(code).toBe(0);
  expect(told.cut).toMatchObject({ agent: 'agent-2' });
  expect(told.cut.running.length).toBeGreaterThan(0);
  expect(told.explained?.sentences.length).toBeGreaterThan(3);
  expect(told.summary.copied).toBe(FILES);
  expect(told.comparison).toMatchObject({ files: FILES, differenceCount: 0 });
  expect(told.startedAgain).toBe(0);
  expect(told.starts).toBe(told.job.total);
  const kinds = told.timeline.filter(({ agent }) => agent === 'agent-2').map(({ kind }) => kind);
  const at = (kind: string) => kinds.lastIndexOf(kind);
  expect(Math.min(at('agent.suspect'), at('agent.repeat'))).toBeGreaterThan(0);
  expect(at('agent.reconciled')).toBeGreaterThan(at('agent.suspect'));
  expect(existsSync(told.data)).toBe(false);
  expect(readdirSync(directory)).toEqual([]);
}

describe('lifeline demo', { timeout: SLOW }, () => {
  it('over NATS survives a pulled cable and proves that everything was copied once', async ({
    onTestFinished,
  }) => {
    const directory = openDirectory(onTestFinished);
    const { ended } = demo(directory, '--json');
    const { code, out, err } = await ended;
    expect(err).toContain('the link to agent-2 is cut in both directions, like a pulled cable');
    expect(err).toContain('its old connections are reset');
    const told = JSON.parse(out) as Told;
    expectProof(told, code, directory);
    if (told.transport !== 'nats') throw new Error(`It was played in one process: ${told.why}`);
    expect(told.server.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(told.agents.map(({ id }) => id)).toEqual(['agent-1', 'agent-2']);
    const pids = [told.server, ...told.agents].map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(3);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('in one process proves the same', async ({ onTestFinished }) => {
    const directory = openDirectory(onTestFinished);
    const { ended } = demo(directory, '--one-process', '--json');
    const { code, out, err } = await ended;
    expect(err).toContain('the link to agent-2 is cut in both directions, for 3.0 s');
    expect(err).toMatch(/Removing the trees …\n$/);
    const told = JSON.parse(out) as Told;
    expectProof(told, code, directory);
    expect(told).toMatchObject({
      transport: 'memory',
      why: 'You asked for it with --one-process.',
    });
  });
});

// These wait for what the demo waits for, each its own.
describe.concurrent('lifeline demo that is cut short', { timeout: SLOW }, () => {
  it.for([
    ['agent-1', /agent-1 \(process \d+\) was ended by SIGKILL before the demo was over/],
    ['nats-server', /The nats-server \(process \d+\) has ended before the demo was over/],
  ] as const)(
    'says so in one sentence when %s dies under it',
    async ([name, sentence], { onTestFinished }) => {
      const directory = openDirectory(onTestFinished);
      const running = demo(directory);
      const pids = await toldPids(running, '✂');
      expect([...pids.keys()].sort()).toEqual(['agent-1', 'agent-2', 'nats-server']);
      process.kill(pids.get(name)!, 'SIGKILL');
      const { code, err } = await running.ended;
      expect(code).toBe(1);
      expect(err.trim().split('\n').at(-1)).toMatch(sentence);
      await allGone(pids);
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  it.for([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)(
    'takes its processes with it when it is ended by %s',
    async ([signal, code], { onTestFinished }) => {
      const directory = openDirectory(onTestFinished);
      const running = demo(directory);
      const pids = await toldPids(running, '✂');
      running.child.kill(signal);
      expect((await running.ended).code).toBe(code);
      await allGone(pids);
      // Nobody can clean up after SIGKILL.
      if (signal === 'SIGINT') expect(readdirSync(directory)).toEqual([]);
    },
  );
});
