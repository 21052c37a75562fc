/** Bad input: one clear sentence on stderr, nothing on stdout, the right exit code. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOrdinaryUser } from '../ordinary-user.ts';
import { commandLine } from './command-line.ts';

let directory: string;
const at = (name: string) => join(directory, name);

beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'lifeline-refusals-')));
  mkdirSync(at('tree/inside'), { recursive: true });
  writeFileSync(at('file'), 'x');
  writeFileSync(at('good.ndjson'), '{"handler":"shell","input":{"command":"true"}}\n');
  writeFileSync(at('bad.ndjson'), '{"handler":"shell","input":{"command":"true"}}\n{"handler":\n');
  writeFileSync(at('unknown.ndjson'), '{"handler":"resize","input":{}}\n');
  writeFileSync(
    at('big.ndjson'),
    JSON.stringify({ handler: 'shell', input: { command: 'true', stdin: 'x'.repeat(300_000) } }),
  );
  writeFileSync(at('bad.yaml'), 'period: 1s\nperiode: 2s\n');
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const onesWithoutData: readonly (readonly [string, readonly string[], number, string])[] = [
  ['an unknown command', ['ingset', 'a', 'b'], 2, "Unknown command 'ingset'; do you mean ingest?"],
  [
    'an unknown flag',
    ['list', '--perod', '1s'],
    2,
    "Unknown option '--perod'; do you mean --period?",
  ],
  ['a missing argument', ['ingest', 'a'], 2, "Missing required argument 'target'"],
  ['an argument too many', ['list', 'a'], 2, 'Too many arguments'],
  ['a flag without its value', ['list', '--period'], 2, "--period <TIME>' argument missing"],
  ['nothing to run', ['run'], 2, 'Say what to run'],
  [
    'a file and a command',
    ['run', 'a.ndjson', '--', 'true'],
    2,
    'Give either a work file or a command',
  ],
  ['no command behind --', ['run', '--'], 2, 'Give a command behind "--".'],
  [
    'a command where none belongs',
    ['list', '--', 'true'],
    2,
    'Only `lifeline run` takes a command',
  ],
  ['an instant that is none', ['history', '--from', 'yesterday'], 2, '--from is no instant'],
  ['a limit of 0', ['history', '--limit', '0'], 2, '--limit must be a whole number from 1 on'],
  ['attempt 0', ['log', 'x', '--attempt', '0'], 2, '--attempt must be a whole number from 1 on'],
  [
    'two ways to print a log',
    ['log', 'x', '--raw', '--all'],
    2,
    '--all and --raw exclude each other',
  ],
  ['one agent for the demo', ['demo', '--agents', '1'], 2, 'The demo needs two agents'],
  ['a demo of no files', ['demo', '--files', '0'], 2, '--files must be a whole number from 100 to'],
  [
    'a timeout that is no multiple',
    ['list', '--timeout', '25s'],
    2,
    'must be a multiple (2 or more)',
  ],
  [
    'a timeout not over period + delay',
    ['list', '--period', '10s', '--delay', '15s', '--timeout', '20s'],
    2,
    'greater than period + delay (25000 ms), not 20000 ms: use 30000 ms.',
  ],
  ...['0', '-1s', 'NaN', '2147483648ms', 'soon'].flatMap((duration) =>
    ['--period', '--idle', '--task-timeout'].map(
      (flag) =>
        [`${flag}=${duration}`, ['run', '-', `${flag}=${duration}`], 2, `${flag} `] as const,
    ),
  ),
  ['an illegal namespace', ['list', '--namespace', 'a.b'], 2, 'The namespace "a.b" is not allowed'],
  ...['a.b', '*', '>', 'a b', 'a\nb', '..', 'x'.repeat(65)].flatMap((id) => [
    [`show ${id.slice(0, 5)}`, ['show', id], 2, 'is not allowed: use 1 to 64 of'] as const,
    [`a job called ${id.slice(0, 5)}`, ['run', '-', '--job', id], 2, 'The job name '] as const,
  ]),
  [
    'a data directory that is none',
    ['list'],
    3,
    'There is no controller, and nothing was ever run in',
  ],
  ['a job to retry where none is', ['retry', 'x'], 3, 'There is no controller'],
];

describe('the command line refuses', () => {
  it.each(onesWithoutData)('%s', async (_what, argv, code, sentence) => {
    const ran = await commandLine(argv, { env: { LIFELINE_DATA: at('nothing') } });
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err).toContain(sentence);
    expect(ran.err).toMatch(/^lifeline: .+[.?]\n$/);
  });

  it.each<readonly [string, readonly string[], string]>([
    ['a source that is missing', ['ingest', 'no-such', 'target'], 'does not exist.'],
    ['a source that is a file', ['ingest', 'file', 'target'], 'is not a directory'],
    [
      'a target inside the source',
      ['ingest', 'tree', 'tree/inside/deep'],
      'lies inside the source',
    ],
    ['the source as target', ['ingest', 'tree', 'tree'], 'are the same'],
    ['a work file that is missing', ['run', 'no-such.ndjson'], 'no-such.ndjson does not exist.'],
    ['a bad line', ['run', 'bad.ndjson'], 'Line 2 of bad.ndjson is not JSON: '],
    [
      'an unknown handler',
      ['run', 'unknown.ndjson'],
      'names the handler "resize"; known are shell, ingest.',
    ],
    [
      'an input over 256 KB',
      ['run', 'big.ndjson'],
      'Line 1 of big.ndjson cannot be taken: The input is 293 KB',
    ],
    [
      'a configuration it does not know',
      ['list', '--config', 'bad.yaml'],
      'bad.yaml:2: There is no setting "periode"',
    ],
  ])('%s', async (_what, argv, sentence) => {
    const inside = argv.map((word, i) => (i > 0 && !word.startsWith('-') ? at(word) : word));
    const ran = await commandLine(inside, { env: { LIFELINE_DATA: at('nothing') } });
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err.split(directory).join('')).toContain(sentence);
    expect(ran.err).toMatch(/^lifeline: .+[.?]\n$/);
  });

  it.each([
    ['a work file', ['run', 'good.ndjson'], 'cannot be used'],
    ['a command', ['run', '--', 'true'], 'The data directory '],
    ['a tree', ['ingest', 'tree', 'target'], 'cannot be used'],
    ['a list', ['list'], 'cannot be read'],
  ])('%s when the data directory is a file', async (_what, [verb, ...rest], sentence) => {
    const words = rest.map((word) => (verb === 'ingest' || word.includes('.') ? at(word) : word));
    const ran = await commandLine([verb!, '--data', at('file'), ...words]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(sentence);
    expect(ran.err).toMatch(/^lifeline: .+[.?]\n$/);
  });

  it.each(['tree', 'tree/.lifeline', 'tree/inside/new/data'])(
    'a data directory %s',
    async (name) => {
      const ran = await commandLine(['ingest', at('tree'), at('target'), '--data', at(name)]);
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err).toContain('lies inside the source: choose another with --data.');
    },
  );

  it('a source directory that may not be read', async () => {
    mkdirSync(at('closed'), { mode: 0o000 });
    const argv = JSON.stringify(['ingest', at('closed'), at('target')]);
    const call = `it.commandLine(${argv})`;
    expect(await asOrdinaryUser(directory, './cli/command-line.ts', call)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('may not be read by this user.') as string,
    });
  });

  it('without having made a data directory', () => {
    expect(existsSync(at('nothing'))).toBe(false);
  });

  it('shows the stack only with --log-level debug', async () => {
    const ran = await commandLine(['list', '--data', at('nothing'), '--log-level', 'debug']);
    expect(ran.err).toMatch(/^lifeline: There is no controller.*\n.*\n +at /);
  });
});

describe('the command line helps', () => {
  it.each([[[]], [['--help']], [['-h']]])('with %j', async (argv) => {
    const { code, out } = await commandLine(argv);
    expect(code).toBe(0);
    for (const verb of ['run', 'ingest|start', 'list', 'show', 'log', 'explain', 'history', 'demo'])
      expect(out).toContain(`  ${verb} `);
    expect(out).toContain('Exit codes: 0 all done');
  });

  it('with the flags of a command and those that all have', async () => {
    const { out } = await commandLine(['ingest', '--help']);
    expect(out).toContain('--files-per-task <N>');
    expect(out).toContain('--period <TIME>');
  });

  it('with its version', async () => {
    expect(await commandLine(['--version'])).toEqual({ code: 0, out: '9.9.9\n', err: '' });
  });
});
