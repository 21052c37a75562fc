/** Handlers of the user's own, from a module. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHandlers } from '../../cli/handlers-file.ts';

let directory: string;
let files = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-handlers-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const definer = new URL('../../handlers/define-handler.ts', import.meta.url);

function write(text: string): string {
  const path = join(directory, `handlers-${++files}.mjs`);
  const head = `import { defineHandler } from ${JSON.stringify(pathToFileURL(definer.pathname))};`;
  writeFileSync(path, `${head}\nconst run = () => null;\n${text}\n`);
  return path;
}

const namesIn = async (text: string) => (await loadHandlers(write(text))).map(({ name }) => name);

describe('a handlers file', () => {
  it.each([
    ['a default array', `export default ['a', 'b'].map((name) => defineHandler({ name, run }));`],
    [
      'named exports',
      `export const a = defineHandler({ name: 'a', run }), b = defineHandler({ name: 'b', run });`,
    ],
    [
      'both, of the same handlers',
      `export const a = defineHandler({ name: 'a', run }), b = defineHandler({ name: 'b', run });
       export default [a, b];`,
    ],
  ])('gives them by %s', async (_what, text) => {
    expect((await namesIn(text)).sort()).toEqual(['a', 'b']);
  });

  it.each([
    ['nothing', '', 'exports no handler; export what defineHandler returns.'],
    ['options', `export const a = { name: 'a', run };`, 'The export "a" of the handlers file'],
    ['a function', 'export default run;', 'The export "default" of the handlers file'],
    ['null', 'export const a = null;', 'is no handler; export only what defineHandler returns.'],
    ['bad syntax', 'export const = 1;', 'cannot be loaded: '],
    ['an error', `throw new Error('no disk');`, 'cannot be loaded: no disk.'],
    [
      'a bad handler',
      `export default defineHandler({ name: 'a b', run });`,
      'cannot be loaded: The handler name "a b" is not allowed',
    ],
    ['a missing import', `import 'no-such-package';`, 'cannot be loaded: '],
  ])('that exports %s is refused in one sentence', async (_what, text, sentence) => {
    const file = write(text);
    await expect(loadHandlers(file)).rejects.toMatchObject({ exitCode: 2 });
    await expect(loadHandlers(file)).rejects.toThrow(sentence);
    await expect(loadHandlers(file)).rejects.toThrow(/^The [^\n]+\.$/);
  });

  it('that is missing is named', async () => {
    await expect(loadHandlers(join(directory, 'none.mjs'))).rejects.toThrow(
      /^The handlers file .*none\.mjs does not exist\.$/,
    );
  });
});
