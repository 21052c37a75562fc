/** What became of each entry of an ingest, as it is asked for: page by page, of any run on record. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { silent } from '../../actors/logger.ts';
import { ingestSource } from '../../cli/ingest-job.ts';
import { createApi } from '../../dashboard/server/api.ts';
import type { FileOutcome, FilesPage } from '../../dashboard/server/ingest-files.ts';
import type { IngestSummary } from '../../dashboard/server/ingest-summary.ts';
import ingestItem from '../../handlers/ingest-work.ts';
import {
  createAgent, createMemoryDisk, defineHandler, openMemoryStore, type Handler,
} from '../../index.ts'; // prettier-ignore
import { createTrees, type Trees } from '../handlers/trees.ts';
import { closeAll, keep, pictures, resize, start } from '../index-world.ts';

/** The work itself, without its thread. */
const inline = defineHandler({ name: 'ingest', run: ingestItem as never });

let trees: Trees;
let world: Awaited<ReturnType<typeof start>>;
let api: ReturnType<typeof createApi>;
beforeEach(async () => {
  trees = createTrees();
  world = await start({ alone: true });
  const { controller, store, transport } = world;
  const handlers = [inline, resize] as readonly Handler<never, unknown>[];
  const own = await openMemoryStore(createMemoryDisk());
  keep(await createAgent({ id: 'a1', transport, handlers, store: own, slots: 4 }));
  api = createApi({
    store,
    controller,
    clock: systemClock,
    logger: silent,
    about: { namespace: 'lifeline', version: '1' },
    handlers: new Map(),
    sources: new Map(),
  });
});
afterEach(async () => {
  await closeAll();
  await api.close();
  trees.remove();
});

async function run(spec: object, name = 'copy'): Promise<void> {
  const { source, target } = trees;
  const asked = { kind: 'ingest', source, target, ...spec };
  const job = await ingestSource(join(trees.directory, 'data'))(asked, { name, by: 'ada' });
  await (
    await world.controller.startJob(job)
  ).ended;
}

const ask = async <T>(path: string): Promise<T> =>
  (await api.inject({ url: `/api/v1/jobs/${path}` })).json<T>();

async function files(query = '', limit = 3): Promise<Record<string, FileOutcome>> {
  const told: FileOutcome[] = [];
  for (let after: string | null = '0.0'; after !== null;) {
    const page: FilesPage = await ask(`copy/files?after=${after}&limit=${limit}${query}`);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    told.push(...page.items);
    after = page.next;
  }
  const byPath = Object.fromEntries(told.map((entry) => [JSON.stringify(entry.path), entry]));
  expect(Object.keys(byPath)).toHaveLength(told.length);
  return byPath;
}

const shown = (told: Record<string, FileOutcome>) =>
  Object.fromEntries(
    Object.entries(told).map(([path, { outcome, bytes, why }]) => [
      JSON.parse(path) as string,
      [outcome, ...(bytes === null ? [] : [bytes]), ...(why === null ? [] : [why])].join(': '),
    ]),
  );

describe('the files of an ingest', () => {
  it('are told one by one, with what became of each, page by page', async () => {
    const { source, target } = trees;
    fs.mkdirSync(join(source, 'd'));
    for (const name of ['a', 'b.tmp', 'd/c']) fs.writeFileSync(join(source, name), 'text');
    fs.writeFileSync(Buffer.concat([Buffer.from(`${source}/d/`), Buffer.from([0xff])]), '');
    execFileSync('mkfifo', [join(source, 'pipe')]);
    fs.mkdirSync(join(target, 'gone'), { recursive: true });
    fs.mkdirSync(join(target, 'd/c/in-the-way'), { recursive: true });
    const spec = { delete: true, excludeNames: ['.*\\.tmp$'] };
    await run({ ...spec, dryRun: true });
    const failure = 'the target has a directory where the source has none; remove it first';
    const same = { 'b.tmp': 'excluded: its name is excluded', pipe: 'skipped: it is a pipe' };
    expect(shown(await files())).toEqual({
      ...same,
      '.': 'directory',
      d: 'directory',
      a: 'wouldCopy: 4',
      gone: 'wouldDelete',
      'd/c': `failed: ${failure}`,
      [{ base64: 'ZC//' } as never]: 'wouldCopy: 0',
    });
    expect(fs.existsSync(join(target, 'gone'))).toBe(true);
    await run(spec);
    expect(shown(await files('&generation=2'))).toMatchObject({
      ...same,
      a: 'copied: 4',
      gone: 'deleted',
      'd/c': `failed: ${failure}`,
    });
    const { summary } = await ask<{ summary: IngestSummary }>('copy?summary=true');
    expect(summary).toMatchObject({ copied: 2, excluded: 1, deleted: 1, dryRun: false, trees: [] });
    expect(shown(await files('&generation=1'))).toMatchObject({ a: 'wouldCopy: 4' });
  });

  it('carry the names of several sources, and the summary tells each', async () => {
    const { directory, source, target } = trees;
    fs.mkdirSync(join(directory, 'other'));
    fs.writeFileSync(join(source, 'a'), 'text');
    fs.writeFileSync(join(directory, 'other', 'a'), 'more text');
    await run({ source: [source, join(directory, 'other')] });
    expect(shown(await files())).toEqual({
      source: 'directory',
      'source/a': 'copied: 4',
      other: 'directory',
      'other/a': 'copied: 9',
    });
    const { summary } = await ask<{ summary: IngestSummary }>('copy?summary=true');
    expect(summary).toMatchObject({
      copied: 2,
      trees: [
        { source, target: join(target, 'source'), copied: 1, bytes: 4 },
        { target: join(target, 'other'), copied: 1, bytes: 9 },
      ],
    });
    expect(fs.readFileSync(join(target, 'other', 'a'), 'utf8')).toBe('more text');
  });

  it('are those of a run there is, of an ingest', async () => {
    const thumbs = { name: 'thumbs', handler: resize, items: pictures(1) };
    await (
      await world.controller.startJob(thumbs)
    ).ended;
    expect(await ask('thumbs/files')).toEqual({ items: [], next: null });
    await run({});
    expect(await ask('copy/files?generation=7')).toMatchObject({ status: 404 });
  });
});
