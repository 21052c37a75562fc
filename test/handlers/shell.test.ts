/**
 * The shell handler with real processes, contained by a namespace (where this host allows one) and by a
 * process group alone.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { findContainment, groupContainment } from '../../handlers/containment.ts';
import type { Handler, Runner } from '../../handlers/handler.ts';
import { createRunner } from '../../handlers/runner.ts';
import { createShell } from '../../handlers/shell.ts';
import type { ShellInput } from '../../handlers/shell.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { fence, logOf, observe, work } from './observe.ts';
import { pidsWith, programOf, until } from './processes.ts';

const found = await findContainment();
const containments = [
  groupContainment('for this test'),
  ...(found.kind === 'group' ? [] : [found]),
];

let directory: string;
beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'lifeline-shell-')));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe.each(containments)('shell in a $kind', (containment) => {
  let runner: Runner;
  let births = 0;
  beforeAll(() => {
    runner = openRunner();
  });
  afterAll(() => runner.close());

  const openRunner = () =>
    createRunner({
      handlers: [createShell({ containment, timer: systemClock }) as Handler],
      logs: createMemorySpool(),
      clock: systemClock,
      idleThreads: 1,
    });
  function start(input: ShellInput, on = runner) {
    births += 1;
    const token = fence(births);
    const observed = observe(on, work('shell', input, token));
    return { ...observed, token, log: (stream: 'out' | 'err') => logOf(on, token, stream) };
  }
  const bash = (script: string, ...args: string[]): ShellInput => ({
    command: 'bash',
    args: ['-c', script, ...args],
  });
  /** A name that only the processes of this test carry. */
  const mark = (name: string) => `lifeline-${name}-${containment.kind}-${process.pid}`;

  it('runs a command, without a shell between, and keeps its output', async () => {
    const task = start({ command: 'printf', args: ['%s|', 'a b', '$HOME', '*;exit 1'] });
    expect(await task.ended).toEqual({
      kind: 'done',
      result: { exitCode: 0, outBytes: 19, errBytes: 0 },
    });
    expect(task.log('out')).toBe('a b|$HOME|*;exit 1|');
  });

  it('fails with the exit code and the last lines of stderr', async () => {
    const task = start(bash('for n in 1 2 3 4 5; do echo "line $n" >&2; done; exit 3'));
    expect(await task.ended).toEqual({
      kind: 'failed',
      cause: 'error',
      message: 'exit code 3: line 3\nline 4\nline 5',
      detail: {
        exitCode: 3,
        signal: null,
        stderrTail: 'line 1\nline 2\nline 3\nline 4\nline 5\n',
      },
    });
    expect(task.log('err')).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n');
  });

  it.each([
    ['SEGV', 139],
    ['ABRT', 134],
    ['TERM', 143],
    ['KILL', 137],
  ])(
    'fails when the command dies of SIG%s, with nothing added to its stderr',
    async (name, code) => {
      const task = start(bash(`kill -${name} $$`));
      expect(await task.ended).toEqual({
        kind: 'failed',
        cause: 'error',
        message: `exit code ${code} (SIG${name})`,
        detail: { exitCode: code, signal: `SIG${name}`, stderrTail: '' },
      });
    },
  );

  it('shows no terminal sequences in its message', async () => {
    const task = start(bash("printf '\\033[31mred\\033[0m \\007alert\\r\\n' >&2; exit 1"));
    expect(await task.ended).toMatchObject({ message: 'exit code 1: red alert' });
  });

  it('builds the environment from nothing', async () => {
    process.env['LIFELINE_TEST_SECRET'] = 'seed';
    const task = start({ command: 'env', env: { GREETING: 'hello', LIFELINE_ID: 'forged' } });
    await task.ended;
    delete process.env['LIFELINE_TEST_SECRET'];
    const names = task.log('out').trim().split('\n');
    expect(names).toContain('GREETING=hello');
    expect(names).toContain(`LIFELINE_ID=id-${task.token.birth}`);
    expect(names).toContain('LIFELINE_ATTEMPT=1');
    expect(names).toContain(`LIFELINE_FENCE=${task.token.birth}-1`);
    const legal = /^(PATH|HOME|LANG|TZ|GREETING|PWD|OLDPWD|SHLVL|_|LIFELINE_[A-Z]+)=/;
    expect(names.filter((line) => !legal.test(line) || line.includes('SECRET'))).toEqual([]);
  });

  it('gives what is to be read to stdin, and takes it easy when nobody reads it', async () => {
    const task = start({ command: 'tr', args: ['a-z', 'A-Z'], stdin: 'grüße\n' });
    await task.ended;
    expect(task.log('out')).toBe('GRüßE\n');
    const deaf = start({ command: 'true', stdin: 'x'.repeat(200_000) });
    expect(await deaf.ended).toMatchObject({ kind: 'done' });
    const empty = start({ command: 'cat' });
    expect(await empty.ended).toMatchObject({ kind: 'done', result: { outBytes: 0 } });
  });

  it('runs in the directory it is given', async () => {
    const task = start({ command: 'pwd', args: ['-P'], cwd: directory });
    await task.ended;
    expect(task.log('out')).toBe(`${directory}\n`);
  });

  it.each<[string, ShellInput, string]>([
    [
      'a command that is missing',
      { command: 'no-such-tool' },
      'The command "no-such-tool" was not found.',
    ],
    ['a path that is missing', { command: './nothing' }, 'The command "./nothing" was not found.'],
    [
      'a file that is no program',
      { command: '/etc/passwd' },
      'The command "/etc/passwd" was not found.',
    ],
    ['a directory', { command: '/tmp' }, 'The command "/tmp" was not found.'],
    ['an empty PATH', { command: 'true', env: { PATH: '' } }, 'The command "true" was not found.'],
    [
      'a directory that is missing',
      { command: 'true', cwd: '/no/such/place' },
      'The directory "/no/such/place" was not found on the agent.',
    ],
  ])('fails for %s', async (_name, input, message) => {
    expect(await start(input).ended).toMatchObject({ kind: 'failed', cause: 'error', message });
  });

  it('fails, and does not throw, when the system refuses the start', async () => {
    const task = start({ command: 'true', args: ['x'.repeat(150_000)] });
    expect(await task.ended).toMatchObject({ kind: 'failed', cause: 'error' });
    const script = join(directory, 'no-interpreter');
    writeFileSync(script, '#!/no/such/interpreter\n', { mode: 0o755 });
    expect(await start({ command: script }).ended).toMatchObject({ kind: 'failed' });
  });

  it.each<[string, unknown]>([
    ['a NUL', { command: 'a\0b' }],
    ['no command', { args: [] }],
    ['a name that is no name of a variable', { command: 'true', env: { 'A-B': 'x' } }],
    ['an unknown property', { command: 'true', shell: true }],
  ])('refuses an input with %s', async (_name, input) => {
    const { ended } = start(input as ShellInput);
    expect(await ended).toMatchObject({ kind: 'failed', cause: 'refused' });
  });

  it('keeps binary output byte by byte', async () => {
    const file = join(directory, 'binary');
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7919) % 256));
    writeFileSync(file, bytes);
    const task = start({ command: 'cat', args: [file] });
    expect(await task.ended).toMatchObject({ result: { outBytes: bytes.length } });
    const { logs } = runner;
    const { createRecordReader } = await import('../../handlers/log-records.ts');
    const read = createRecordReader().push(logs.read(task.token, 0, logs.length(task.token)));
    expect(Buffer.concat(read.map((record) => record.bytes)).equals(bytes)).toBe(true);
  });

  it('takes more output than a log may hold, and says where the log ends', async () => {
    const task = start(bash('head -c 200000000 /dev/zero'));
    expect(await task.ended).toMatchObject({ result: { outBytes: 200_000_000 } });
    expect(runner.logs.length(task.token)).toBeLessThanOrEqual(64 * 1024 * 1024);
    const tail = runner.logs.read(task.token, runner.logs.length(task.token) - 100, 100);
    expect(Buffer.from(tail).toString()).toContain('The log ends here');
  });

  it('asks to stop with SIGTERM, which the command may use to tidy up', async () => {
    const task = start(bash('trap "echo tidy; exit 0" TERM; echo ready; sleep 1000 & wait'));
    await until(() => task.log('out').includes('ready'));
    runner.stop(task.token, 'abort');
    expect(await task.ended).toMatchObject({ kind: 'done' });
    expect(task.log('out')).toBe('ready\ntidy\n');
  });

  it('ends a command that does not care for SIGTERM by default', async () => {
    const seconds = `1000.${process.pid}${containment.kind.length}`;
    const task = start({ command: 'sleep', args: [seconds] });
    // The command itself: the processes around it are of other programs.
    const sleeping = () => pidsWith(seconds).some((pid) => programOf(pid) === 'sleep');
    await until(sleeping);
    runner.stop(task.token, 'abort');
    expect(await task.ended).toEqual({ kind: 'stopped' });
  });

  it('kills a command that ignores SIGTERM, with all that it has started', async () => {
    const name = mark('stubborn');
    const task = start(bash('trap "" TERM; bash -c "sleep 1000; :" $0 & echo ready; wait', name));
    await until(() => task.log('out').includes('ready'));
    await until(() => pidsWith(name).length > 0);
    runner.stop(task.token, 'abort');
    runner.stop(task.token, 'kill');
    expect(await task.ended).toEqual({ kind: 'stopped' });
    expect(pidsWith(name)).toEqual([]);
  });

  it('takes along what a command leaves behind, before it reports the end', async () => {
    const name = mark('left');
    const task = start(bash('bash -c "sleep 1000; :" $0 & echo left', name));
    expect(await task.ended).toMatchObject({ kind: 'done' });
    expect(pidsWith(name)).toEqual([]);
    expect(task.log('out')).toBe('left\n');
  });

  it('kills everything when the runner is closed', async () => {
    const name = mark('closed');
    const closing = openRunner();
    const task = start(bash('echo ready; sleep 1000; :', name), closing);
    await until(() => task.log('out').includes('ready'));
    await closing.close();
    expect(await task.ended).toEqual({ kind: 'stopped' });
    expect(pidsWith(name)).toEqual([]);
  });

  it.runIf(containment.kind === 'namespace')('kills what calls setsid, too', async () => {
    const name = mark('setsid');
    const task = start(bash('setsid bash -c "echo ready; sleep 1000; :" $0 & wait', name));
    await until(() => task.log('out').includes('ready'));
    expect(pidsWith(name)).not.toEqual([]);
    runner.stop(task.token, 'kill');
    expect(await task.ended).toEqual({ kind: 'stopped' });
    expect(pidsWith(name)).toEqual([]);
  });

  it.runIf(containment.kind === 'group')(
    'ends although an escaped child holds the pipe',
    async () => {
      const name = mark('escaped');
      const sign = join(directory, 'escaped');
      const child = `setsid bash -c "touch ${sign}; sleep 1000; :" $0`;
      const task = start(bash(`${child} & until [ -e ${sign} ]; do :; done`, name));
      expect(await task.ended).toMatchObject({ kind: 'done' });
      const escaped = pidsWith(name);
      expect(escaped).toHaveLength(1);
      for (const pid of escaped) process.kill(-pid, 'SIGKILL');
    },
  );
});

describe('findContainment', () => {
  it('says in words how tasks are contained', () => {
    expect(found.description).toMatch(
      found.kind === 'namespace' ? /^a PID namespace of its own/ : /^process group only/,
    );
  });

  it('falls back to the process group where the tools are missing', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = directory;
    const fallback = await findContainment();
    process.env['PATH'] = path;
    expect(fallback.kind).toBe('group');
    expect(fallback.description).toMatch(/are not installed\.$/);
    expect(fallback.wrap('/bin/true', ['a'])).toEqual({ file: '/bin/true', args: ['a'] });
  });
});
