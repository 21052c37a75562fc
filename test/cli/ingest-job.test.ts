/** An ingest as a job source: from plain data to a job that can be begun again from its own. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ingestName, ingestSource } from '../../cli/ingest-job.ts';

let directory: string;
const at = (name: string) => join(directory, name);

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'lifeline-ingest-job-')));
  mkdirSync(at('source'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const begin = (spec: object, name?: string) =>
  ingestSource(at('data'))({ kind: 'ingest', ...spec }, { by: 'ada', ...(name ? { name } : {}) });

describe('an ingest that is asked for', () => {
  it('is named by its trees, in their real paths, unless it is given a name', async () => {
    symlinkSync(at('source'), at('link'));
    const trees = { source: at('source'), target: at('target') };
    const job = await begin({ source: at('link'), target: at('target') });
    expect(job).toMatchObject({
      name: ingestName(trees),
      by: 'ada',
      spec: { kind: 'ingest', ...trees, filesPerTask: 50, checksum: false },
      hooksOf: { name: 'ingest' },
    });
    expect(await begin(trees, 'mine')).toMatchObject({ name: 'mine', source: job.source });
  });

  it('can be begun again from what is on record', async () => {
    const spec = { source: at('source'), target: at('target'), filesPerTask: 7, checksum: true };
    const first = await begin(spec, 'mine');
    const again = await begin(first.spec as object, 'mine');
    expect(again).toMatchObject({ name: 'mine', source: first.source, spec: first.spec });
    expect(first.spec).toMatchObject(spec);
  });

  it.each([
    ['no source', { source: undefined }, 'The "source" of an ingest must be an absolute path'],
    [
      'a relative path',
      { target: 'target' },
      'absolute path on the controller\'s machine, not "target"',
    ],
    ['a NUL in a path', { target: '/a\0b' }, 'The "target" of an ingest must be an absolute path'],
    ['no files a task', { filesPerTask: 0 }, 'must be a whole number from 1 to 1000'],
    ['half a file a task', { filesPerTask: 1.5 }, 'must be a whole number from 1 to 1000'],
    ['too many files a task', { filesPerTask: 1_001 }, 'must be a whole number from 1 to 1000'],
    [
      'a checksum in words',
      { checksum: 'yes' },
      'The "checksum" of an ingest must be true or false',
    ],
    ['a source that is missing', { source: '/no/such' }, 'The source /no/such does not exist'],
  ])('is refused with %s', async (_what, change, sentence) => {
    const spec = { source: at('source'), target: at('target'), ...change };
    await expect(begin(spec)).rejects.toThrow(sentence);
  });

  it('makes of each of several sources a directory of its name in the target', async () => {
    mkdirSync(at('other'));
    const source = [at('source'), at('other')];
    const job = await begin({ source, target: at('target') });
    expect(job).toMatchObject({ name: ingestName({ source, target: at('target') }) });
    expect(job.spec).toMatchObject({ source, target: at('target') });
    const again = await begin(job.spec as object);
    expect([again.name, again.source]).toEqual([job.name, job.source]);
    const inputs = [];
    const run = { settled: () => Promise.resolve() };
    const items = (job.items as (run: object) => AsyncIterable<{ input: unknown; key: string }>)(
      run,
    );
    const keys = new Set<string>();
    for await (const { input, key } of items) {
      inputs.push(input);
      keys.add(key);
    }
    expect(inputs).toEqual(
      ['directory', 'directoryTimes'].flatMap((kind) =>
        ['source', 'other'].map((name, tree) => ({
          source: at(name),
          target: at(`target/${name}`),
          tree,
          checksum: false,
          item: kind === 'directory' ? { kind, dir: '' } : { kind, dirs: [''] },
        })),
      ),
    );
    expect(keys.size).toBe(4);
  });

  it.each<[string, (directory: string) => object, RegExp]>([
    [
      'two of one name',
      (d) => ({ source: [`${d}/source`, `${d}/twin/source`], target: `${d}/t` }),
      /^The sources .* and .* would both become .*\/t\/source: copy one of them by itself\.$/,
    ],
    [
      'one that lies where another is copied to',
      (d) => ({ source: [`${d}/twin`, `${d}/in/twin/below`], target: `${d}/in` }),
      /would get in each other's way: choose another target\.$/,
    ],
    [
      'one without a name',
      (d) => ({ source: ['/', `${d}/source`], target: `${d}/t` }),
      /^The source \/ has no name/,
    ],
  ])('is refused with several sources, %s', async (_what, specOf, sentence) => {
    for (const name of ['twin/source', 'in/twin/below']) mkdirSync(at(name), { recursive: true });
    await expect(begin(specOf(directory))).rejects.toThrow(sentence);
  });

  it('goes on only with a run that does the same, and has dry runs beside it', async () => {
    const spec = { source: at('source'), target: at('target') };
    const plain = await begin(spec);
    for (const change of [{ delete: true }, { mode: 'put' }, { excludeNames: ['x'] }]) {
      const other = await begin({ ...spec, ...change });
      expect(other.name).toBe(plain.name);
      expect(other.source).not.toBe(plain.source);
    }
    expect((await begin({ ...spec, dryRun: true })).name).not.toBe(plain.name);
    expect((await begin({ ...spec, filesPerTask: 7, checksum: true })).source).toBe(plain.source);
  });

  it('is refused when it would delete the data directory', async () => {
    mkdirSync(at('target'));
    const spec = { source: at('source'), target: at('target') };
    const inside = (change: object) =>
      ingestSource(at('target/data'))({ kind: 'ingest', ...spec, ...change }, { by: 'ada' });
    await expect(inside({ delete: true })).rejects.toThrow('inside the target, where it would be');
    await expect(inside({})).resolves.toMatchObject({ by: 'ada' });
  });

  it('is refused when the data directory lies in the source', async () => {
    await expect(begin({ source: directory, target: '/elsewhere' })).rejects.toThrow(
      `The data directory ${at('data')} lies inside the source`,
    );
  });
});
