import { defineConfig } from 'vitest/config';

// Two projects: `unit` is what `npm run verify` runs; `process` starts real processes of the built CLI.
export default defineConfig({
  test: {
    pool: 'forks',
    execArgv: ['--import', 'tsx'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/process/**'] } },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          globalSetup: ['test/process/build.ts'],
        },
      },
    ],
  },
});
