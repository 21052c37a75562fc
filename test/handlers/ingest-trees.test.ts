/**
 * What is said before an ingest begins.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTrees, UnusableTrees } from '../../handlers/ingest-trees.ts';
import { asOrdinaryUser } from '../ordinary-user.ts';
import { createTrees } from './trees.ts';
import type { Trees } from './trees.ts';

let trees: Trees;
beforeEach(() => {
  trees = createTrees();
  fs.mkdirSync(at('source/inner'));
  fs.writeFileSync(at('file'), '');
  fs.symlinkSync('source', at('link'));
  fs.symlinkSync('loop', at('loop'));
});
afterEach(() => trees.remove());

const at = (path: string) => join(trees.directory, path);

describe('checkTrees', () => {
  it('returns real paths; the target need not exist', async () => {
    const real = fs.realpathSync(trees.directory);
    expect(await checkTrees(at('link'), at('new/target'))).toEqual({
      source: join(real, 'source'),
      target: join(real, 'new/target'),
    });
    fs.mkdirSync(at('source-too'));
    expect(await checkTrees(at('source'), at('source-too'))).toMatchObject({
      target: join(real, 'source-too'),
    });
  });

  it.each([
    ['nothing', 'target', /^The source .*nothing does not exist\.$/],
    ['loop', 'target', /^The source .*loop cannot be reached \(ELOOP\)\.$/],
    ['file', 'target', /^The source .*file is not a directory: /],
    ['source', 'source', /^Source and target are the same: /],
    ['source', 'link', /^Source and target are the same: /],
    // Domain §2.8: the root as a target is refused.
    [
      'source',
      '../../../../../..',
      /^The source .* lies inside the target: choose another target\.$/,
    ],
    ['source', 'source/new', /^The target .* lies inside the source: /],
    ['source', 'link/inner/new', /^The target .* lies inside the source: /],
    ['source/inner', 'link', /^The source .* lies inside the target: /],
    ['source', 'file', /^The target .*file is not a directory: .* is a file\.$/],
    ['source', 'file/below', /^The target .* cannot be reached \(ENOTDIR\)\.$/],
    ['source', 'loop', /^The target .* cannot be reached \(ELOOP\)\.$/],
  ])('refuses %s → %s', async (source, target, sentence) => {
    await expect(checkTrees(at(source), at(target))).rejects.toThrow(UnusableTrees);
    await expect(checkTrees(at(source), at(target))).rejects.toThrow(sentence);
  });

  it('refuses what this user may not read or write', async () => {
    const check = (source: string, target: string) => {
      const call = `it.checkTrees(${JSON.stringify(at(source))}, ${JSON.stringify(at(target))})`;
      return asOrdinaryUser(trees.directory, '../handlers/ingest-trees.ts', call);
    };
    fs.chmodSync(at('source'), 0o000);
    const unreadable = { error: expect.stringContaining('may not be read') as string };
    expect(await check('source', 'target')).toEqual(unreadable);
    fs.chmodSync(at('source'), 0o755);
    fs.mkdirSync(at('closed'), { mode: 0o555 });
    const unwritable = { error: expect.stringContaining('cannot be written') as string };
    expect(await check('source', 'closed/new')).toEqual(unwritable);
  });
});
