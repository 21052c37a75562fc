/**
 * Logins to a real nats-server: user and password, token, nkey, credentials, TLS. What is wrong with one is
 * said when the transport opens, in one sentence.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNkey } from '../../transport/nats-keys.ts';
import { natsTransport, type NatsTransportOptions } from '../../transport/nats.ts';
import { TransportError, type TransportStatus } from '../../transport/transport.ts';
import { createAuthority, type Certified } from '../certificates.ts';
import { startTestNats, type TestNats } from '../nats.ts';
import { createNatsAccounts } from './nats-accounts.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeline-login-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const file = async (name: string, content: string, mode = 0o600) => {
  const path = join(directory, name);
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
};

/** Resolves when a message has made the round by the server. */
async function speaks(options: NatsTransportOptions): Promise<string> {
  await using transport = await natsTransport(options);
  return await new Promise((resolve) => {
    transport.subscribe('lab.a', (message) => resolve(new TextDecoder().decode(message)));
    transport.publish('lab.a', new TextEncoder().encode('heard'));
  });
}

/** The sentence with which the transport does not open. */
async function refusal(options: NatsTransportOptions): Promise<string> {
  const error: unknown = await natsTransport(options).then(
    (transport) => transport.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransportError);
  expect((error as TransportError).retryable).toBe(false);
  return (error as TransportError).message;
}

describe('by user and password', () => {
  let nats: TestNats;
  const at = (login: string) => `nats://${login}@127.0.0.1:${nats.port}`;
  beforeAll(async () => {
    nats = await startTestNats('authorization { user: "ann:1", password: "p@ss/1" }');
  });
  afterAll(() => nats.close());

  it('takes them from the address, with what is special in an address spelled %..', async () => {
    expect(await speaks({ servers: at('ann%3A1:p%40ss%2F1') })).toBe('heard');
  });

  it.each([['ann%3A1:wrong@'], ['']])(
    'says that the login %j is refused, without it',
    async (who) => {
      expect(await refusal({ servers: at(who).replace('@@', '@').replace('//@', '//') })).toBe(
        `The NATS server at nats://127.0.0.1:${nats.port} refuses this login (Authorization Violation): check the credentials, the nkey, or user and password in its address.`,
      );
    },
  );
});

it('logs in by a token in the address', async () => {
  const nats = await startTestNats('authorization { token: "sesame" }');
  try {
    expect(await speaks({ servers: `nats://sesame@127.0.0.1:${nats.port}` })).toBe('heard');
    expect(await refusal({ servers: nats.url })).toContain('refuses this login');
  } finally {
    await nats.close();
  }
});

describe('by an nkey file', () => {
  const one = createNkey();
  const other = createNkey();
  const permit = (publicKey: string) => `authorization { users: [ { nkey: ${publicKey} } ] }`;
  let nats: TestNats;
  beforeEach(async () => {
    nats = await startTestNats(permit(one.publicKey));
  });
  afterEach(() => nats.close());

  it('logs in', async () => {
    expect(await speaks({ servers: nats.url, nkeyFile: await file('seed', `${one.seed}\n`) })).toBe(
      'heard',
    );
  });

  it('is refused with the key of somebody else', async () => {
    expect(
      await refusal({ servers: nats.url, nkeyFile: await file('seed', other.seed) }),
    ).toContain('refuses this login');
  });

  it('reads the key again for each connection, and keeps the last when the file is spoilt', async () => {
    const nkeyFile = await file('seed', one.seed);
    const warnings: string[] = [];
    const logger = {
      info: () => {},
      warn: (_: object, message: string) => void warnings.push(message),
      error: () => {},
    };
    await using transport = await natsTransport({ servers: nats.url, nkeyFile, logger });
    const back = () => {
      const seen: TransportStatus[] = [];
      return new Promise<void>((resolve) => {
        transport.onStatus((status) => {
          seen.push(status);
          if (seen.join().endsWith('disconnected,connected')) resolve();
        });
      });
    };
    const first = back();
    await writeFile(nkeyFile, other.seed);
    await nats.restart(permit(other.publicKey));
    await first;
    const second = back();
    await writeFile(nkeyFile, 'spoilt');
    await nats.restart();
    await second;
    expect(warnings).toContain(
      `The nkey file ${nkeyFile} does not hold the seed of a NATS user: that is one word that begins with SU. What it held before is used.`,
    );
  });
});

it('logs in by a credentials file', async () => {
  const accounts = createNatsAccounts();
  const nats = await startTestNats(accounts.configText);
  try {
    const credsFile = await file('user.creds', accounts.credentials());
    expect(await speaks({ servers: nats.url, credsFile })).toBe('heard');
    const onWindows = await file('crlf.creds', accounts.credentials().replaceAll('\n', '\r\n'));
    expect(await speaks({ servers: nats.url, credsFile: onWindows })).toBe('heard');
    const foreign = await file('foreign.creds', createNatsAccounts().credentials());
    expect(await refusal({ servers: nats.url, credsFile: foreign })).toContain(
      'refuses this login',
    );
  } finally {
    await nats.close();
  }
});

describe('a file that cannot be used', () => {
  const { seed } = createNkey();
  // Files are looked at before any server is.
  const servers = 'nats://127.0.0.1:1';

  it.each([
    ['credsFile', 'credentials file', 'does not hold the JWT and the seed of a NATS user'],
    ['nkeyFile', 'nkey file', 'does not hold the seed of a NATS user'],
  ])('is named when it is %s and holds something else', async (option, what, why) => {
    const path = await file('spoilt', 'spoilt');
    expect(await refusal({ servers, [option]: path })).toContain(`The ${what} ${path} ${why}`);
  });

  it.each([
    ['credsFile', (path: string) => ({ credsFile: path }), 'credentials file'],
    ['nkeyFile', (path: string) => ({ nkeyFile: path }), 'nkey file'],
    ['caFile', (path: string) => ({ tls: { caFile: path } }), 'CA file'],
    [
      'certFile',
      (path: string) => ({ tls: { certFile: path, keyFile: path } }),
      'TLS certificate file',
    ],
  ])('is named when it is %s and not there', async (_, options, what) => {
    const path = join(directory, 'nowhere');
    expect(await refusal({ servers, ...options(path) })).toBe(
      `The ${what} ${path} cannot be read (it does not exist).`,
    );
  });

  it.each([
    ['nkeyFile', async () => ({ nkeyFile: await file('a', seed, 0o644) }), 'nkey file'],
    [
      'keyFile',
      async () => ({
        tls: { certFile: await file('b', ''), keyFile: await file('a', seed, 0o604) },
      }),
      'TLS key file',
    ],
  ])('is refused when it is %s and everybody may read it', async (_, options, what) => {
    expect(await refusal({ servers, ...(await options()) })).toBe(
      `The ${what} ${join(directory, 'a')} holds a secret that everybody on this machine may use: take that away, as by "chmod 600".`,
    );
  });

  it('may be readable by a group', async () => {
    const nkeyFile = await file('seed', seed, 0o640);
    await expect(natsTransport({ servers, nkeyFile })).rejects.toThrow('No NATS server answers');
  });

  it('is one too many when there are two logins, or one too few for a certificate', async () => {
    const nkeyFile = await file('seed', seed);
    expect(await refusal({ servers: 'nats://token@127.0.0.1:1', nkeyFile })).toBe(
      'Log in to NATS in one way: by a credentials file, an nkey file, or user and password in the address.',
    );
    expect(await refusal({ servers, tls: { certFile: nkeyFile } })).toBe(
      'A TLS certificate and its key belong together: name both files.',
    );
  });
});

describe('by TLS', () => {
  const authority = createAuthority();
  const stranger = createAuthority('Somebody else');
  const caFileOf = (of = authority) => file('ca.pem', of.certificate, 0o644);
  let nats: TestNats | undefined;
  afterEach(() => nats?.close());

  /** A server with this certificate; `more` is its configuration of TLS besides. */
  const serve = async ({ certificate, key }: Certified, more = '') => {
    const certFile = await file('server.pem', certificate);
    const keyFile = await file('server-key.pem', key);
    const caFile = await caFileOf();
    nats = await startTestNats(
      `tls { cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${caFile}"\n${more} }`,
    );
    return nats.port;
  };
  const FAILS = /^The TLS connection to the NATS server at \S+ fails \(.+\): check the CA file/;

  it.each([
    ['127.0.0.1', 'an IP address'],
    ['localhost', 'a name'],
  ])('trusts a server at %s, which is %s, by the CA file', async (host) => {
    const port = await serve(authority.issue(host));
    const caFile = await caFileOf();
    expect(await speaks({ servers: `tls://${host}:${port}`, tls: { caFile } })).toBe('heard');
  });

  it.each([
    ['127.0.0.1', 'localhost'],
    ['127.0.0.1', '127.0.0.2'],
    ['localhost', 'elsewhere.test'],
  ])('refuses a server at %s whose certificate is for %s', async (host, name) => {
    const port = await serve(authority.issue(name));
    const caFile = await caFileOf();
    expect(await refusal({ servers: `tls://${host}:${port}`, tls: { caFile } })).toMatch(FAILS);
  });

  it('refuses a server whose certificate nobody vouches for', async () => {
    const port = await serve(authority.issue('localhost'));
    expect(await refusal({ servers: `tls://localhost:${port}` })).toMatch(FAILS);
    const caFile = await file('stranger.pem', stranger.certificate);
    expect(await refusal({ servers: `localhost:${port}`, tls: { caFile } })).toMatch(FAILS);
  });

  it('shows its own certificate to a server that wants one', async () => {
    const port = await serve(authority.issue('localhost'), 'verify: true');
    const { certificate, key } = authority.issue('agent-1');
    const caFile = await caFileOf();
    const certFile = await file('client.pem', certificate);
    const keyFile = await file('client-key.pem', key);
    const servers = `tls://localhost:${port}`;
    expect(await speaks({ servers, tls: { caFile, certFile, keyFile } })).toBe('heard');
    expect(await refusal({ servers, tls: { caFile } })).toBe(
      `The NATS server at ${servers} wants a TLS certificate of its clients: name the files of one and its key.`,
    );
  });

  it.each([['tls://'], ['nats://']])(
    'is not done without when it was asked for by %s',
    async (scheme) => {
      nats = await startTestNats();
      const servers = `${scheme}127.0.0.1:${nats.port}`;
      const caFile = await caFileOf();
      expect(await refusal({ servers, tls: { caFile } })).toBe(
        `The NATS server at ${servers} offers no TLS: set it up there, or do without tls:// and TLS files.`,
      );
    },
  );
});
