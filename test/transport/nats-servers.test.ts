/** Addresses of NATS servers: what they mean, and what is none. */
import { describe, expect, it } from 'vitest';
import { parseServers } from '../../transport/nats-servers.ts';
import { TransportError } from '../../transport/transport.ts';

describe('addresses of NATS servers', () => {
  it.each([
    ['nats://host:4333', 'host', 4333, 'nats://host:4333'],
    ['nats://host', 'host', 4222, 'nats://host:4222'],
    ['host', 'host', 4222, 'nats://host:4222'],
    ['host:80', 'host', 80, 'nats://host:80'],
    [' TLS://10.0.0.1/ ', '10.0.0.1', 4222, 'tls://10.0.0.1:4222'],
    ['nats://[::1]:4333', '::1', 4333, 'nats://[::1]:4333'],
    ['nats://user:12@host', 'host', 4222, 'nats://host:4222'],
  ])('reads %j', (text, host, port, url) => {
    expect(parseServers(text).addresses).toEqual([{ host, port, url }]);
  });

  it.each([
    ['nats://ann:p%40ss@host', { user: 'ann', pass: 'p@ss' }],
    ['nats://sesame@host', { token: 'sesame' }],
    ['nats://host', undefined],
  ])('finds the login of %j', (text, login) => {
    expect(parseServers(text).login).toEqual(login);
  });

  it('takes several, in a list or with commas, and TLS for all when one asks for it', () => {
    const { addresses, tls } = parseServers(['a, tls://b:1', 'c,']);
    expect(addresses.map(({ host }) => host)).toEqual(['a', 'b', 'c']);
    expect(tls).toBe(true);
    expect(parseServers('a,b').tls).toBe(false);
  });

  it.each([
    ['', 'Name a NATS server, as nats://host:4222.'],
    [[], 'Name a NATS server, as nats://host:4222.'],
    ['http://host', '"http://host" is no address of a NATS server: write it as nats://host:4222.'],
    ['nats://', '"nats://" is no address of a NATS server: write it as nats://host:4222.'],
    ['host/path', '"host/path" is no address of a NATS server: write it as nats://host:4222.'],
    ['host:99999', '"host:99999" is no address of a NATS server: write it as nats://host:4222.'],
    [
      'ws://ann:secret@host',
      '"ws://…@host" is no address of a NATS server: write it as nats://host:4222.',
    ],
    [
      'nats://ann:%E0@host',
      '"nats://…@host" is no address of a NATS server: write it as nats://host:4222.',
    ],
    ['nats://ann:1@a,b', 'Give all NATS servers the same user and password, or none.'],
  ])('refuses %j, and tells no password', (text, sentence) => {
    expect(() => parseServers(text)).toThrow(new TransportError(sentence));
  });
});
