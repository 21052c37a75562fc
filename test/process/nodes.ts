/**
 * A controller and agents as processes of the built CLI on a real NATS server, and a client that asks the
 * controller over HTTP.
 *
 *   openNodes() ─▶ controller(), agent('a1') … ─▶ get, post, until ─▶ close: all are killed, all is removed
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { AgentSummary } from '../../actors/agent-queries.ts';
import type { JobView, SubTransactionSummary } from '../../actors/views.ts';
import { startTestNats, type TestNats } from '../nats.ts';
import { start, type Ended, type Started } from './lifeline.ts';

/** Short, so that a loss is seen in seconds; the timeout, where nobody is to be lost, long. */
export const QUICK = ['--period', '1s', '--delay', '200ms', '--timeout', '10s'];
export const PATIENT = ['--period', '1s', '--delay', '200ms', '--timeout', '40s'];

/** A node that has said that it is ready. */
export interface Node extends Started {
  readonly ready: { readonly url?: string; readonly term?: number; readonly boot?: number };
}

export interface Nodes {
  readonly nats: TestNats;
  readonly at: (name: string) => string;
  /** Starts a command. */
  start(argv: readonly string[], env?: Readonly<Record<string, string>>): Started;
  /** Starts a node; resolves with it when it is ready. */
  node(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Node>;
  controller(...flags: readonly string[]): Promise<Node>;
  agent(id: string, ...flags: readonly string[]): Promise<Node>;
  /** The arguments of an agent on a data directory. */
  agentArgv(id: string, data?: string): readonly string[];
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: object): Promise<T>;
  /** Has a command run, one that ends by itself. */
  shell(id: string, script: string, ...args: readonly string[]): Promise<void>;
  job(name: string): Promise<JobView>;
  agentView(id: string): Promise<AgentSummary | undefined>;
  /** All sub-transactions of a job. */
  work(job: string): Promise<readonly SubTransactionSummary[]>;
  /** Resolves when the condition holds. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/** Far more than it takes: tests of other files run meanwhile. */
export const WITHIN_MS = 240_000;
const WITHIN = { timeout: WITHIN_MS, interval: 50 };

export async function openNodes(): Promise<Nodes> {
  const nats = await startTestNats();
  const directory = mkdtempSync(join(tmpdir(), 'lifeline-nodes-'));
  const at = (name: string) => join(directory, name);
  const started: Started[] = [];
  let url = '';
  const begin = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const one = start([...argv, '--json'], { env });
    started.push(one);
    return one;
  };
  const node: Nodes['node'] = async (argv, env) => {
    const one = begin(argv, env);
    const ready = await readiness(one, argv);
    url = ready.url ?? url;
    return { ...one, ready };
  };
  const asked = async <T>(path: string, init: RequestInit): Promise<T> => {
    const answer = await fetch(`${url}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  };
  const get = <T>(path: string) => asked<T>(`/api/v1/${path}`, {});
  const post = <T>(path: string, body: object = {}) => {
    const token = readFileSync(at('data/token'), 'utf8').trim();
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    return asked<T>(`/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  };
  const nodeFlags = (data: string) => ['--nats', nats.url, '--data', at(data)];
  const agentArgv = (id: string, data = 'agents') => [
    ...['agent', '--id', id, ...nodeFlags(data), '--slots', '2'],
  ];
  return {
    nats,
    at,
    start: begin,
    node,
    controller: (...flags) => node(['controller', ...nodeFlags('data'), '--port', '0', ...flags]),
    agent: (id, ...flags) => node([...agentArgv(id), ...flags]),
    agentArgv,
    get,
    post,
    async shell(id, script, ...args) {
      const input = { command: 'sh', args: ['-c', script, 'sh', ...args] };
      await post('sub-transactions', { handler: 'shell', input, id });
    },
    job: (name) => get<JobView>(`jobs/${name}`),
    async agentView(id) {
      const { items } = await get<{ items: readonly AgentSummary[] }>('agents');
      return items.find((item) => item.id === id);
    },
    async work(job) {
      const all: SubTransactionSummary[] = [];
      for (let after: number | null = 0; after !== null;) {
        const page: { items: readonly SubTransactionSummary[]; next: number | null } = await get(
          `sub-transactions?job=${job}&limit=1000&after=${after}`,
        );
        all.push(...page.items);
        after = page.next;
      }
      return all;
    },
    until: (what, condition) =>
      vi.waitFor(async () => {
        if (!(await condition())) throw new Error(`It does not hold yet: ${what}.`);
      }, WITHIN),
    async close() {
      for (const { child } of started) child.kill('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
      await nats.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Nodes of one test, which end with it: for tests that wait side by side. */
export async function openNodesFor(
  onTestFinished: (close: () => Promise<void>, withinMs: number) => void,
): Promise<Nodes> {
  const nodes = await openNodes();
  // Tens of thousands of files may have to be removed.
  onTestFinished(() => nodes.close(), WITHIN_MS);
  return nodes;
}

/** The line in which it says that it is ready. @throws what it says instead */
function readiness(one: Started, argv: readonly string[]): Promise<Node['ready']> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const [line] = one.said().out.split('\n', 1);
      if (line?.includes('"ready":true')) resolve(JSON.parse(line) as Node['ready']);
    };
    one.child.stdout!.on('data', look);
    one.ended.then(({ code, signal, err }) => {
      reject(new Error(`lifeline ${argv.join(' ')} ended with ${code ?? signal}: ${err}`));
    }, reject);
  });
}

/** Ends a node by one signal. */
export function end({ child, ended }: Started, signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
  child.kill(signal);
  return ended;
}
