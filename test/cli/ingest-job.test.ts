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

  it('is refused when the data directory lies in the source', async () => {
    await expect(begin({ source: directory, target: '/elsewhere' })).rejects.toThrow(
      `The data directory ${at('data')} lies inside the source`,
    );
  });
});
