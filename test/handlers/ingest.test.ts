/**
 * Ingest, as the work itself does it: what ends up in the target, what is left alone, what is reported.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import type { Handler, TaskContext } from '../../handlers/handler.ts';
import type { IngestItem, IngestResult } from '../../handlers/ingest-items.ts';
import { verifyTree } from '../../handlers/ingest-verify.ts';
import { walkTree } from '../../handlers/ingest-walk.ts';
import ingestItem from '../../handlers/ingest-work.ts';
import { ingest } from '../../handlers/ingest.ts';
import { createRunner } from '../../handlers/runner.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { fence, observe, work } from './observe.ts';
import { asOrdinaryUser } from '../ordinary-user.ts';
import { createTrees, diff, fillOddly } from './trees.ts';
import type { Trees } from './trees.ts';

let trees: Trees;
beforeEach(() => {
  trees = createTrees();
});
afterEach(() => trees.remove());

const context = (attempt = 1, signal = new AbortController().signal): TaskContext => ({
  id: 'x',
  job: 'j',
  properties: null,
  once: () => Promise.reject(new Error('no steps')),
  fence: fence(77, attempt),
  signal,
  log: () => undefined,
  progress: () => undefined,
});

const put = (item: IngestItem, options: { checksum?: boolean; attempt?: number } = {}) => {
  const { attempt, ...rest } = options;
  const { source, target } = trees;
  return ingestItem({ source, target, item, ...rest }, context(attempt));
};

/** The whole tree, item by item; the sum of what they report. */
async function putTree(options: { checksum?: boolean } = {}): Promise<IngestResult> {
  const sum: Record<string, unknown> = {};
  for await (const item of walkTree(trees.source)) {
    for (const [key, value] of Object.entries(await put(item, options))) {
      const before = sum[key];
      sum[key] = Array.isArray(value)
        ? [...((before as unknown[] | undefined) ?? []), ...(value as unknown[])]
        : ((before as number | undefined) ?? 0) + Number(value);
    }
  }
  return sum as unknown as IngestResult;
}

const file = (name: string, content: string) => fs.writeFileSync(join(trees.source, name), content);
const files = (...names: string[]): IngestItem => ({ kind: 'files', dir: '', names });
const targetOf = (name: string) => join(trees.target, name);
const contentOf = (name: string) => fs.readFileSync(targetOf(name), 'utf8');
const leftovers = () => fs.readdirSync(trees.target).filter((name) => name.startsWith('.lifeline'));

describe('ingest of a tree', () => {
  it('reproduces everything that a tree may hold, and reports what it leaves out', async () => {
    fillOddly(trees.source);
    const result = await putTree();
    expect(result).toMatchObject({ copied: 135, links: 4, unchanged: 0, skippedCount: 1 });
    expect(result.skipped).toEqual([{ path: 'pipe', why: 'it is a pipe' }]);
    expect(diff(trees.source, trees.target)).toBe('');
    expect(await verifyTree(trees.source, trees.target)).toMatchObject({
      files: 135,
      directories: 45,
      links: 4,
      special: 1,
      differences: [],
    });
  });

  it.each([{ checksum: false }, { checksum: true }])(
    'copies nothing the second time ($checksum)',
    async (options) => {
      fillOddly(trees.source);
      await putTree(options);
      const second = await putTree(options);
      expect(second).toMatchObject({ copied: 0, links: 0, bytes: 0, unchanged: 139 });
      expect(await verifyTree(trees.source, trees.target)).toMatchObject({ differences: [] });
    },
  );

  it('copies just what has changed', async () => {
    fillOddly(trees.source);
    await putTree();
    file('ünïcödé', 'changed');
    fs.chmodSync(join(trees.source, 'many', 'file-7'), 0o600);
    fs.rmSync(join(trees.source, 'link'));
    fs.symlinkSync('elsewhere', join(trees.source, 'link'));
    expect(await putTree()).toMatchObject({ copied: 2, links: 1 });
    expect(await verifyTree(trees.source, trees.target)).toMatchObject({ differences: [] });
  });

  it('runs in a thread, through the runner', async () => {
    file('a', 'content');
    const runner = createRunner({
      handlers: [ingest as Handler],
      logs: createMemorySpool(),
      clock: systemClock,
      idleThreads: 1,
    });
    const { source, target } = trees;
    const { ended } = observe(runner, work('ingest', { source, target, item: files('a') }));
    expect(await ended).toMatchObject({ kind: 'done', result: { copied: 1, bytes: 7 } });
    const refused = observe(runner, work('ingest', { source, target, item: {} }, fence(2)));
    expect(await refused.ended).toMatchObject({ kind: 'failed', cause: 'refused' });
    await runner.close();
    expect(contentOf('a')).toBe('content');
    expect(ingest.policy).toMatchObject({ maxRetries: 0, onUnknown: 'retry', maxLosses: 4 });
  });
});

describe('ingest of files', () => {
  it('notices a source that keeps size and time by its change time, which must lie before', async () => {
    const backdate = () => fs.utimesSync(join(trees.source, 'a'), 1_000, 1_000);
    file('a', 'one');
    backdate();
    await put(files('a'));
    expect(await put(files('a'))).toMatchObject({ unchanged: 1 });
    file('a', 'two');
    backdate();
    expect(await put(files('a'))).toMatchObject({ copied: 1 });
    expect(contentOf('a')).toBe('two');
    // Only touched: the contents are compared once, and not again.
    const read = (path: string) => fs.statSync(path, { bigint: true });
    const changedAt = () => read(join(trees.source, 'a')).ctimeNs;
    const before = read(targetOf('a'));
    // The clock of a file system goes in steps.
    do backdate();
    while (changedAt() <= before.ctimeNs);
    expect(await put(files('a'))).toMatchObject({ copied: 0, unchanged: 1 });
    const after = read(targetOf('a'));
    expect([after.mtimeNs, after.ino]).toEqual([before.mtimeNs, before.ino]);
    expect(after.ctimeNs).toBeGreaterThanOrEqual(changedAt());
  });

  it('notices a target that was spoiled only when it compares contents', async () => {
    file('a', 'one');
    fs.utimesSync(join(trees.source, 'a'), 1_000, 1_000);
    await put(files('a'));
    fs.writeFileSync(targetOf('a'), 'eno');
    fs.utimesSync(targetOf('a'), 1_000, 1_000);
    expect(await put(files('a'))).toMatchObject({ unchanged: 1 });
    expect(await put(files('a'), { checksum: true })).toMatchObject({ copied: 1 });
    expect(contentOf('a')).toBe('one');
  });

  it('keeps holes empty', async () => {
    const path = join(trees.source, 'holes');
    fs.writeFileSync(path, 'start');
    fs.truncateSync(path, 50_000_000);
    fs.appendFileSync(path, 'end');
    expect(await put(files('holes'), { checksum: true })).toMatchObject({ bytes: 50_000_003 });
    expect(fs.readFileSync(targetOf('holes')).equals(fs.readFileSync(path))).toBe(true);
    expect(fs.statSync(targetOf('holes')).blocks * 512).toBeLessThan(5_000_000);
  });

  it('reports what has vanished or changed its kind', async () => {
    file('here', 'x');
    fs.mkdirSync(join(trees.source, 'now-a-directory'));
    expect(await put(files('gone', 'now-a-directory', 'here'))).toMatchObject({
      copied: 1,
      skippedCount: 2,
      skipped: [
        { path: 'gone', why: 'it has vanished' },
        { path: 'now-a-directory', why: 'it has become a directory' },
      ],
    });
    const gone: IngestItem = { kind: 'files', dir: 'no/such', names: ['a'] };
    expect(await put(gone)).toMatchObject({ skippedCount: 1, copied: 0 });
  });

  it('reports at most a hundred, and counts them all', async () => {
    const names = Array.from({ length: 150 }, (_, n) => `gone-${n}`);
    const { skipped, skippedCount } = await put(files(...names));
    expect([skipped.length, skippedCount]).toEqual([100, 150]);
  });

  it('reports what it may not read', async () => {
    file('secret', 'x');
    fs.chmodSync(join(trees.source, 'secret'), 0o000);
    fs.mkdirSync(trees.target, { recursive: true });
    fs.chmodSync(trees.target, 0o777);
    const { source, target } = trees;
    const input = JSON.stringify({ source, target, item: files('secret') });
    const call = `it.default(${input}, { fence: { birth: 1, attempt: 1 }, signal: new AbortController().signal, log() {}, progress() {} })`;
    expect(await asOrdinaryUser(trees.directory, '../handlers/ingest-work.ts', call)).toMatchObject(
      {
        skipped: [{ path: 'secret', why: 'it may not be read (EACCES)' }],
      },
    );
  });

  it('clears away what attempts that were killed have left, and nothing else', async () => {
    file('a', 'x');
    file('.lifeline-1-1-1', 'of the source');
    await putTree();
    for (const name of ['.lifeline-9-2-0', '.lifeline-9-x']) fs.writeFileSync(targetOf(name), '');
    await putTree();
    expect(leftovers().toSorted()).toEqual(['.lifeline-1-1-1', '.lifeline-9-x']);
  });

  it('goes on after a failure, and fails naming the first', async () => {
    file('a', 'new');
    file('b', 'new');
    file('c', 'new');
    fs.mkdirSync(targetOf('a/in-the-way'), { recursive: true });
    fs.mkdirSync(targetOf('c'));
    await expect(put(files('a', 'b', 'c'))).rejects.toMatchObject({
      message:
        '2 of 3 entries failed; the first: "a": the target has a directory where the source has none; remove it first.',
      detail: { copied: 1, failures: [{ path: 'a' }, { path: 'c' }] },
    });
    expect(contentOf('b')).toBe('new');
    expect(leftovers()).toEqual([]);
  });

  it('replaces a link in the target, and does not write through it', async () => {
    file('a', 'new');
    const outside = join(trees.directory, 'outside');
    fs.writeFileSync(outside, 'precious');
    fs.mkdirSync(trees.target, { recursive: true });
    fs.symlinkSync(outside, targetOf('a'));
    expect(await put(files('a'))).toMatchObject({ copied: 1 });
    expect([contentOf('a'), fs.readFileSync(outside, 'utf8')]).toEqual(['new', 'precious']);
  });

  it('clears away what older attempts of it have left', async () => {
    file('a', 'x');
    fs.mkdirSync(trees.target, { recursive: true });
    for (const name of ['.lifeline-77-1-0', '.lifeline-77-2-0', '.lifeline-78-1-0']) {
      fs.writeFileSync(targetOf(name), 'half');
    }
    await put(files('a'), { attempt: 3 });
    expect(leftovers()).toEqual(['.lifeline-78-1-0']);
  });

  it('stops between two files when it is asked to', async () => {
    file('a', 'x');
    const stop = new AbortController();
    const { source, target } = trees;
    const task = { ...context(1, stop.signal), progress: () => stop.abort() };
    file('b', 'x');
    await expect(ingestItem({ source, target, item: files('a', 'b') }, task)).rejects.toThrow();
    expect(fs.readdirSync(target)).toEqual(['a']);
  });

  it.each<[string, IngestItem]>([
    ['a name with a slash', files('a/b')],
    ['the parent', files('..')],
    ['a way out', { kind: 'files', dir: '../..', names: ['a'] }],
    ['an absolute path', { kind: 'directory', dir: '/etc' }],
    ['a way out in the middle', { kind: 'directoryTimes', dirs: ['a', 'a/../../b'] }],
    ['a way out in bytes', files(...([{ base64: 'Li4=' }] as never[]))],
  ])('refuses an item that names %s', async (_name, item) => {
    await expect(put(item)).rejects.toThrow('The item names a path outside of its tree');
    expect(fs.existsSync(trees.target)).toBe(false);
  });
});

describe('ingest of directories', () => {
  it.each([
    ['a file', (path: string) => fs.writeFileSync(path, 'x')],
    ['a link', (path: string) => fs.symlinkSync('/tmp', path)],
  ])('fails where the target has %s', async (what, make) => {
    fs.mkdirSync(join(trees.source, 'd', 'e'), { recursive: true });
    fs.mkdirSync(trees.target, { recursive: true });
    make(targetOf('d'));
    await expect(put({ kind: 'directory', dir: 'd/e' })).rejects.toThrow(
      `1 of 1 entry failed; the first: "d/e": the target has ${what} where the source has a directory; remove it first.`,
    );
  });

  it.each([
    ['EACCES', /^skipped: it may not be read \(EACCES\)$/],
    ['ENOENT', /^skipped: it has vanished$/],
    ['EIO', /^failed: .*the disk reports an error \(EIO\)\.$/],
  ])('reports a directory that the walk could not read: %s', async (unreadable, expected) => {
    fs.mkdirSync(join(trees.source, 'd'));
    const outcome = await put({ kind: 'directory', dir: 'd', unreadable }).then(
      ({ skipped }) => `skipped: ${skipped[0]?.why}`,
      (error: Error) => `failed: ${error.message}`,
    );
    expect(outcome).toMatch(expected);
    expect(fs.statSync(targetOf('d')).isDirectory()).toBe(true);
  });

  it('keeps a directory to its owner until everything is in it', async () => {
    fs.mkdirSync(join(trees.source, 'd'), { mode: 0o755 });
    await put({ kind: 'directory', dir: 'd' });
    expect(fs.statSync(targetOf('d')).mode & 0o777).toBe(0o700);
    await put({ kind: 'directoryTimes', dirs: ['d'] });
    expect(fs.statSync(targetOf('d')).mode & 0o777).toBe(0o755);
  });

  it('reports a directory that came after the walk', async () => {
    fs.mkdirSync(join(trees.source, 'late'));
    expect(await put({ kind: 'directoryTimes', dirs: ['late', 'gone'] })).toMatchObject({
      times: 0,
      skipped: [
        { path: 'late', why: 'it appeared while the tree was being copied' },
        { path: 'gone', why: 'it has vanished' },
      ],
    });
  });
});
