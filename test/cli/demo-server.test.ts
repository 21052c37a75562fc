/** Where the demo's nats-server comes from, and what is said when there is none. apt is played by a script. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { openDemoServer } from '../../cli/demo-server.ts';
import { findNatsServer } from '../../cli/nats-server.ts';
import { createScreen } from '../../cli/screen.ts';
import { resolveSettings } from '../../cli/settings.ts';

let directory: string;
let bin: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-demo-server-'));
  bin = join(directory, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function script(name: string, body: string): string {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

function opening(more: Readonly<Record<string, string>> = {}) {
  const env = { PATH: bin, XDG_CACHE_HOME: join(directory, 'cache'), ...more };
  const lines: string[] = [];
  const interruption = new AbortController();
  /** Time passes only when the test says so. */
  const wakes: [ms: number, wake: () => void][] = [];
  const call = {
    env,
    values: resolveSettings({}, {}, new Map()),
    screen: createScreen({ write: (text) => lines.push(String(text)) }, {}),
    interruption: () => interruption.signal,
    clock: {
      ...systemClock,
      after(ms: number, wake: () => void) {
        wakes.push([ms, wake]);
        return () => {};
      },
    },
  };
  const opened = openDemoServer(call, directory);
  opened.catch(() => undefined);
  return { opened, lines, wakes, interrupt: () => interruption.abort() };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** An apt that never comes to an end. Resolves with its pid once it runs. */
function endlessApt() {
  const file = join(directory, 'pid');
  script('dpkg-deb', 'exit 1');
  script('apt-get', `echo $$ > ${file}.new; /bin/mv ${file}.new ${file}; exec /bin/sleep 1000`);
  return async () => {
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 20_000 });
    return Number(readFileSync(file, 'utf8'));
  };
}

// A host where it is installed has nothing to fetch.
const isInstalled = findNatsServer({ env: { PATH: '', XDG_CACHE_HOME: '/nowhere' } }) !== undefined;

describe.skipIf(isInstalled)('a demo without a nats-server', () => {
  it('gives up fetching after 20 s, ends apt and says so', async () => {
    const started = endlessApt();
    const { opened, lines, wakes } = opening();
    const pid = await started();
    expect(lines.join('')).toContain('There is no nats-server here');
    const [[ms, wake]] = wakes as [[number, () => void]];
    expect(ms).toBe(20_000);
    wake();
    expect(await opened).toBe('No nats-server could be fetched within 20 s.');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 20_000 });
  });

  it('ends apt when it is interrupted', async () => {
    const started = endlessApt();
    const { opened, interrupt } = opening();
    const pid = await started();
    interrupt();
    await expect(opened).rejects.toMatchObject({ exitCode: 130 });
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 20_000 });
  });

  it('says why apt could not', async () => {
    script('dpkg-deb', 'exit 1');
    script('apt-get', 'echo "E: no network" >&2; exit 100');
    expect(await opening().opened).toContain('E: no network');
  });

  it('says that there is no apt', async () => {
    expect(await opening().opened).toContain('There is no apt here');
  });
});

describe('a demo with a nats-server', () => {
  it('does without one that does not start, and says what it said', async () => {
    const binary = script('broken', 'echo "nats-server: out of order" >&2; exit 1');
    const { opened, lines } = opening({ NATS_SERVER: binary });
    expect(await opened).toMatch(/does not start .*out of order/);
    expect(lines).toEqual([]);
  });

  it('refuses to guess when $NATS_SERVER names none', async () => {
    const { opened } = opening({ NATS_SERVER: join(bin, 'nothing') });
    await expect(opened).rejects.toMatchObject({ exitCode: 2 });
  });
});
