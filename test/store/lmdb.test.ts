/**
 * The LMDB store: the contract, and what concerns a real directory: processes that die, who owns it, and
 * directories that cannot be used.
 *
 * A full disk is a limit on the size of files (`prlimit`), so that LMDB meets a real failed write; it needs
 * no root, and touches this process alone.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { open } from 'lmdb';
import { findContainment, groupContainment } from '../../handlers/containment.ts';
import { openLmdbStore } from '../../store/lmdb.ts';
import { OwnerUnknown } from '../../store/owner.ts';
import { StoreFailed, StoreInUse } from '../../store/store.ts';
import { storeContract } from './contract.ts';

const namespace = await findContainment();
const makeTemporary = () => mkdtempSync(join(tmpdir(), 'lifeline-store-'));

function limitFileSize(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
}

function fillDisk(directory: string): void {
  // lmdb-js prints each failed commit, besides reporting it.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  limitFileSize(statSync(join(directory, 'data.mdb')).size + 10_000);
}

function freeDisk(): void {
  vi.restoreAllMocks();
  limitFileSize('unlimited');
}

storeContract('lmdb', () => {
  const directory = makeTemporary();
  return {
    open: () => openLmdbStore(directory),
    async writeAsRival(batch) {
      const record = readFileSync(join(directory, 'owner.json'));
      rmSync(join(directory, 'owner.json'));
      const rival = await openLmdbStore(directory);
      await rival.append(batch, { expect: rival.position() });
      await rival.close();
      writeFileSync(join(directory, 'owner.json'), record);
    },
    fillDisk: () => fillDisk(directory),
    freeDisk,
    dispose: () => rmSync(directory, { recursive: true }),
  };
});

describe('a data directory', () => {
  let directory: string;
  let owner: ChildProcess | undefined;

  beforeEach(() => {
    directory = join(makeTemporary(), 'data');
  });
  afterEach(async () => {
    if (owner !== undefined) await kill(owner);
    owner = undefined;
    rmSync(join(directory, '..'), { recursive: true });
  });

  /** Another process that opens the store, appends once and then lives on; resolves when it is durable. */
  async function startOwner(within = groupContainment('for a test')): Promise<ChildProcess> {
    const program = new URL('./append-and-wait.ts', import.meta.url).pathname;
    const { file, args } = within.wrap(process.execPath, ['--import', 'tsx', program, directory]);
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    owner = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === 'durable') return child;
    }
    throw new Error('The owner ended before its append was durable.');
  }

  it('is made for its owner alone', async () => {
    const store = await openLmdbStore(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it('keeps what was durable when its owner is killed, and passes to the next', async () => {
    await kill(await startOwner());
    expect(existsSync(join(directory, 'owner.json'))).toBe(true);
    const store = await openLmdbStore(directory);
    expect([...store.read(1)]).toEqual([[1, 'entry']]);
    expect(store.get('key')).toBe('value');
    await store.append({ entries: ['mine'], writes: [] }, { expect: 1 });
    await store.close();
  });

  it('is refused while another process lives that holds it', async () => {
    const { pid } = await startOwner();
    const refusal: unknown = await openLmdbStore(directory).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreInUse);
    expect((refusal as Error).message).toMatch(
      new RegExp(
        `^The data directory ${directory} is in use by process ${pid} \\(since \\d{4}-.*Z\\); ` +
          'stop it, or choose another with --data\\.$',
      ),
    );
  });

  it('goes to one of many that start at once', async () => {
    await kill(await startOwner());
    const starts = await Promise.allSettled(
      Array.from({ length: 8 }, () => openLmdbStore(directory)),
    );
    const winners = starts.filter((start) => start.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    await winners[0]?.value.close();
  });

  it.each([
    ['whose pid was given to another process', { pid: process.pid, startTime: '1' }],
    ['of an earlier boot of the machine', { boot: 'another' }],
    ['of an earlier boot of its container', { boot: 'another', namespace: '1' }],
    ['whose process is gone, where start times are unknown', { pid: 2 ** 22 + 1, startTime: null }],
  ])('passes on from an owner %s', async (_, change) => {
    const store = await openLmdbStore(directory);
    const record = JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8')) as object;
    await store.close();
    writeFileSync(join(directory, 'owner.json'), JSON.stringify({ ...record, ...change }));
    const next = await openLmdbStore(directory);
    expect(JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8'))).toEqual(record);
    await next.close();
  });

  it.each([
    ['another PID namespace', { namespace: '1', pid: 1 }, / of host .*, in another container of /],
    [
      'another machine',
      { boot: 'another', host: 'far', machine: null },
      / far, on another machine /,
    ],
    [
      'no known boot, on another host',
      { boot: null, host: 'far', machine: null },
      /another machine/,
    ],
  ])('is refused to a process of %s, dead or alive', async (_, change, where) => {
    const store = await openLmdbStore(directory);
    const record = JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8')) as object;
    await store.close();
    const foreign = JSON.stringify({ ...record, ...change });
    for (const name of ['owner.json', 'owner.takeover']) {
      writeFileSync(join(directory, 'owner.json'), JSON.stringify({ ...record, boot: 'another' }));
      writeFileSync(join(directory, name), foreign);
      const refusal: unknown = await openLmdbStore(directory).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(OwnerUnknown);
      expect((refusal as Error).message).toMatch(where);
      expect((refusal as Error).message).toMatch(
        new RegExp(`\\(since \\d{4}-.*Z\\).*; stop it there .* remove .*/${name} by hand\\.$`),
      );
      expect(readFileSync(join(directory, name), 'utf8')).toBe(foreign);
      rmSync(join(directory, name));
    }
    await (await openLmdbStore(directory)).close();
  });

  it.runIf(namespace.kind === 'namespace')(
    'is refused while a process lives that holds it from a PID namespace of its own',
    async () => {
      await startOwner(namespace);
      await expect(openLmdbStore(directory)).rejects.toBeInstanceOf(OwnerUnknown);
    },
  );

  it('passes on from an owner whose record is not readable text', async () => {
    mkdirSync(directory);
    writeFileSync(join(directory, 'owner.json'), '');
    await (await openLmdbStore(directory)).close();
  });

  it('stays with a living process whose start time is unknown', async () => {
    const store = await openLmdbStore(directory);
    const record = JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8')) as object;
    writeFileSync(join(directory, 'owner.json'), JSON.stringify({ ...record, startTime: null }));
    await expect(openLmdbStore(directory)).rejects.toBeInstanceOf(StoreInUse);
    await store.close();
  });

  it('asks for help when a takeover was cut short', async () => {
    await kill(await startOwner());
    const record = readFileSync(join(directory, 'owner.json'));
    writeFileSync(join(directory, 'owner.takeover'), record);
    await expect(openLmdbStore(directory)).rejects.toThrow(
      /A start was cut short in .*; remove .*owner\.takeover and try again\./,
    );
    rmSync(join(directory, 'owner.takeover'));
    await (await openLmdbStore(directory)).close();
  });

  it('is free again when it has been closed or could not be opened', async () => {
    await (await openLmdbStore(directory)).close();
    expect(existsSync(join(directory, 'owner.json'))).toBe(false);
    writeFileSync(join(directory, 'data.mdb'), 'not a database '.repeat(1000));
    const refusal: unknown = await openLmdbStore(directory).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreFailed);
    expect((refusal as Error).message).toMatch(/^The store in .* cannot be opened \(.*\); mend it/);
    expect(existsSync(join(directory, 'owner.json'))).toBe(false);
  });

  it('leaves the outcome open when it cannot be read again, and recovers when it can', async () => {
    const store = await openLmdbStore(directory);
    await store.append({ entries: ['one'], writes: [] }, { expect: 0 });
    fillDisk(directory);
    const large = { put: 'large', value: new Uint8Array(1_000_000) };
    const failing = store.append({ entries: ['two'], writes: [large] }, { expect: 1 });
    const restore = overwrite(join(directory, 'data.mdb'), 24, 'lost');
    await expect(failing).rejects.toMatchObject({ name: 'StoreFailed', outcome: 'unknown' });
    expect(() => store.position()).toThrow(/^The store in .* cannot be opened/);
    expect(() => store.get('large')).toThrow(/^The store in .* cannot be opened/);
    restore();
    freeDisk();
    expect(store.position()).toBe(1);
    await store.append({ entries: ['two'], writes: [large] }, { expect: 1 });
    await store.close();
  });

  it('is refused when it was written in another layout, and left as it is', async () => {
    const old = open({ path: directory, noSubdir: false, maxDbs: 2 });
    await old.openDB({ name: 'journal' }).put('1', 'one');
    await old.close();
    await expect(openLmdbStore(directory)).rejects.toThrow(
      'cannot be opened (it was written by another version of Lifeline); mend it, or choose another with --data.',
    );
    const again = open({ path: directory, noSubdir: false, maxDbs: 2 });
    expect(again.openDB({ name: 'journal' }).get('1')).toBe('one');
    await again.close();
  });

  it('is refused when it is a file', async () => {
    writeFileSync(directory, '');
    await expect(openLmdbStore(directory)).rejects.toThrow(
      /^The data directory .* cannot be used \(.*\); choose another with --data\.$/,
    );
  });
});

/** Overwrites a piece of a file; returns what puts it back. */
function overwrite(path: string, offset: number, text: string): () => void {
  const before = readFileSync(path).subarray(offset, offset + text.length);
  const write = (bytes: Uint8Array) => {
    const file = openSync(path, 'r+');
    writeSync(file, bytes, 0, bytes.length, offset);
    closeSync(file);
  };
  write(Buffer.from(text));
  return () => write(before);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
