/**
 * `lifeline nats-config`: the configuration on stdout, the seeds in files of their owner, and what is
 * refused before anything is written. What the configuration allows is tested in test/security/.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNatsServer } from '../../cli/nats-server.ts';
import { permissionsOf, type NatsUser } from '../../cli/nats-permissions.ts';
import { nkeyFromSeed } from '../../transport/nats-keys.ts';
import { commandLine } from './command-line.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-nats-config-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const keys = () => join(directory, 'keys');
const natsConfig = (...argv: string[]) =>
  commandLine(['nats-config', ...argv, '--keys', keys()], { env: {} });
const seedIn = (name: string) => readFileSync(join(keys(), name), 'utf8').trim();
const accountSeed = () => new TextDecoder().decode(nkeys.createAccount().getSeed());
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('lifeline nats-config', () => {
  it('puts each seed where only its owner may read it, and only public keys into the text', async () => {
    const { code, out, err } = await natsConfig('a1', 'a2', 'client:ops', '--namespace', 'acme');
    expect(code).toBe(0);
    const files = ['agent-a1.nk', 'agent-a2.nk', 'client-ops.nk', 'controller.nk'];
    expect(readdirSync(keys())).toEqual(files);
    expect(modeOf(keys())).toBe(0o700);
    for (const file of files) {
      expect(modeOf(join(keys(), file))).toBe(0o600);
      expect(out).toContain(`nkey: ${nkeyFromSeed(seedIn(file))!.publicKey}\n`);
      expect(err).toContain(`made  ${join(keys(), file)}\n`);
      expect(out + err).not.toContain(seedIn(file));
    }
    expect(err).toContain(
      `  lifeline agent --nats nats://127.0.0.1:4222 --id a1 --nats-nkey ${join(keys(), 'agent-a1.nk')} --namespace acme\n`,
    );
  });

  it('keeps the seeds that are there when an agent is added', async () => {
    const first = await natsConfig('a1');
    const seed = seedIn('agent-a1.nk');
    const second = await natsConfig('a1', 'a2');
    expect(seedIn('agent-a1.nk')).toBe(seed);
    expect(second.err).toContain(`kept  ${join(keys(), 'agent-a1.nk')}\n`);
    expect(second.err).toContain(`made  ${join(keys(), 'agent-a2.nk')}\n`);
    const users = (text: string) => text.match(/nkey: U\w{55}/g)!;
    expect(users(second.out)).toHaveLength(3);
    expect(users(second.out).slice(0, 2)).toEqual(users(first.out));
  });

  it('prints a configuration that nats-server takes', async () => {
    writeFileSync(join(directory, 'config'), (await natsConfig('a1', 'client:ops')).out);
    const binary = findNatsServer({ env: process.env })!;
    const check = () =>
      execFileSync(binary, ['-t', '-c', join(directory, 'config')], { stdio: 'pipe' });
    expect(check).not.toThrow();
    writeFileSync(join(directory, 'config'), 'max_payloads: 1');
    expect(check).toThrow('unknown field "max_payloads"');
  });

  it('turns TLS on, and asks for certificates when an authority is named', async () => {
    const tls = ['--server-cert', 'a b.pem', '--server-key', 'key.pem'];
    const { out, err } = await natsConfig('a1', ...tls, '--listen', '0.0.0.0:4333');
    expect(out).toContain('tls {\n  cert_file: "a b.pem"\n  key_file: "key.pem"\n}\n');
    expect(out).toContain('listen: "0.0.0.0:4333"\n');
    expect(err).toContain('--nats tls://0.0.0.0:4333');
    expect(err).not.toContain('can read what travels');
    const both = await natsConfig('a1', ...tls, '--server-ca', 'ca.pem');
    expect(both.out).toContain('  ca_file: "ca.pem"\n  verify: true\n');
  });

  it('warns when what travels on a network is not encrypted', async () => {
    const warning = 'Without --server-cert and --server-key whoever is on the network can read';
    expect((await natsConfig('a1', '--listen', '0.0.0.0:4222')).err).toContain(warning);
    expect((await natsConfig('a1', '--listen', 'localhost:4222')).err).not.toContain(warning);
  });

  it('prints one JSON document when asked', async () => {
    const { out } = await natsConfig('a1', '--json');
    expect(JSON.parse(out)).toMatchObject({
      namespace: 'lifeline',
      users: [{ name: 'controller' }, { kind: 'agent', name: 'a1', isNew: true }],
      config: expect.stringContaining('"lifeline.from.a1"') as string,
    });
  });

  it.each<readonly [string, readonly string[], string]>([
    ['no users', [], "Missing required argument 'users'"],
    ['every agent', ['*'], 'The agent id "*" is not allowed'],
    ['an agent with a dot', ['a.b'], 'Try "a-b"'],
    ['an agent above its directory', ['../x'], 'The agent id "../x" is not allowed'],
    ['an agent with a line end', ['a\nb'], 'The agent id "a\\nb" is not allowed'],
    ['a client called >', ['client:>'], 'The client name ">" is not allowed'],
    ['a client without a name', ['client:'], 'The client name "" is not allowed'],
    ['a kind that there is not', ['operator:x'], 'The agent id "operator:x" is not allowed'],
    ['a namespace with a dot', ['a1', '--namespace', 'a.b'], 'The namespace "a.b" is not allowed'],
    ['a listener without port', ['a1', '--listen', 'localhost'], '--listen must be HOST:PORT'],
    ['a port that is none', ['a1', '--listen', 'localhost:70000'], '--listen must be HOST:PORT'],
    [
      'a certificate alone',
      ['a1', '--server-cert', 'x'],
      'TLS needs --server-cert and --server-key',
    ],
    [
      'a path that would end its line',
      ['a1', '--server-cert', 'x"\nport: 1', '--server-key', 'y'],
      'A path in a nats-server configuration cannot hold',
    ],
  ])('refuses %s, and writes nothing', async (_what, argv, sentence) => {
    const ran = await natsConfig(...argv);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(sentence);
    expect(existsSync(keys())).toBe(false);
  });

  it.each<readonly [string, () => void, string]>([
    ['that others may read', () => chmodSync(join(keys(), 'agent-a1.nk'), 0o644), 'may be read by others: `chmod 600'],
    ['that is none', () => writeFileSync(join(keys(), 'agent-a1.nk'), 'x'), 'holds no seed of a user; remove it'],
    ['of an account', () => writeFileSync(join(keys(), 'agent-a1.nk'), accountSeed()), 'holds no seed of a user'],
    ['that is a directory', () => { rmSync(join(keys(), 'agent-a1.nk')); mkdirSync(join(keys(), 'agent-a1.nk'), { mode: 0o700 }); }, 'is a directory.'],
  ])('refuses a seed %s', async (_what, spoil, sentence) => {
    await natsConfig('a1');
    spoil();
    const ran = await natsConfig('a1');
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(sentence);
  }); // prettier-ignore
});

describe('the permissions', () => {
  it.each<readonly [NatsUser['kind'], string, readonly string[], readonly string[]]>([
    [
      'controller',
      'controller',
      ['acme.claim', 'acme.feed.>', 'acme.probe.*', 'acme.reply.*', 'acme.to.*'],
      ['acme.claim', 'acme.control.*', 'acme.from.*', 'acme.probe.*'],
    ],
    ['agent', 'a1', ['acme.from.a1'], ['acme.to.a1']],
    ['client', 'ops', ['acme.control.ops'], ['acme.feed.>', 'acme.reply.ops']],
  ])('of %s', (kind, name, publish, subscribe) => {
    const allowed = permissionsOf('acme', { kind, name, publicKey: '' });
    expect([...allowed.publish].sort()).toEqual(publish);
    expect([...allowed.subscribe].sort()).toEqual(subscribe);
  });

  it.each<NatsUser['kind']>(['agent', 'client'])(
    'refuse a name of %s that addresses many',
    (kind) => {
      expect(() => permissionsOf('acme', { kind, name: '*', publicKey: '' })).toThrow(
        'is not allowed',
      );
    },
  );
});
