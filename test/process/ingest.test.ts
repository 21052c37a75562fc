/** `lifeline ingest` of a tree made by somebody else, checked by `diff`. */
import { execFile } from 'node:child_process';
import {
  existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedTree, type SeededTree } from '../../cli/seed-tree.ts';
import type { JobList, Shown } from '../../actors/queries.ts';
import type { JobView } from '../../actors/views.ts';
import type { FileOutcome } from '../../dashboard/server/ingest-files.ts';
import type { IngestSummary } from '../../dashboard/server/ingest-summary.ts';
import { until } from './gate.ts';
import { lifeline, lifelineJson, start } from './lifeline.ts';

const FILES = 1_200;

let directory: string;
let tree: SeededTree;
const at = (name: string) => join(directory, name);
const argv = () => ['ingest', at('source'), at('target'), '--data', at('data')];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-ingest-'));
  tree = seedTree(at('source'), FILES, 7);
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Regular files below a directory, by bytes, since some names are no UTF-8. */
function countFiles(path: string | Buffer): number {
  if (!existsSync(path)) return 0;
  let count = 0;
  for (const name of readdirSync(path, 'buffer')) {
    const below = Buffer.concat([Buffer.from(path as string), Buffer.from('/'), name]);
    const stats = lstatSync(below, { throwIfNoEntry: false });
    if (stats?.isDirectory()) count += countFiles(below);
    else if (stats?.isFile()) count++;
  }
  return count;
}

describe('lifeline ingest', () => {
  it('copies a tree so that diff finds nothing', async () => {
    const { code, out, err } = await lifeline([...argv(), '--json']);
    expect(err.split('\n').filter((line) => line.includes('"level":50'))).toEqual([]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      state: 'finished',
      failed: 0,
      remaining: 0,
      summary: {
        copied: tree.files,
        bytes: tree.bytes,
        links: tree.links,
        directories: tree.directories,
        unchanged: 0,
        skippedCount: 0,
      },
    });
    const diff = ['-r', '--no-dereference', at('source'), at('target')];
    expect(await promisify(execFile)('diff', diff)).toEqual({ stdout: '', stderr: '' });
  });

  it('agrees with list and show after it has ended', async () => {
    const data = ['--data', at('data')];
    const { finished, singlepass } = await lifelineJson<JobList>(['list', ...data]);
    const inList = await lifeline(['list', ...data]);
    expect(singlepass).toEqual([]);
    const [job] = finished;
    const { name, total, done } = job!;
    expect(name).toMatch(/^ingest-[0-9a-f]{8}$/);
    expect(done).toBe(total);
    expect(inList.out).toContain(name);
    const { kind, also, older, ...shown } = await lifelineJson<Shown & { kind: 'job' }>([
      'show',
      name,
      ...data,
    ]);
    expect({ kind, also, older }).toEqual({ kind: 'job', also: [], older: [] });
    expect(shown).toEqual(job);
  });

  it('goes on after a SIGKILL, and sums up both parts', async () => {
    const killed = ['ingest', at('source'), at('second'), '--data', at('data2')];
    const first = start([...killed, '--files-per-task', '5']);
    await until('something is copied', () => countFiles(at('second')) > 100);
    first.child.kill('SIGKILL');
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(countFiles(at('second'))).toBeLessThan(tree.files);
    const { code, out, err } = await lifeline([...killed, '--files-per-task', '5', '--json']);
    expect(err).toContain('Going on with run 1 of "ingest-');
    expect(code).toBe(0);
    const { generation, summary, done, total } = JSON.parse(out) as JobView & {
      readonly summary: IngestSummary;
    };
    expect({ generation, done }).toEqual({ generation: 1, done: total });
    // What an attempt had copied before it was lost is found unchanged by the next one.
    const { copied, unchanged, links, directories } = summary;
    expect(copied + unchanged + links).toBe(tree.files + tree.links);
    expect(directories).toBe(tree.directories);
    const diff = ['-r', '--no-dereference', at('source'), at('second')];
    expect(await promisify(execFile)('diff', diff)).toEqual({ stdout: '', stderr: '' });
  });

  it('deletes and leaves out what it is told to, and says of each file what became of it', async () => {
    const fill = (path: string, ...names: string[]) => {
      mkdirSync(at(path), { recursive: true });
      for (const name of names) writeFileSync(at(`${path}/${name}`), name);
    };
    fill('one', 'a', 'b.tmp');
    fill('two', 'c');
    fill('small/one', 'extra', 'kept.tmp');
    const small = [
      'ingest',
      at('one'),
      at('two'),
      at('small'),
      '--data',
      at('data3'),
      '--agents',
      '1',
    ];
    const asked = [...small, '--delete', '--exclude-name', '.*\\.tmp$'];
    const broken = await lifeline([...small, '--exclude-name', '*']);
    expect(broken).toMatchObject({ code: 2, out: '' });
    expect(broken.err).toMatch(
      /^lifeline: "\*" is no regular expression to exclude by: [^\n]*\.\n$/,
    );
    expect(existsSync(at('data3'))).toBe(false);

    const linesOf = (text: string) =>
      Object.fromEntries(
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as FileOutcome)
          .map(({ path, outcome }) => [path as string, outcome]),
      );
    const dry = await lifeline([...asked, '--dry-run', '--per-file', '-']);
    expect(dry).toMatchObject({
      code: 0,
      err: expect.stringContaining('Dry run: nothing') as unknown,
    });
    expect(linesOf(dry.out)).toEqual({
      one: 'directory',
      'one/a': 'wouldCopy',
      'one/b.tmp': 'excluded',
      'one/extra': 'wouldDelete',
      two: 'wouldMake',
      'two/c': 'wouldCopy',
    });
    expect([countFiles(at('small')), existsSync(at('small/two'))]).toEqual([2, false]);

    const { code, out } = await lifeline([...asked, '--per-file', at('told'), '--json']);
    const { summary } = JSON.parse(out) as { readonly summary: IngestSummary };
    expect([code, summary]).toMatchObject([
      0,
      { copied: 2, excluded: 1, deleted: 1, trees: [{}, {}] },
    ]);
    const told = linesOf(readFileSync(at('told'), 'utf8'));
    expect(told).toMatchObject({ 'one/a': 'copied', 'one/extra': 'deleted', 'two/c': 'copied' });
    expect(readdirSync(at('small/one')).toSorted()).toEqual(['a', 'kept.tmp']);
  });

  it('copies nothing the second time', async () => {
    const { code, out } = await lifeline([...argv(), '--json', '--checksum']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      generation: 2,
      summary: { copied: 0, bytes: 0, links: 0, unchanged: tree.files + tree.links },
    });
  });
});
