/**
 * Sees to it, once before a test run, that there is a nats-server. Where none can be had, the tests that
 * need one fail and say so; the others run.
 */
import process from 'node:process';
import { fetchNatsServer } from '../cli/nats-server-fetch.ts';
import { findNatsServer } from '../cli/nats-server.ts';

export default async function fetchBeforeTests(): Promise<void> {
  try {
    if (findNatsServer({ env: process.env }) !== undefined) return;
    await fetchNatsServer({ env: process.env });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
