/**
 * Lets the threads and child processes that tests start load .ts files: Node 20 cannot by itself, and
 * `--import tsx` alone leaves worker threads out (privatenumber/tsx#354).
 *
 * Loaded by `--import` in every process of a test run (vitest.config.ts), in each thread anew. The main
 * thread of a test file needs nothing, vitest compiles for it, and starting tsx costs 0.3 s a file.
 */
import { register as registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const ofVitest = isMainThread && /[\\/]vitest[\\/]dist[\\/]/.test(process.argv[1] ?? '');
if (!ofVitest) {
  const { register } = await import('tsx/esm/api');
  register();
  registerHooks('./typebox-hook.js', import.meta.url);
}
