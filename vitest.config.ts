/**
 * Five projects: `unit` is what `npm run verify` runs; `long` takes the rest of the minute and more, with
 * many seeds, crashes at every point, real threads and trees; `process` starts real processes of the built
 * CLI, and `browser` one Chromium before the page of a live system, so the build runs before them. `alone` is
 * for what no other test may be beside. `unit`, `long` and `browser` share what a worker has loaded, since loading
 * takes longer than many a test.
 *
 * All run in one group: half of the time of `process` is waiting, for processes, disks and deadlines, and the
 * seeds of `long` compute meanwhile. Tests are forks, since worker threads of theirs must be killable, and what
 * they start can load .ts files. A test that fails is not tried again.
 */
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';
import { typeboxInFewFiles } from './test/typebox.ts';

/** The package by its own name, as the examples import it. */
const path = (file: string) => new URL(file, import.meta.url).pathname;
const own = [
  { find: /^lifeline$/, replacement: path('index.ts') },
  { find: /^lifeline\/(\w+)$/, replacement: `${path('exports')}/$1.ts` },
];

/** They stand in for the file system, which would reach others that share what is loaded. */
const alone = ['test/handlers/ingest-trouble.test.ts', 'test/scenarios/replay-files.test.ts'];

const long = [
  'test/actors/crash.test.ts',
  'test/actors/long-runs.test.ts',
  'test/actors/post-job.test.ts',
  'test/handlers/{guard,guard-agent,worker,ingest,ingest-verify,shell,kill-list}.test.ts',
  'test/index-jobs.test.ts',
  'test/cli/{live,three-ways,inspect}.test.ts',
  'test/security/{attacks,guarded-nodes,million}.test.ts',
  'test/cli/nats-server.test.ts',
  'test/transport/nats*.test.ts',
  'test/dashboard/{fuzz,*-nats}.test.ts',
  'test/examples/worker.test.ts',
  'test/scenarios/{simulate,determinism,planted,files,replay,freeze}*.test.ts',
];

export default defineConfig({
  resolve: { alias: [...own, ...(await typeboxInFewFiles())] },
  test: {
    pool: 'forks',
    execArgv: ['--import', new URL('./test/load-typescript.js', import.meta.url).href],
    retry: 0,
    // Two cores: two that compute, and two that wait.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/fetch-nats-server.ts'],
    // As Node does it: the default export of a CommonJS module is its `module.exports`.
    deps: { interopDefault: false },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          isolate: false,
          include: ['test/**/*.test.ts', 'examples/*.test.ts'],
          exclude: ['test/{process,page}/**', ...long, ...alone],
        },
      },
      { extends: true, test: { name: 'long', isolate: false, include: long, exclude: alone } },
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: {
          name: 'browser',
          isolate: false,
          // A page that is slow to show something is slow to fail, and the machine may be busy.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 30_000 } },
          include: ['test/page/**/*.test.ts'],
          globalSetup: ['test/page/start-chromium.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          // Each starts processes, which takes seconds while the machine is busy.
          testTimeout: 240_000,
          hookTimeout: 120_000,
          include: ['test/process/**/*.test.ts'],
          globalSetup: ['test/process/build.ts'],
        },
      },
    ],
  },
});
