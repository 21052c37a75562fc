/** Flags of the commands that are nodes, and of those that ask one: what cannot be used is said at once. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveSettings, variableOf, type Values } from '../../cli/settings.ts';
import { commandLine } from './command-line.ts';

let directory: string;
const at = (name: string) => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-flags-'));
  const definer = pathToFileURL(
    new URL('../../handlers/define-handler.ts', import.meta.url).pathname,
  );
  writeFileSync(
    at('ingest.mjs'),
    `import { defineHandler } from ${JSON.stringify(definer)};
export const mine = defineHandler({ name: 'ingest', run: () => null });`,
  );
  writeFileSync(at('key'), 'SU-no-seed', { mode: 0o600 });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const NATS = ['--nats', 'nats://127.0.0.1:1'];
const AGENT = ['agent', '--id', 'a1', ...NATS];

describe('a node refuses', () => {
  it.each<readonly [string, readonly string[], string]>([
    ['no NATS', ['controller'], 'Say where NATS is with --nats URL; for one machine there is'],
    ['no NATS', ['agent', '--id', 'a1'], 'Say where NATS is with --nats URL.'],
    ['no id', ['agent', ...NATS], 'Give the agent an id of its own, as --id a1.'],
    ['an illegal id', ['agent', ...NATS, '--id', 'a.1'], 'The agent id "a.1" is not allowed'],
    [
      'a port beyond all',
      ['up', '--port', '65536'],
      '--port must be a whole number from 0 to 65535',
    ],
    ['a port that is none', ['up', '--port', 'http'], '--port must be a whole number'],
    ['a host that is none', ['up', '--host', 'my host'], '--host must be a host name or an IP'],
    ['a certificate alone', ['up', '--tls-cert', 'c'], 'Give --tls-cert and --tls-key together'],
    ['a key alone', ['up', '--tls-key', 'k'], 'Give --tls-cert and --tls-key together'],
    ['no TLS', ['up', '--host', '0.0.0.0'], 'Others can reach 0.0.0.0: give --tls-cert'],
    ['no TLS', ['controller', ...NATS, '--host', 'h'], 'Others can reach h: give --tls-cert'],
    ['no path', [...AGENT, '--handlers', ''], '--handlers must be the path of a file.'],
    [
      'handlers that are missing',
      [...AGENT, '--handlers', 'DIR/none.mjs'],
      'none.mjs does not exist.',
    ],
    ['a name of its own', [...AGENT, '--handlers', 'DIR/ingest.mjs'], 'a handler called "ingest"'],
    ['a key file that is missing', [...AGENT, '--nats-nkey', 'DIR/none'], 'none cannot be read'],
    [
      'a key that is none',
      [...AGENT, '--nats-nkey', 'DIR/key'],
      'does not hold the seed of a NATS',
    ],
    ['two logins', [...AGENT, '--nats-nkey', 'DIR/key', '--nats-creds', 'x'], 'in one way'],
    ['half a TLS login', [...AGENT, '--nats-cert', 'DIR/key'], 'certificate and its key belong'],
    ['slots beyond all', [...AGENT, '--slots', '0'], '--slots must be a whole number from 1 to'],
    ['a flag of others', ['agent', '--port', '1'], "Unknown option '--port'"],
    ['an argument', ['up', 'now'], 'Too many arguments'],
  ])('%s: %j', async (_what, argv, sentence) => {
    const words = argv.map((word) => word.replace('DIR', directory));
    const ran = await commandLine(words, { env: { LIFELINE_DATA: at('data') } });
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(sentence);
    expect(ran.err).toMatch(/^lifeline: .+[.?]\n$/);
    expect(existsSync(at('data'))).toBe(false);
  });
});

const NOTHING = new Map<never, never>();

function valueOf(name: keyof Values, text: string): unknown {
  return resolveSettings({ [name]: text }, {}, NOTHING)[name];
}

describe('an address', () => {
  it.each([
    ['nats', 'nats://one:4222', ['nats://one:4222']],
    ['nats', 'one', ['nats://one:4222']],
    ['nats', 'one:1, tls://two', ['nats://one:1', 'tls://two:4222']],
    ['nats', 'nats://[::1]:4222', ['nats://[::1]:4222']],
    ['url', 'http://127.0.0.1:4280', 'http://127.0.0.1:4280'],
    ['url', 'http://127.0.0.1:4280/', 'http://127.0.0.1:4280'],
    ['url', 'https://lifeline.example', 'https://lifeline.example'],
    ['url', 'nats://one,two:1', 'nats://one:4222,nats://two:1'],
    ['client', 'ops', 'ops'],
    ['host', '::1', '::1'],
  ] as const)('of --%s may be %s', (name, text, value) => {
    expect(valueOf(name, text)).toEqual(value);
  });

  it.each([
    ['nats', 'http://one:4222', '--nats: "http://one:4222" is no address of a NATS server'],
    ['nats', '', '--nats: Name a NATS server'],
    ['nats', 'nats://ada:secret@one', '--nats must not carry a user, a password or a token'],
    ['nats', 'nats://token@one', '--nats must not carry a user, a password or a token'],
    ['url', 'nats://ada:secret@one', '--url must not carry a user, a password or a token'],
    ['url', '127.0.0.1:4280', '--url must be the address of a controller, as http://'],
    ['url', 'http://ada:secret@one', '--url must be the address of a controller'],
    ['url', 'http://one/api', '--url must be the address of a controller'],
    ['url', 'ftp://one', '--url must be the address of a controller'],
    ['client', 'a.b', 'The client name "a.b" is not allowed'],
  ] as const)('of --%s may not be %s', (name, text, sentence) => {
    expect(() => valueOf(name, text)).toThrow(sentence);
    expect(() => valueOf(name, text)).not.toThrow('secret');
  });
});

describe('a client', () => {
  it('is called as its login name, made legal', () => {
    expect(resolveSettings({}, {}, NOTHING).client).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });
});

describe('allow-shell', () => {
  it('is off until somebody says so', () => {
    const name = variableOf('allow-shell');
    expect(name).toBe('LIFELINE_ALLOW_SHELL');
    const allowed = (text: string) => resolveSettings({}, { [name]: text }, NOTHING)['allow-shell'];
    expect(['', 'false', '0', 'true', '1'].map(allowed)).toEqual([false, false, false, true, true]);
    expect(() => allowed('maybe')).toThrow('LIFELINE_ALLOW_SHELL must be true or false');
  });
});
