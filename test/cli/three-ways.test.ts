/**
 * One controller, asked three ways: over HTTP, over NATS, and its idle directory when it has ended. All
 * commands that only tell print the same, byte for byte.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestNats, type TestNats } from '../nats.ts';
import { commandLine, startCommandLine, type Ran } from './command-line.ts';

const QUICK = ['--period', '200ms', '--delay', '100ms', '--timeout', '10s'];

/** Lines of work: well, failed, bytes that are no text, parked by nobody. */
const WORK = [
  { id: 'well', script: 'echo "out of well"; echo "err of well" >&2' },
  { id: 'fails', script: 'echo "\\033[31mred\\033[0m"; exit 3' },
  { id: 'bytes', script: "printf 'a\\000\\377b'" },
];

/** What is asked, by what it is about. What the end of a controller adds to the journal is left out. */
const asked: readonly (readonly [string, readonly string[], number])[] = [
  ['the jobs', ['list'], 0],
  ['the jobs as JSON', ['list', '--json'], 0],
  ['a job', ['show', 'table'], 0],
  ['a job as JSON', ['show', 'table', '--json'], 0],
  ['work', ['show', 'fails'], 0],
  ['work as JSON', ['show', 'fails', '--json'], 0],
  ['what nobody knows', ['show', 'nobody'], 4],
  ['a log', ['log', 'well'], 0],
  ['stdout of a log', ['log', 'well', '--stdout'], 0],
  ['stderr of a log', ['log', 'well', '--stderr'], 0],
  ['all of a log', ['log', 'fails', '--all'], 0],
  ['the records of a log', ['log', 'bytes', '--raw'], 0],
  ['a log as JSON', ['log', 'bytes', '--json'], 0],
  ['a log that is followed', ['log', 'well', '--follow'], 0],
  ['the log of an attempt', ['log', 'well', '--attempt', '1'], 0],
  ['the log of no attempt', ['log', 'well', '--attempt', '2'], 4],
  ['the log of nobody', ['log', 'nobody'], 4],
  ['the log of nobody, followed', ['log', 'nobody', '--follow'], 4],
  ['why', ['explain', 'fails'], 0],
  ['why, as JSON', ['explain', 'fails', '--json'], 0],
  ['why of nobody', ['explain', 'nobody'], 4],
  ['the history of a job', ['history', '--job', 'table'], 0],
  ['the history as JSON', ['history', '--job', 'table', '--json'], 0],
  ['some of the history', ['history', '--kind', 'assign,done', '--limit', '2'], 0],
  ['a span of the history', ['history', '--job', 'table', '--from', '1h', '--to', '1ms'], 0],
  ['no history', ['history', '--job', 'nobody'], 0],
  ['a watched job', ['watch', 'table'], 1],
  ['a watched job as JSON', ['watch', 'table', '--json'], 1],
  ['a watched job that is none', ['watch', 'nobody'], 4],
  ['what runs', ['ps'], 0],
  ['what runs, as JSON', ['ps', '--json'], 0],
  ['a retry of nobody', ['retry', 'nobody'], 4],
  ['an accept of what is not parked', ['accept', 'well'], 2],
  ['a cancel of what has ended', ['cancel', 'well'], 0],
  ['a stop of what has ended', ['stop', 'table'], 2],
  ['a drain of nobody', ['drain', 'nobody'], 4],
];

let directory: string;
let nats: TestNats;
const told = new Map<string, readonly [Ran, Ran, Ran]>();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-three-ways-'));
  const data = join(directory, 'data');
  nats = await startTestNats();
  const node = ['--data', data, '--nats', nats.url, '--port', '0', '--agents', '1', ...QUICK];
  const up = startCommandLine(['up', ...node, '--log-level', 'silent']);
  await up.says('is ready at');
  const lines = WORK.map(({ id, script }) =>
    JSON.stringify({ handler: 'shell', input: { command: 'sh', args: ['-c', script] }, id }),
  );
  writeFileSync(join(directory, 'work.ndjson'), lines.join('\n'));
  const run = ['run', join(directory, 'work.ndjson'), '--job', 'table', '--data', data];
  expect(await commandLine(run)).toMatchObject({ code: 1 });
  // Logs come behind the endings.
  for (const { id } of WORK) await untilComplete(['log', id, '--data', data]);
  const inData = ['--data', data];
  const elsewhere = ['--data', join(directory, 'nothing')];
  const asking = (way: readonly string[]) =>
    Promise.all(asked.map(([, argv]) => commandLine([...argv, ...way])));
  const http = await asking(inData);
  const overNats = await asking([...elsewhere, '--url', nats.url]);
  up.interrupt();
  expect(await up.ran).toMatchObject({ code: 0 });
  for (const [index, [what, argv]] of asked.entries()) {
    const idle = await commandLine([...argv, ...inData]);
    told.set(what, [http[index]!, overNats[index]!, idle]);
  }
});

afterAll(async () => {
  await nats.close();
  rmSync(directory, { recursive: true, force: true });
});

const untilComplete = (argv: readonly string[]) =>
  vi.waitFor(
    async () => {
      const { out, err } = await commandLine(argv);
      expect(out).not.toBe('');
      expect(err).not.toContain('bytes are here');
    },
    { timeout: 30_000, interval: 100 },
  );

describe('over HTTP, over NATS and from an idle directory', () => {
  it.each(asked)('%s', (what, _argv, code) => {
    const [http, overNats, idle] = told.get(what)!;
    expect(http.code).toBe(code);
    expect(overNats).toEqual(http);
    expect(idle).toEqual(http);
  });

  it('tells something', () => {
    const outs = [...told.values()].map(([{ out }]) => out);
    expect(outs.filter((out) => out !== '').length).toBeGreaterThan(20);
    const [log] = told.get('a log')!;
    expect(log).toMatchObject({ out: 'out of well\n', err: 'err of well\n' });
    const [why] = told.get('why')!;
    expect(why.out).toContain('exit code 3');
  });
});
