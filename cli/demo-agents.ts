/**
 * Agents of the demo as processes of their own: `lifeline agent`, as anybody could type it.
 *
 *   start ──{"ready":true}──▶ ready ──SIGTERM──▶ hands over what it has ──▶ ended
 *                               └── by itself, or killed ──▶ ended
 *
 * Each is the leader of a process group, so that a Ctrl-C for the demo does not reach it past the demo, and
 * a guard kills the groups when the demo is gone, however it went.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createGuard } from '../handlers/guard.ts';
import { argumentsToRun, sibling } from '../handlers/sibling.ts';
import type { Player } from './demo-stage.ts';

/** How a process has ended, in words. */
export interface AgentEnd {
  readonly isInOrder: boolean;
  /** `was ended by SIGKILL`, `has ended with 1 (its last words)`. */
  readonly how: string;
}

export interface AgentProcess extends Player {
  /** Resolves when it is ready, never when it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<AgentEnd>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface AgentProcesses {
  /** @param flags of `lifeline agent`, beside `--id` */
  start(id: string, flags: readonly string[]): AgentProcess;
  /** Kills those that still run; resolves when all are gone. */
  close(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Hears what an agent says, line by line, but for the last words of one that fails. */
type Listener = (id: string, line: string) => void;

export function openAgentProcesses(env: Env, heard: Listener): AgentProcesses {
  const guard = createGuard();
  const started: AgentProcess[] = [];
  return {
    start(id, flags) {
      guard.hold();
      const agent = startAgent(id, flags, env, heard);
      guard.add(agent.pid);
      guard.release();
      void agent.ended.then(() => guard.remove(agent.pid));
      started.push(agent);
      return agent;
    },
    async close() {
      for (const agent of started) agent.kill('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
      await guard.close();
    },
  };
}

function startAgent(id: string, flags: readonly string[], env: Env, heard: Listener): AgentProcess {
  const toRun = argumentsToRun(sibling('../cli.ts', import.meta.url));
  const argv = [...toRun, 'agent', '--id', id, ...flags, '--json'];
  const child = spawn(process.execPath, argv, {
    detached: true,
    // What it is to do is in its flags alone.
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LIFELINE_'))),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let lastWords = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, words] = /^lifeline: (.*)$/.exec(line) ?? [];
    if (words === undefined) heard(id, line);
    else lastWords = words;
  });
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"ready":true')) resolve();
    });
  });
  const ended = new Promise<AgentEnd>((resolve) => {
    child.on('error', ({ message }) => resolve({ isInOrder: false, how: `fails: ${message}` }));
    child.on('close', (code, signal) => {
      const words = lastWords === '' ? '' : ` (${lastWords.replace(/\.$/, '')})`;
      const how = signal === null ? `has ended with ${code}${words}` : `was ended by ${signal}`;
      resolve({ isInOrder: code === 0, how });
    });
  });
  return { id, pid: child.pid ?? 0, ready, ended, kill: (signal) => void child.kill(signal) };
}
