/** Who begins while somebody else holds the data directory: one that only passes is waited for. */
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishAddress } from '../../cli/address.ts';
import { controllerDirectory } from '../../cli/controller-store.ts';
import { openLmdbStore } from '../../store/lmdb.ts';
import type { Store } from '../../store/store.ts';
import { commandLine, startCommandLine } from './command-line.ts';

let data: string;
let holder: Store;

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'lifeline-holders-'));
  holder = await openLmdbStore(controllerDirectory(data));
});

afterEach(async () => {
  await holder.close();
  rmSync(data, { recursive: true, force: true });
});

/** Resolves when somebody has tried to become the owner: that leaves a draft for a moment. */
const anAttempt = () =>
  new Promise<void>((resolve) => {
    const watching = watch(controllerDirectory(data), (_, name) => {
      if (name?.startsWith('owner.json.') !== true) return;
      watching.close();
      resolve();
    });
  });

const upOn = (directory: string) => [
  ...['up', '--data', directory, '--agents', '1', '--port', '0', '--log-level', 'silent'],
];

describe('lifeline up', () => {
  it('waits for a command that reads the directory', async () => {
    const attempt = anAttempt();
    const up = startCommandLine(upOn(data));
    await attempt;
    await holder.close();
    await up.says('is ready at');
    up.interrupt();
    up.interrupt();
    expect(await up.ran).toMatchObject({ code: 0 });
  });

  it('is refused when the other one stays', async () => {
    const ran = await commandLine(upOn(data), { haste: 50 });
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('is in use by another lifeline command: wait for its end');
  });

  it('is refused at once while a controller answers there', async () => {
    publishAddress(data, { url: 'http://127.0.0.1:4280', takesJobs: true });
    // Were it to wait, it would for ages.
    const ran = await commandLine(upOn(data), { haste: 0.001 });
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('in use by another lifeline command, which answers at http://127');
  });
});

it.each([['list'], ['run', '--', 'true'], ['up']])(
  'lifeline %s says how to ask a controller of another container',
  async (...argv) => {
    publishAddress(data, { url: 'http://127.0.0.1:4280', takesJobs: true });
    for (const path of [join(data, 'address.json'), join(data, 'controller/owner.json')]) {
      const process = JSON.parse(readFileSync(path, 'utf8')) as object;
      writeFileSync(path, JSON.stringify({ ...process, namespace: 'another' }));
    }
    const [verb, ...rest] = argv;
    const ran = await commandLine([verb, '--data', data, ...rest]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('name it with --url, and its token with --token-file.');
  },
);
