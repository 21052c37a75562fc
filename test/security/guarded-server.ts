/**
 * A nats-server with the very configuration that `lifeline nats-config` prints, for the namespace acme: a
 * controller, the agents a1 and a2, the clients ops and bob. Each of them listens where it may, so that
 * whatever an attacker gets through shows at a witness.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../cli/command-line.ts';
import { startTestNats, type TestNats } from '../nats.ts';
import { RawNats, type Message } from './raw-nats.ts';

export const NAMES = ['controller', 'a1', 'a2', 'ops', 'bob'] as const;
export type Name = (typeof NAMES)[number];

const FILES: Readonly<Record<Name, string>> = {
  controller: 'controller.nk',
  a1: 'agent-a1.nk',
  a2: 'agent-a2.nk',
  ops: 'client-ops.nk',
  bob: 'client-bob.nk',
};

/** Where each of them listens. */
const LISTENS: Readonly<Record<Name, readonly string[]>> = {
  controller: ['acme.from.*', 'acme.probe.*', 'acme.control.*', 'acme.claim'],
  a1: ['acme.to.a1'],
  a2: ['acme.to.a2'],
  ops: ['acme.reply.ops', 'acme.feed.>'],
  bob: ['acme.reply.bob', 'acme.feed.>'],
};

/** Every step of the protocol: who says it, where, and who hears it. */
export const STEPS: readonly (readonly [from: Name, subject: string, to: readonly Name[]])[] = [
  ['controller', 'acme.to.a1', ['a1']],
  ['controller', 'acme.to.a2', ['a2']],
  ['controller', 'acme.probe.c1', ['controller']],
  ['controller', 'acme.claim', ['controller']],
  ['controller', 'acme.reply.ops', ['ops']],
  ['controller', 'acme.reply.bob', ['bob']],
  ['controller', 'acme.feed.job.thumbs', ['ops', 'bob']],
  ['a1', 'acme.from.a1', ['controller']],
  ['a2', 'acme.from.a2', ['controller']],
  ['ops', 'acme.control.ops', ['controller']],
  ['bob', 'acme.control.bob', ['controller']],
];

export class GuardedServer {
  readonly nats: TestNats;
  readonly config: string;
  readonly #directory: string;
  readonly #witnesses = new Map<Name, RawNats>();
  #rounds = 0;

  private constructor(nats: TestNats, config: string, directory: string) {
    this.nats = nats;
    this.config = config;
    this.#directory = directory;
  }

  static async start(): Promise<GuardedServer> {
    const directory = mkdtempSync(join(tmpdir(), 'lifeline-guarded-'));
    const printed = await commandLine([
      'nats-config', 'a1', 'a2', 'client:ops', 'client:bob',
      '--namespace', 'acme', '--keys', join(directory, 'keys'),
    ]); // prettier-ignore
    if (printed.code !== 0) throw new Error(printed.err);
    const server = new GuardedServer(await startTestNats(printed.out), printed.out, directory);
    for (const name of NAMES) {
      const witness = await server.login(name);
      for (const pattern of LISTENS[name]) witness.subscribe(pattern);
      await witness.flush();
      server.#witnesses.set(name, witness);
    }
    return server;
  }

  seedOf(name: Name): string {
    return readFileSync(this.seedFileOf(name), 'utf8').trim();
  }

  seedFileOf(name: Name): string {
    return join(this.#directory, 'keys', FILES[name]);
  }

  login(name: Name): Promise<RawNats> {
    return RawNats.login(this.nats.port, this.seedOf(name));
  }

  open(): Promise<RawNats> {
    return RawNats.open(this.nats.port);
  }

  /**
   * Takes every legitimate step once and returns what any witness has heard besides, by witness, since the
   * last call. What was sent before arrives before, so nothing is waited for but the last step.
   */
  async unexpected(): Promise<Readonly<Record<string, readonly Message[]>>> {
    const mark = `round ${++this.#rounds}`;
    const expected = new Map(NAMES.map((name) => [name, 0]));
    for (const [from, subject, to] of STEPS) {
      this.#witnesses.get(from)!.publish(subject, mark);
      for (const name of to) expected.set(name, expected.get(name)! + 1);
    }
    const found: Record<string, Message[]> = {};
    for (const [name, witness] of this.#witnesses) {
      const legitimate = () => witness.messages.filter(({ text }) => text === mark).length;
      await witness.until(() => legitimate() >= expected.get(name)!);
      if (witness.isClosed) throw new Error(`The server has closed the connection of ${name}.`);
      const others = witness.messages.filter(({ text }) => !/^round \d+$/.test(text));
      if (others.length > 0) found[name] = [...others];
      witness.forget();
    }
    return found;
  }

  async close(): Promise<void> {
    for (const witness of this.#witnesses.values()) witness.close();
    await this.nats.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
