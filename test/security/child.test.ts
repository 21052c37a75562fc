/**
 * What a command of `shell` gets of the agent that runs it: nothing but the three streams and the handful
 * of variables that it is meant to have. No key in the environment, no open file, no socket.
 */
import { closeSync, mkdtempSync, openSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { findContainment } from '../../handlers/containment.ts';
import { createShell } from '../../handlers/shell.ts';

let directory: string;
let file: number;
const socket = createServer();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-child-'));
  file = openSync(join(directory, 'agent-a1.nk'), 'w', 0o600);
  await new Promise<void>((resolve) => void socket.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  closeSync(file);
  socket.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Everything that a command writes to stdout. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const { runs } = createShell({ containment: await findContainment(), timer: systemClock });
  if (runs.as !== 'process') throw new Error('A shell is a process.');
  let output = '';
  const work = { id: 'x', input: { command, args }, fence: { birth: 1, attempt: 1 } };
  await new Promise<void>((resolve) => {
    runs.start(
      work as never,
      (_stream, bytes) => (output += Buffer.from(bytes).toString()),
      () => resolve(),
    );
  });
  return output;
}

/** As an agent's owner may set them, by habit or by mistake. */
const SECRETS = {
  LIFELINE_NATS_NKEY: 'nats-keys/agent-a1.nk',
  LIFELINE_TOKEN_FILE: 'token',
  NATS_URL: 'nats://user:secret@host',
  AWS_SECRET_ACCESS_KEY: 'secret',
  NODE_OPTIONS: '--no-warnings',
  SSH_AUTH_SOCK: 'agent.sock',
};

describe('a command of shell', () => {
  it('sees no variable that the agent happens to have', async () => {
    Object.assign(process.env, SECRETS);
    try {
      const names = (await outputOf('env', [])).split('\n').map((line) => line.split('=')[0]);
      expect(names).toContain('LIFELINE_FENCE');
      expect(names.filter((name) => name! in SECRETS)).toEqual([]);
    } finally {
      for (const name of Object.keys(SECRETS)) delete process.env[name];
    }
  });

  it('holds no file or socket of the agent', async () => {
    const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const mine = [file, fd].map((each) => readlinkSync(`/proc/self/fd/${each}`));
    const open = await outputOf('sh', ['-c', 'ls -l /proc/self/fd/']);
    expect(open).toContain('0 -> ');
    expect(mine.filter((target) => open.includes(target))).toEqual([]);
  });
});
