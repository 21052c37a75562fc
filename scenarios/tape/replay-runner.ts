/**
 * The runner of a boot that is replayed: it runs nothing, and says what the recorded one has said.
 *
 *   runner lines ─▶ length, killable: what was said last     read, held: one answer after the other
 */
import type { FenceToken, LogStore, Runner } from '../../handlers/handler.ts';
import { NotRecorded } from './replay-store.ts';
import type { RunnerSaid } from './runner-reads.ts';

const nameOf = ({ birth, attempt }: FenceToken) => `${birth}/${attempt}`;

export class ReplayRunner implements Runner {
  readonly handlers: readonly string[];
  readonly policies: Runner['policies'];
  readonly containment: string | undefined;
  readonly endedByLease: boolean;
  readonly #missing: (error: NotRecorded) => void;
  readonly #lengths = new Map<string, number>();
  readonly #killable = new Map<string, boolean>();
  readonly #reads: Extract<RunnerSaid, { readonly read: unknown }>[] = [];
  readonly #held: (readonly FenceToken[])[] = [];

  constructor(
    about: Pick<Runner, 'handlers' | 'policies' | 'containment' | 'endedByLease'>,
    missing: (error: NotRecorded) => void,
  ) {
    this.handlers = about.handlers;
    this.policies = about.policies;
    this.containment = about.containment;
    this.endedByLease = about.endedByLease;
    this.#missing = missing;
  }

  said(said: RunnerSaid): void {
    if ('length' in said) {
      const [birth, attempt, bytes] = said.length;
      this.#lengths.set(nameOf({ birth, attempt }), bytes);
    } else if ('killable' in said) this.#killable.set(...said.killable);
    else if ('held' in said)
      this.#held.push(said.held.map(([birth, attempt]) => ({ birth, attempt })));
    else this.#reads.push(said);
  }

  killable(handler: string): boolean {
    return this.#killable.get(handler) ?? this.#notRecorded(`whether ${handler} can be killed`);
  }

  readonly logs: LogStore = {
    length: (fence) =>
      this.#lengths.get(nameOf(fence)) ??
      this.#notRecorded(`the length of the log of ${nameOf(fence)}`),
    read: (fence, offset, limit) => {
      const next = this.#reads[0];
      const asked = [fence.birth, fence.attempt, offset, limit];
      if (String(next?.read) !== String(asked))
        this.#notRecorded(`the log of ${nameOf(fence)} from ${offset}`);
      this.#reads.shift();
      if (!next?.bytes) throw new Error('The log could not be read.');
      return next.bytes;
    },
    held: () => this.#held.shift() ?? this.#notRecorded('which logs are held'),
    remove: () => {},
  };

  start(): void {}
  stop(): void {}
  beginStep(): void {}
  leaseFor(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }

  #notRecorded(what: string): never {
    const error = new NotRecorded(
      `It asks for ${what}, which it did not ask for when this was recorded.`,
    );
    this.#missing(error);
    throw error;
  }
}
