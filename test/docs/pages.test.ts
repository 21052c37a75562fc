/**
 * What README.md and docs/ say exists: files and headings that links lead to, commands and their flags, alerts,
 * and settings that can be read. What their blocks do is shown by test/process/docs.test.ts.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verbs } from '../../cli/verbs.ts';
import { createCheckers } from '../../scenarios/checkers.ts';
import { planOf } from '../../scenarios/swarm.ts';
import { startCommandLine } from '../cli/command-line.ts';
import { anchorsOf, blocksOf, commandsOf, linksOf, readPages } from './blocks.ts';

const root = new URL('../../', import.meta.url);
const at = (path: string) => new URL(path, root);
const pages = readPages();
const named = pages.map((page) => [page.path, page] as const);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-pages-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** The flags that the help of a command lists. */
const flagsOf = new Map<string, Promise<ReadonlySet<string>>>();
function knownFlags(verb: string): Promise<ReadonlySet<string>> {
  let known = flagsOf.get(verb);
  if (!known) {
    known = startCommandLine([verb, '--help']).ran.then(
      ({ out }) => new Set(out.match(/--[a-z][a-z-]*/g)),
    );
    flagsOf.set(verb, known);
  }
  return known;
}

describe.each(named)('%s', (path, page) => {
  it('links to what is there', () => {
    for (const link of linksOf(page.text)) {
      const [file, anchor] = link.split('#') as [string, string?];
      const target = file === '' ? path : normalize(join(dirname(path), file));
      expect({ link, isThere: existsSync(at(target)) }).toEqual({ link, isThere: true });
      if (anchor !== undefined)
        expect([link, [...anchorsOf(readFileSync(at(target), 'utf8'))]]).toEqual([
          link,
          expect.arrayContaining([anchor]),
        ]);
    }
  });

  it('names commands and flags that exist', async () => {
    const names = new Set(verbs.flatMap((verb) => verb.names));
    for (const [verb = '', ...words] of commandsOf(page)) {
      if (!/^[a-z]/.test(verb)) continue;
      expect([...names]).toContain(verb);
      const flags = words.flatMap((word) => /^--[a-z][a-z-]*/.exec(word) ?? []);
      const known = flags.length > 0 ? await knownFlags(verb) : new Set();
      expect({ verb, unknown: flags.filter((flag) => !known.has(flag)) }).toEqual({
        verb,
        unknown: [],
      });
    }
  });

  it('shows settings that can be read', async () => {
    const shown = page.blocks.filter(({ language, text }) =>
      language === 'yaml' ? !/^(groups|scrape_configs):/m.test(text) : false,
    );
    for (const [i, { text }] of shown.entries()) {
      const file = join(directory, `${i}.yaml`);
      writeFileSync(file, text);
      const { code, err } = await startCommandLine(['config', 'check', file]).ran;
      expect({ code, err }).toEqual({ code: 0, err: '' });
    }
  });
});

describe('docs/running-it.md', () => {
  it('explains every alert of alerts.rules.yml', () => {
    const { text } = pages.find(({ path }) => path === 'docs/running-it.md')!;
    const rules = readFileSync(at('docs/alerts.rules.yml'), 'utf8');
    const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
    expect(alerts.length).toBeGreaterThan(5);
    const explained = new Set(text.match(/\bLifeline[A-Z]\w+/g));
    expect([...explained].sort()).toEqual([...alerts].sort());
  });
});

describe('docs/guarantees.md', () => {
  it('names checkers that there are', () => {
    const { text } = pages.find(({ path }) => path === 'docs/guarantees.md')!;
    const checkers = createCheckers(planOf(1).setting).map(({ name }) => name);
    const named = [...text.matchAll(/\(([^()]*`[a-z-]+`[^()]*)\)$/gm)].flatMap(([, list]) =>
      [...list!.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !checkers.includes(name))).toEqual([]);
  });
});

describe('a page', () => {
  it('is taken apart into blocks, an output with what prints it', () => {
    const text = '```ts\na\n```\n\n```\nb\n```\n\ntext\n\n```\nc\n```\n';
    expect(blocksOf(text)).toEqual([
      { language: 'ts', text: 'a\n', output: 'b\n' },
      { language: '', text: 'b\n', output: null },
      { language: '', text: 'c\n', output: null },
    ]);
  });

  it('shows its commands in blocks and in sentences', () => {
    const text = 'x `lifeline drain a1 --wait` y\n\n```sh\nlifeline list --json   # all\nExecStart=/usr/bin/lifeline agent --id a\n```\n'; // prettier-ignore
    expect(commandsOf({ text })).toEqual([
      ['list', '--json'],
      ['agent', '--id', 'a'],
      ['drain', 'a1', '--wait'],
    ]);
  });
});
