/**
 * A process that is started again when it ends, as a service is, and that can be taken down on purpose.
 *
 *   start ─▶ starting ──{"ready":true}──▶ up ──ends by itself──▶ starting again after 300 ms
 *                                         └──down(signal)──▶ down ──start──▶ …
 *
 * Each is the leader of a process group that a guard kills when the run is gone, however it went. What it
 * says on stderr is kept in a file.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { systemClock as clock } from '../../actors/clock.ts';
import type { Guard } from '../../handlers/guard.ts';

const AGAIN_AFTER_MS = 300;

/** The line in which it says that it is ready. */
export interface Ready {
  readonly url?: string;
  readonly term?: number;
  readonly boot?: number;
}

export interface End {
  readonly at: number;
  /** Exit code or signal. */
  readonly how: string;
}

export interface Supervised {
  readonly name: string;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** What it said when it was ready; null while it is not. */
  readonly ready: Ready | null;
  /** How it has ended without being taken down. */
  readonly ends: readonly End[];
  /** Resolves when it is ready. */
  start(): Promise<Ready>;
  /** Takes it down. Resolves when it is gone. */
  down(signal: NodeJS.Signals): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

/**
 * @param env beside this process' own
 * @param said file for what it says on stderr
 */
export function supervise(
  name: string,
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  said: string,
  guard: Guard,
): Supervised {
  let child: ChildProcess | undefined;
  let gone = Promise.resolve();
  let ready: Ready | null = null;
  let isWanted = false;
  let cancelAgain = () => {};
  let waiting: ((ready: Ready) => void)[] = [];
  const ends: End[] = [];

  const launch = () => {
    const [command, ...args] = argv;
    const stderr = openSync(said, 'a');
    const started = spawn(command, args, {
      detached: true,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', stderr],
    });
    closeSync(stderr);
    child = started;
    const pid = started.pid!;
    guard.add(pid);
    createInterface({ input: started.stdout! }).on('line', (line) => {
      if (ready !== null || !line.includes('"ready":true')) return;
      ready = JSON.parse(line) as Ready;
      for (const resolve of waiting.splice(0)) resolve(ready);
    });
    gone = new Promise((resolve) => {
      started.on('close', (code, signal) => {
        guard.remove(pid);
        child = undefined;
        ready = null;
        resolve();
        if (!isWanted) return;
        ends.push({ at: clock.now(), how: signal ?? `exit ${code}` });
        cancelAgain = clock.after(AGAIN_AFTER_MS, launch);
      });
    });
  };
  return {
    name,
    get pid() {
      return child?.pid;
    },
    get ready() {
      return ready;
    },
    ends,
    start() {
      if (!isWanted) {
        isWanted = true;
        launch();
      }
      return ready === null
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(ready);
    },
    async down(signal) {
      isWanted = false;
      cancelAgain();
      waiting = [];
      child?.kill(signal);
      await gone;
    },
    signal: (signal) => void child?.kill(signal),
  };
}
