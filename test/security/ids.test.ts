/**
 * Names that would address somebody else, everybody, or a file elsewhere: wherever a name comes in, they
 * are refused with a sentence, before a subject, a key or a path is made of them.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { permissionsOf } from '../../cli/nats-permissions.ts';
import { createAgent, createController, createMemoryDisk, memoryTransport, openMemoryStore, type Controller } from '../../index.ts'; // prettier-ignore
import { createControlClient } from '../../transport/control.ts';
import { control, feed, fromAgent, fromAllAgents, probe, reply, toAgent } from '../../transport/subjects.ts'; // prettier-ignore
import { commandLine } from '../cli/command-line.ts';
import { resize } from '../index-world.ts';

const NAMES = [
  '*', '>', 'a.b', 'a.*', '.', '..', '../x', '/etc/passwd', 'a/b', 'a\\b', 'a b', 'a\nb', 'a\r\nPUB x',
  'a\u0000', '', 'x'.repeat(65), '\u04301', 'a1\u200b', '$SYS', '%2e%2e', 'a:b', '~',
]; // prettier-ignore

const transport = memoryTransport();
let directory: string;
let controller: Controller;
const memory = () => openMemoryStore(createMemoryDisk());

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-ids-'));
  controller = await createController({ transport, store: await memory() });
});
afterAll(async () => {
  await controller.close();
  await transport.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Everything that takes a name, by what it names. */
const DOORS: Readonly<Record<string, (name: string) => unknown>> = {
  'the subject to an agent': (name) => toAgent('acme', name),
  'the subject from an agent': (name) => fromAgent('acme', name),
  'the subject of a request': (name) => control('acme', name),
  'the subject of an answer': (name) => reply('acme', name),
  'the subject of a probe': (name) => probe('acme', name),
  'the subject of an event': (name) => feed('acme', 'job', name),
  'the subject in a namespace': (name) => fromAllAgents(name),
  'the permissions of an agent': (name) =>
    permissionsOf('acme', { kind: 'agent', name, publicKey: '' }),
  'the permissions of a client': (name) =>
    permissionsOf('acme', { kind: 'client', name, publicKey: '' }),
  'a client of a controller': (client) =>
    createControlClient({
      transport,
      clock: systemClock,
      namespace: 'acme',
      client,
      newId: () => 'r',
    }),
  'an agent': async (id) => createAgent({ id, transport, store: await memory(), handlers: [] }),
  'the namespace of an agent': async (namespace) =>
    createAgent({ id: 'a1', namespace, transport, store: await memory(), handlers: [] }),
  'the namespace of a controller': async (namespace) =>
    createController({ namespace, transport, store: await memory() }),
  'a sub-transaction': (id) => controller.submit(resize, { path: 'x' }, { id }),
  'a job': (name) => controller.startJob({ name, handler: resize, items: [] }),
};

describe.each(Object.keys(DOORS))('%s', (door) => {
  it.each(NAMES)('is not called %j', async (name) => {
    const opening = Promise.resolve().then(() => DOORS[door]!(name));
    await expect(opening).rejects.toThrow(/ is not allowed: use 1 to 64 of A-Z a-z 0-9 _ and -\./);
  });
});

describe('on the command line', () => {
  const nats = ['--nats', 'nats://127.0.0.1:1'];
  const url = ['--url', 'nats://127.0.0.1:1'];
  it.each<readonly [string, readonly string[]]>([
    ['agent --id', ['agent', ...nats, '--id']],
    ['controller --namespace', ['controller', ...nats, '--namespace']],
    ['ps --client', ['ps', ...url, '--client']],
    ['show', ['show', ...url]],
    ['drain', ['drain', ...url]],
    ['stop', ['stop', ...url]],
    ['watch', ['watch', ...url]],
    ['nats-config', ['nats-config']],
  ])('%s takes no name that addresses more', async (_what, argv) => {
    const data = join(directory, 'data');
    for (const name of ['*', 'a.b', '../x', 'a\nb', '>']) {
      const ran = await commandLine([...argv, name], { env: { LIFELINE_DATA: data } });
      expect(ran, name).toMatchObject({ code: 2, out: '' });
      expect(ran.err, name).toMatch(/^lifeline: The .+ is not allowed: use 1 to 64 of .+\n$/);
      expect(existsSync(data)).toBe(false);
    }
  });
});
