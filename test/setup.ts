/**
 * `npm run setup`: fetches what tests and demo need and npm does not bring, into the user's cache. With a
 * release of the distribution (`npm run setup -- sid`) the nats-server of that one, for $NATS_SERVER.
 */
import process from 'node:process';
import { fetchNatsServer } from '../cli/nats-server-fetch.ts';
import { findNatsServer } from '../cli/nats-server.ts';
import { findChromium, installChromium } from './page/chromium.ts';

const [suite] = process.argv.slice(2);
const { env } = process;
try {
  const found = suite === undefined ? findNatsServer({ env }) : undefined;
  const binary =
    found ?? (await fetchNatsServer({ env, ...(suite === undefined ? {} : { suite }) }));
  process.stdout.write(`nats-server: ${binary}\n`);
  if (suite === undefined) {
    process.stdout.write(`chromium: ${findChromium(env) ?? (await installChromium(env))}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
