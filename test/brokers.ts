/**
 * `npm run test:brokers`: the tests that meet a real NATS server, once with each server that Lifeline is to
 * work with: the oldest, which is the distribution's, and the newest one that can be had.
 *
 *   binary of $NATS_SERVER, distribution's, sid's ──▶ one of each version ──▶ vitest, $NATS_SERVER set
 *
 * Arguments are passed to vitest, the names of files for instance. Ends with 1 when a run has failed, or
 * when there is only one version to be had, since then the question has not been answered.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { fetchNatsServer } from '../cli/nats-server-fetch.ts';
import { findNatsServer } from '../cli/nats-server.ts';

const { env } = process;
const say = (line: string) => process.stdout.write(`${line}\n`);

const versionOf = (binary: string) =>
  /v?(\d+\.\d+\.\d+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))?.[1] ?? '?';

/** Path of a binary by its version; what cannot be had is said and left out. */
async function servers(): Promise<ReadonlyMap<string, string>> {
  const ways = [
    () => Promise.resolve(findNatsServer({ env })),
    () => fetchNatsServer({ env }),
    () => fetchNatsServer({ env, suite: 'sid' }),
  ];
  const found = new Map<string, string>();
  for (const way of ways) {
    try {
      const binary = await way();
      if (binary !== undefined) found.set(versionOf(binary), binary);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }
  return found;
}

/** True when all has passed with this server. */
function passes(binary: string): boolean {
  const projects = ['--project', 'long', '--project', 'process'];
  const { status } = spawnSync('npx', ['vitest', 'run', ...projects, ...process.argv.slice(2)], {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    env: { ...env, NATS_SERVER: binary },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

const results: string[] = [];
for (const [version, binary] of await servers()) {
  say(`nats-server ${version} (${binary})`);
  const passed = passes(binary);
  results.push(`nats-server ${version}: ${passed ? 'passed' : 'FAILED'}`);
  if (!passed) process.exitCode = 1;
}
if (results.length < 2) {
  results.push('Two versions are wanted: run "npm run setup" and "npm run setup -- sid" first.');
  process.exitCode = 1;
}
for (const line of results) say(line);
