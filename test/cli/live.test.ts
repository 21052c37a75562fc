/** Commands against a controller at work in the same data directory, asked over HTTP. */
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import type { JobView, SubTransactionView } from '../../actors/views.ts';
import type { AgentList } from '../../cli/agents.ts';
import { openGate } from '../process/gate.ts';
import { commandLine, startCommandLine, type Running } from './command-line.ts';

const QUICK = ['--period', '500ms', '--delay', '500ms', '--timeout', '30s'];

let directory: string;
let up: Running;
const at = (name: string) => join(directory, name);
const data = () => ['--data', at('data')];

const ask = (verb: string, ...rest: readonly string[]) => commandLine([verb, ...data(), ...rest]);
async function json<T>(verb: string, ...rest: readonly string[]): Promise<T> {
  const { out, err } = await ask(verb, '--json', ...rest);
  expect(err).toBe('');
  return JSON.parse(out) as T;
}

/** A work file of one task that waits at its gate, and how to let it through. */
function gated(name: string) {
  const gate = at(`gate-${name}`);
  execFileSync('mkfifo', [gate]);
  const input = { command: 'sh', args: ['-c', `read key < ${gate}`] };
  writeFileSync(at(`${name}.ndjson`), JSON.stringify({ handler: 'shell', input, id: name }));
  return { argv: ['run', at(`${name}.ndjson`), '--job', name], open: () => openGate(gate, 1) };
}

/** Resolves when the task is out at an agent. */
const untilOut = (id: string) =>
  vi.waitFor(async () => expect((await ask('ps')).out).toMatch(new RegExp(`^${id} `, 'm')), {
    timeout: 30_000,
    interval: 100,
  });

beforeAll(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'lifeline-live-')));
  const flags = ['--port', '0', '--agents', '1', '--slots', '2', ...QUICK];
  up = startCommandLine(['up', ...data(), ...flags, '--log-level', 'silent']);
  await up.says('is ready at');
});

afterAll(async () => {
  up.interrupt();
  up.interrupt();
  await up.ran;
  rmSync(directory, { recursive: true, force: true });
});

describe('lifeline handler', () => {
  it('sets, gets, lists and removes a configuration, on top of what there is', async () => {
    const { out } = await ask(
      'handler',
      'set',
      'zoom',
      '--max-retries',
      '3',
      '--property',
      'dpi=300',
    );
    expect(out).toBe('"zoom" is at version 1: maxRetries 3, properties {"dpi":300}\n');
    await ask('handler', 'set', 'zoom', '--task-timeout', '10m');
    expect(await json('handler', 'get', 'zoom')).toMatchObject({
      version: 2,
      config: { maxRetries: 3, timeoutMs: 600_000, properties: { dpi: 300 } },
      versions: [{ version: 2 }, { version: 1, config: { maxRetries: 3 } }],
    });
    expect((await ask('handler', 'get', 'zoom', '1')).out).toMatch(/^"zoom" is at version 1: max/);
    expect((await ask('handler', 'get', 'zoom', '3')).code).toBe(4);
    expect((await ask('handler', 'remove', 'zoom', '1')).err).toContain('takes a version; leave 1 out'); // prettier-ignore
    expect((await ask('handler', 'list')).out).toMatch(/^zoom +0 +2 +maxRetries 3, /m);
    expect((await ask('handler', 'get', 'zoom', '--max-retries', '1')).err).toContain('Only `lifeline handler set`'); // prettier-ignore
    expect((await ask('handler', 'set', 'zoom', '--max-retries', '101')).code).toBe(2);
    await ask('handler', 'remove', 'zoom');
    expect((await ask('handler', 'get', 'zoom')).out).toContain('"zoom" has no configuration');
    expect((await ask('handler', 'remove', 'zoom')).code).toBe(4);
    expect((await ask('decide', 'zoom')).err).toContain('Say how to decide: --done or --redo.');
  });
});

describe('lifeline prune', () => {
  it('takes no limits for a controller at work, which has its own', async () => {
    const { code, err } = await ask('prune', '--keep', '0s');
    expect(code).toBe(2);
    expect(err).toContain('deletes by the --keep that it was started with: leave the flag out');
  });
});

describe('lifeline run', () => {
  it('prints what a command prints, and ends as it does', async () => {
    const script = 'printf "a\\0b"; echo oops >&2; exit 9';
    const ran = await ask('run', '--', 'sh', '-c', script);
    expect(ran).toMatchObject({ code: 1, out: 'a\0b' });
    expect(ran.err).toMatch(/^oops\nfailed {2}run-[0-9a-f]{8}-\S+ {2}error: exit code 9: oops$/m);
  });

  it('does the lines of a file, with the policy that is wanted, run after run', async () => {
    const lines = ['true', 'false'].map((command) => ({ handler: 'shell', input: { command } }));
    writeFileSync(at('two.ndjson'), lines.map((line) => JSON.stringify(line)).join('\n'));
    for (const generation of [1, 2]) {
      const flags = ['--job', 'two', '--retries', '1', '--json'];
      const { code, out } = await ask('run', at('two.ndjson'), ...flags);
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({
        ...{ name: 'two', generation, state: 'finished', total: 2, done: 1, failed: 1, retried: 1 },
        unwell: [{ state: 'failed', cause: 'error', message: 'exit code 1' }],
      });
    }
  });

  it('takes work from stdin', async () => {
    const stdin = '{"handler":"shell","input":{"command":"true"}}\n'.repeat(3);
    const ran = await commandLine(['run', '-', '--job', 'stdin', ...data()], { stdin });
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toContain('stdin: 3 of 3 tasks done, in ');
    expect(readdirSync(at('data/work'))).toEqual([]);
  });

  it.each([
    ['a handler that nobody has', '{"handler":"resize","input":{}}', 'names the handler "resize"'],
    ['an input that does not fit', '{"handler":"shell","input":{}}', 'Line 1 of bad.ndjson'],
  ])('refuses %s before anything is begun', async (_what, line, sentence) => {
    writeFileSync(at('bad.ndjson'), line);
    const ran = await ask('run', at('bad.ndjson'), '--job', 'bad');
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(sentence);
    expect(await ask('show', 'bad')).toMatchObject({ code: 4 });
  });

  it.each([['--agents'], ['--slots']])(
    'refuses %s, which is for agents of its own',
    async (flag) => {
      const ran = await ask('run', flag, '2', '--', 'true');
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err).toMatch(`lifeline: ${flag} is for agents of the command's own`);
    },
  );

  it('leaves the job to the controller when it is interrupted, and the same command comes back', async () => {
    const { argv, open } = gated('left');
    const first = startCommandLine([...argv, ...data()]);
    await untilOut('left');
    first.interrupt();
    const { code, err } = await first.ran;
    expect(code).toBe(130);
    expect(err).toContain('lifeline: Interrupted; "left" goes on: `lifeline watch left` shows it');
    const again = startCommandLine([...argv, ...data()]);
    await again.says('Going on with run 1 of "left"');
    const close = open();
    expect(await again.ran).toMatchObject({ code: 0 });
    close();
    expect(await json<JobView>('show', 'left')).toMatchObject({ generation: 1, done: 1 });
  });
});

describe('lifeline ingest', () => {
  it('has the controller copy a tree, and tells what was copied', async () => {
    mkdirSync(at('source/deep'), { recursive: true });
    for (const name of ['a', 'deep/b']) writeFileSync(at(`source/${name}`), name);
    const first = await ask('ingest', at('source'), at('target'), '--files-per-task', '1');
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toContain(
      '2 files copied (7 bytes), 0 unchanged, 0 links made, 2 directories',
    );
    expect(existsSync(at('target/deep/b'))).toBe(true);
    const second = await ask('start', at('source'), at('target'), '--json');
    expect(JSON.parse(second.out)).toMatchObject({
      generation: 2,
      startedBy: expect.stringMatching(/^cli:/) as string,
      summary: { copied: 0, unchanged: 2 },
      unwell: [],
    });
  });

  it('is told what is wrong with the paths', async () => {
    const ran = await ask('ingest', at('missing'), at('target'));
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toBe(`lifeline: The source ${at('missing')} does not exist.\n`);
    const { url } = JSON.parse(
      (await ask('up')).err.replace(/^.*answers at (\S+?):? .*$/s, '{"url":"$1"}'),
    ) as {
      readonly url: string;
    };
    const elsewhere = await ask('ingest', at('missing'), at('target'), '--url', url);
    expect(elsewhere.err).toContain(`paths are those of the machine of the controller at ${url}.`);
    const inside = await ask('ingest', directory, at('target'));
    expect(inside).toMatchObject({ code: 2 });
    expect(inside.err).toContain('lies inside the source');
  });
});

describe('what runs', () => {
  it('is listed, watched, drained and stopped', async () => {
    const { argv } = gated('held');
    const run = startCommandLine([...argv, ...data()]);
    await untilOut('held');
    const { items } = await json<{ readonly items: readonly SubTransactionView[] }>('ps');
    expect(items).toMatchObject([
      { id: 'held', job: 'held', handler: 'shell', agent: 'agent-1', attempt: 1, progress: null },
    ]);
    expect((await ask('list')).out).not.toContain('Nothing runs now');
    const watching = startCommandLine(['watch', 'held', '--json', ...data()]);
    await watching.says('"name":"held"');

    const drained = await ask('drain', 'agent-1');
    expect(drained.out).toBe('"agent-1" is given nothing new; 1 task still out there.\n');
    const waiting = startCommandLine(['drain', 'agent-1', '--wait', ...data()]);
    await waiting.says('1 task still out there');
    expect((await json<AgentList>('agents')).items).toMatchObject([
      { id: 'agent-1', slots: 2, inFlight: 1, draining: true },
    ]);

    const stopped = await json<JobView>('stop', 'held');
    expect(stopped).toMatchObject({
      name: 'held',
      state: expect.stringMatching(/^stop/) as string,
    });
    expect((await run.ran).out).toContain('held: 0 of 1 task done, 1 cancelled, stopped, in ');
    const watched = await watching.ran;
    expect(watched.code).toBe(1);
    const last = watched.out.trimEnd().split('\n').at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ state: 'stopped', cancelled: 1 });
    expect((await waiting.ran).out).toBe('"agent-1" is given nothing new; nothing is out there.\n');
    expect(await ask('ps')).toMatchObject({ out: 'Nothing runs now.\n' });
    const undone = await ask('drain', 'agent-1', '--undo');
    expect(undone.out).toBe('"agent-1" is given work again.\n');
    expect((await ask('agents')).out).toMatch(
      /^agent-1 +(connected|reconciled) +2 +0 +0 +0 +[\d.]+ m?s +1 +no +shell, ingest /m,
    );
  });

  it('is watched until somebody interrupts', async () => {
    const { argv, open } = gated('looked-at');
    const run = startCommandLine([...argv, ...data()]);
    await untilOut('looked-at');
    const watching = startCommandLine(['watch', 'looked-at', ...data()]);
    await watching.says('0 of 1 done');
    watching.interrupt();
    expect(await watching.ran).toMatchObject({ code: 130, out: '' });
    const close = open();
    expect(await run.ran).toMatchObject({ code: 0 });
    close();
  });

  it('is decided on: a retry is taken up at once', async () => {
    const failed = await ask('run', '--job', 'again', '--json', '--', 'false');
    const [{ id }] = (JSON.parse(failed.out) as { unwell: [{ id: string }] }).unwell;
    const { out } = await ask('retry', id);
    const [, anew] = /anew as "(.*)"\.\n$/.exec(out)!;
    await vi.waitFor(
      async () => expect(await json('show', anew!)).toMatchObject({ state: 'failed', retryOf: id }),
      { timeout: 30_000, interval: 100 },
    );
  });
});

describe('a controller that is not there', () => {
  const hasty = (url: string) => commandLine(['list', '--url', url], { haste: 10 });

  it.each([
    ['nobody', 'http://127.0.0.1:1', 'No controller answers at http://127.0.0.1:1: start one with'],
    ['no broker', 'nats://127.0.0.1:1', '127.0.0.1:1'],
  ])('is given up after 5 s: %s', async (_what, url, sentence) => {
    const startedAt = systemClock.elapsed();
    const ran = await hasty(url);
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.err).toContain(sentence);
    // A tenth of the 5 s, less the last pause.
    expect(systemClock.elapsed() - startedAt).toBeGreaterThan(400);
  });

  it('is not taken for one when something else answers', async () => {
    const server = createServer((_request, response) => response.end('<html></html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ran = await hasty(url);
    server.close();
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.err).toContain(`What answers at ${url} is no controller of Lifeline`);
  });
});

describe('an idle directory with a job that was cut short', () => {
  it('tells that nothing runs, and takes decisions for later', async () => {
    const idle = ['--data', at('idle')];
    const idly = (verb: string, ...rest: readonly string[]) =>
      commandLine([verb, ...idle, ...rest]);
    const { argv } = gated('cut');
    const run = startCommandLine([...argv, ...idle, '--agents', '1', '--slots', '1', ...QUICK]);
    await vi.waitFor(async () => expect((await idly('ps')).out).toMatch(/^cut /m), {
      timeout: 30_000,
      interval: 100,
    });
    run.interrupt();
    run.interrupt();
    expect(await run.ran).toMatchObject({ code: 130 });
    expect((await idly('list')).out).toContain('Nothing runs now. The command that began');
    expect(await idly('ps')).toMatchObject({ code: 0, out: 'Nothing runs now.\n' });
    const watched = await idly('watch', 'cut');
    expect(watched).toMatchObject({ code: 3, out: '' });
    expect(watched.err).toContain('but no controller is at work in');
    expect(await idly('drain', 'agent-1', '--wait')).toMatchObject({ code: 3, out: '' });
    expect((await idly('agents')).out).toMatch(
      /^agent-1 +not known: no controller runs +1 +- +- +0 +- +1 +yes /m,
    );
    expect((await idly('drain', 'agent-1', '--undo')).out).toBe('"agent-1" is given work again.\n');
    expect((await idly('stop', 'cut')).out).toContain('which happens with the next `lifeline run`');
  });
});
