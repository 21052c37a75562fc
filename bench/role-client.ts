/** A process under measurement, as the one that measures sees it: calls with answers, and news. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Calls, News, RoleSettings } from './role.ts';

const ENTRY = fileURLToPath(new URL('./role-process.js', import.meta.url));

export class RoleClient {
  /** Told how many more tasks this process has completed for another one. */
  onCompleted: (count: number) => void = () => {};
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  #calls = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: Answer | News) => {
      if ('completed' in message) return this.onCompleted(message.completed);
      const call = this.#waiting.get(message.n);
      this.#waiting.delete(message.n);
      if ('error' in message) call?.reject(new Error(message.error));
      else call?.resolve(message.value);
    });
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => this.#fail(error));
      child.on('exit', (code, signal) => {
        this.#fail(
          new Error(`A process under measurement ended (${signal ?? `exit code ${code}`}).`),
        );
        resolve();
      });
    });
  }

  /** @param node the Node binary that runs it */
  static async open(node: string, settings: RoleSettings): Promise<RoleClient> {
    const client = new RoleClient(fork(ENTRY, { execPath: node, execArgv: [] }));
    await client.call('open', settings);
    return client;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  call<K extends keyof Calls>(call: K, given: Calls[K][0]): Promise<Calls[K][1]> {
    const n = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ n, call, given });
    });
  }

  /** Tells it how many more were completed elsewhere. */
  tellCompleted(completed: number): void {
    this.#child.send({ completed } satisfies News);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await this.call('close', null);
    this.#child.disconnect();
    await this.#ended;
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
