/** Where a controller answers and what that costs, as files of a data directory. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, ensureToken, publishAddress, readToken, tokenOf } from '../../cli/address.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'lifeline-address-'));
});

afterEach(() => {
  rmSync(data, { recursive: true, force: true });
});

const HERE = { url: 'http://127.0.0.1:4280', takesJobs: true };
const modeOf = (name: string) => statSync(join(data, name)).mode & 0o777;

describe('an address', () => {
  it('is known from its publication until it is taken back', () => {
    expect(addressOf(data)).toBeUndefined();
    const takeBack = publishAddress(data, HERE);
    expect(addressOf(data)).toMatchObject({ ...HERE, pid: process.pid });
    expect(modeOf('address.json')).toBe(0o600);
    takeBack();
    expect(addressOf(data)).toBeUndefined();
    expect(readdirSync(data)).toEqual([]);
  });

  it('replaces the one before, also with another mode', () => {
    writeFileSync(join(data, 'address.json'), '{"url":"http://127.0.0.1:1"}', { mode: 0o644 });
    publishAddress(data, HERE);
    expect(addressOf(data)?.url).toBe(HERE.url);
    expect(modeOf('address.json')).toBe(0o600);
  });

  it('of a process that is dead counts for nothing', () => {
    publishAddress(data, HERE);
    const path = join(data, 'address.json');
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const address = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...address, pid: dead }));
    expect(addressOf(data)).toBeUndefined();
  });

  it('of a process whose pid another one has by now counts for nothing', () => {
    publishAddress(data, HERE);
    const path = join(data, 'address.json');
    const address = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...address, startTime: '1' }));
    expect(addressOf(data)).toBeUndefined();
  });

  it.each([
    ['another container', { namespace: 'another' }],
    ['another machine', { host: 'another', machine: 'another', boot: 'another' }],
  ])('of %s counts for nothing: its port is somebody else here', (_what, change) => {
    publishAddress(data, HERE);
    const path = join(data, 'address.json');
    const address = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...address, ...change }));
    expect(addressOf(data)).toBeUndefined();
  });

  it.each(['', 'null', '{', '[]', '{"url":4}', '{"pid":1}'])('that is %j is none', (text) => {
    writeFileSync(join(data, 'address.json'), text);
    expect(addressOf(data)).toBeUndefined();
  });
});

describe('a token', () => {
  it('is made once, for its owner only', () => {
    const token = ensureToken(data);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(modeOf('token')).toBe(0o600);
    expect([ensureToken(data), tokenOf(data)]).toEqual([token, token]);
    expect(readdirSync(data)).toEqual(['token']);
  });

  it('is another one in each directory, which is made when it is missing', () => {
    const [one, two] = ['one', 'two'].map((name) => ensureToken(join(data, name, 'deep')));
    expect(one).not.toBe(two);
    expect(statSync(join(data, 'one')).mode & 0o777).toBe(0o700);
  });

  it('that is spoilt is refused with what to do', () => {
    writeFileSync(join(data, 'token'), 'short\n');
    expect(() => ensureToken(data)).toThrow('holds no token; remove it');
    expect(() => readToken(join(data, 'token'))).toThrow('holds no token');
  });

  it('that is missing is not made by asking', () => {
    expect(() => tokenOf(data)).toThrow('does not exist');
    expect(existsSync(join(data, 'token'))).toBe(false);
  });
});
