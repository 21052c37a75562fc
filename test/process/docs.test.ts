/**
 * The blocks of README.md and docs/, run as a reader would: commands in the order of their page, in a directory
 * of its own; code as a module beside an installed package, with the output that stands behind it.
 *
 *   page ─▶ one script for bash: what stays (a controller, an agent, a server) goes into the background as soon
 *           as it is ready, as in a terminal of its own; ports are free ones; the host `broker` is this one
 *
 * `npm` only looks whether there is such a script: what those do are tests of their own. `systemctl` has one unit,
 * the last controller.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { findNatsServer } from '../../cli/nats-server.ts';
import { readPages, type Block, type Page } from '../docs/blocks.ts';
import { CLI, type Ended } from './lifeline.ts';

const WITHIN_MS = 240_000;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** What stays until it is ended: such a command is not waited for, but for the words in which it says that it is ready. */
const STAYS = /^(lifeline (?:up|controller|agent|inspect)|nats-server) /;
const STAY = `
stay() {
  local said="said-$((++stays))"
  LIFELINE_PORT=$port "$@" > "$said" 2>&1 &
  case $2 in up | controller) port=0 controller=("$@") pid=$! ;; esac
  until grep -qi ' is ready' "$said"; do kill -0 $! || { cat "$said" >&2; exit 1; }; sleep 0.1; done
}
systemctl() {
  case $1 in
    stop) kill -TERM $pid && wait $pid ;;
    start) port=4280 && stay "\${controller[@]}" ;;
  esac
}
stays=0
port=4280
trap 'kill $(jobs -p) 2> /dev/null; wait' EXIT
set -euo pipefail
`;

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

/** As it is written, but for what another process of this machine may have. */
async function onFreePorts(text: string): Promise<string> {
  const ports = new Map<string, string>();
  for (const written of ['4222', '4280', '4281']) ports.set(written, await freePort());
  return text
    .replace(/\b(4222|4280|4281)\b/g, (port) => ports.get(port)!)
    .replace(/\bbroker:/g, '127.0.0.1:');
}

interface Home {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A directory with `lifeline` on the PATH and in node_modules, beside its peer; gone with the test. */
function makeHome(onTestFinished: OnTestFinished): Home {
  const directory = mkdtempSync(join(tmpdir(), 'lifeline-docs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  const bin = join(directory, '.bin');
  mkdirSync(bin);
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(root, join(directory, 'node_modules/lifeline'), 'dir');
  symlinkSync(join(root, 'node_modules/xstate'), join(directory, 'node_modules/xstate'), 'dir');
  const command = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  command('lifeline', `exec "${process.execPath}" "${CLI}" "$@"`);
  command('npm', `[ "$1" = ci ] || grep -q "\\"\${2:-$1}\\": \\"" "${root}package.json"`);
  const server = findNatsServer({ env: process.env });
  if (server === undefined)
    throw new Error('This test needs a nats-server and there is none: run "npm run setup" once.');
  command('nats-server', `exec "${server}" "$@"`);
  return { directory, env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` } };
}

type OnTestFinished = (close: () => void) => void;

/** All that it starts goes with the test, also when that is out of time. */
function run(
  command: readonly string[],
  { directory, env }: Home,
  onTestFinished: OnTestFinished,
): Promise<Ended> {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Nothing of it is left, as it should be.
    }
  });
  return new Promise((resolve, reject) => {
    const said = { out: '', err: '' };
    child.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...said }));
  });
}

const blocks = ({ blocks: all }: Page, language: string): readonly Block[] =>
  all.filter((block) => block.language === language);

const pagesWith = (language: string) =>
  readPages()
    .filter((page) => blocks(page, language).length > 0)
    .map((page) => [page.path, page] as const);

describe.concurrent('the commands', { timeout: WITHIN_MS }, () => {
  it.for(pagesWith('sh'))('of %s do what they say', async ([, page], { onTestFinished }) => {
    const home = makeHome(onTestFinished);
    const lines = blocks(page, 'sh').flatMap(({ text }) => text.split('\n'));
    const staying = lines.map((line) => (STAYS.test(line) ? `stay ${line}` : line));
    const script = await onFreePorts([STAY, ...staying].join('\n'));
    writeFileSync(join(home.directory, '.script'), script);
    const ended = await run(['bash', '.script'], home, onTestFinished);
    expect(ended, ended.err).toMatchObject({ code: 0 });
  });
});

describe('the code', () => {
  it.for(pagesWith('ts'))(
    'of %s runs, and prints what stands behind it',
    async ([, page], told) => {
      const home = makeHome(told.onTestFinished);
      const shown = blocks(page, 'ts').filter(({ text }) => !text.includes("from 'vitest'"));
      if (shown.length === 0) told.skip('its code is tests, which are run as such');
      for (const { text, output } of shown) {
        const { code: module } = await transform(text, { loader: 'ts', format: 'esm' });
        writeFileSync(join(home.directory, 'shown.mjs'), module);
        const ended = await run([process.execPath, 'shown.mjs'], home, told.onTestFinished);
        expect(ended).toMatchObject({ code: 0, err: '', ...(output !== null && { out: output }) });
      }
    },
  );
});

it('the units of systemd start what there is', () => {
  const [, page] = pagesWith('ini').find(([path]) => path === 'docs/running-it.md')!;
  const units = blocks(page, 'ini').map(({ text }) => text);
  expect(units).toHaveLength(2);
  for (const unit of units) {
    expect(unit).toMatch(/^ExecStart=\/usr\/bin\/lifeline \w+/m);
    expect(unit).toContain('Restart=always');
  }
  expect(readFileSync(join(root, 'package.json'), 'utf8')).toContain('"lifeline": "./dist/cli.js"');
});
