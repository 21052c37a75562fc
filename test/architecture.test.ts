/**
 * The rules of the house, held against every file of the checkout. Each rule is also shown a violation
 * and must find it: a rule that cannot fail guards nothing. What ESLint can say is in eslint.config.js.
 */
import { describe, expect, it } from 'vitest';
import { ambient } from './architecture/ambient.ts';
import {
  debts,
  declaredNames,
  fileName,
  header,
  length,
  lengthOf,
  LINES_MAX,
  localities,
  timersInMachines,
} from './architecture/habits.ts';
import { barrels, deadFiles, isProduct, layers } from './architecture/layers.ts';
import { readCheckout, type SourceText } from './architecture/source.ts';

const checkout = readCheckout();
const code = checkout.filter(({ path }) => /\.(tsx?|js)$/.test(path));
const typescript = code.filter(({ path }) => /\.tsx?$/.test(path));
const product = code.filter(isProduct);

type Rule = (file: SourceText) => string[];
/** Path and text of a file, and how many violations there are in it. */
type Sample = readonly [path: string, text: string, violations: number];

const WORK = '/work';
const TO_DO = 'TO' + 'DO';

const RULES: readonly {
  readonly says: string;
  readonly rule: Rule;
  readonly files: readonly SourceText[];
  readonly samples: readonly Sample[];
}[] = [
  {
    says: 'imports along the arrows only',
    rule: layers,
    files: product,
    samples: [
      ['machines/a.ts', `import { setup } from 'xstate';\nimport { b } from './b.ts';`, 0],
      ['machines/a.ts', `import { getShortestPaths } from 'xstate/graph';`, 0],
      ['machines/a.ts', `import pino from 'pino';`, 1],
      ['machines/a.ts', `import { hash } from 'node:crypto';`, 1],
      ['machines/a.ts', `import type { Fence } from '../transport/frame.ts';`, 1],
      ['transport/a.ts', `import { Type } from 'typebox';\nimport { b } from './b.ts';`, 0],
      ['transport/a.ts', `export { parse } from '../store/keys.ts';`, 1],
      ['store/a.ts', `const late = await import('../actors/clock.ts');`, 1],
      ['store/a.ts', `type Clock = import('../actors/clock.ts').Clock;`, 1],
      ['handlers/a.ts', `import { spawn } from 'node:child_process';`, 0],
      ['handlers/a/b.ts', `import { x } from '../../machines/task.ts';`, 1],
      ['actors/a.ts', `import type { Runner } from '../handlers/handler.ts';`, 0],
      ['actors/a.ts', `import { createRunner } from '../handlers/runner.ts';`, 1],
      ['actors/a.ts', `import { hostname } from 'node:os';`, 1],
      ['actors/clock.ts', `import { uptime } from 'node:os';`, 0],
      ['actors/a.ts', `import { simulate } from '../scenarios/simulate.ts';`, 1],
      ['scenarios/a.ts', `import { systemClock } from '../actors/clock.ts';`, 0],
      ['scenarios/a.ts', `import { serve } from '../dashboard/server/serve.ts';`, 1],
      ['dashboard/server/a.ts', `import { play } from '../../scenarios/play.ts';`, 1],
      ['dashboard/page/a.tsx', `import { b } from './parts/b.tsx';\nimport 'preact';`, 0],
      ['dashboard/page/a.tsx', `import type { JobView } from '../../actors/views.ts';`, 0],
      ['dashboard/page/a.tsx', `import { jobView } from '../../actors/views.ts';`, 1],
      ['dashboard/page/a.tsx', `import { api } from '../server/api.ts';`, 1],
      ['dashboard/page/a.tsx', `import { join } from 'node:path';\nimport 'fastify';`, 2],
      ['dashboard/server/a.ts', `import { app } from '../page/app.tsx';`, 1],
      ['cli/a.ts', `import { serve } from '../dashboard/server/serve.ts';`, 0],
      ['cli/a.ts', `import { main } from '../cli.ts';`, 1],
      ['cli.ts', `import { createController } from './index.ts';`, 1],
      ['exports/store.ts', `export { openStore } from '../store/open-store.ts';`, 0],
      ['exports/store.ts', `export { Store } from 'lmdb';`, 1],
      ['actors/a.ts', `import { openStore } from '../exports/store.ts';`, 1],
      ['store/a.ts', `import { openStore } from 'lifeline';`, 1],
      [
        'store/a.ts',
        `// import '../actors/clock.ts'\nconst text = "import '../actors/clock.ts'";`,
        0,
      ],
      ['lib/a.ts', `export const a = 1;`, 1],
    ],
  },
  {
    says: 'has no barrels',
    rule: barrels,
    files: typescript,
    samples: [
      ['index.ts', `export * from './actors/agent.ts';`, 0],
      ['exports/store.ts', `export { openStore } from '../store/open-store.ts';`, 0],
      ['store/index.ts', `export const a = 1;`, 1],
      ['store/all.ts', `/** All. */\nexport * from './memory.ts';`, 1],
      [
        'store/all.ts',
        `import { a } from './a.ts';\nexport { a };\nexport { b } from './b.ts';`,
        1,
      ],
      ['store/memory.ts', `export { b } from './b.ts';\nexport const a = 1;`, 0],
    ],
  },
  {
    says: 'takes no time or chance from its surroundings',
    rule: ambient,
    files: code,
    samples: [
      ['actors/a.ts', 'const at = Date.now();', 1],
      ['actors/a.ts', 'const at = globalThis.Date.now();', 1],
      ['actors/a.ts', 'const at = new Date(); const day = Date();', 2],
      ['actors/a.ts', 'const day = new Date(at); const zero = Date.UTC(2026, 0);', 0],
      ['actors/a.ts', 'const dice = () => Math.random();', 1],
      ['actors/a.ts', 'const text = `${performance.now()} ms`;', 1],
      [
        'actors/a.ts',
        'setTimeout(wake, 1); setInterval(wake, 1); globalThis.setImmediate(wake);',
        3,
      ],
      ['actors/a.ts', 'const clock = { setTimeout: refuse, setInterval };', 1],
      ['actors/a.ts', 'interface Clock { setTimeout(): void } type T = typeof setTimeout;', 0],
      ['actors/a.ts', 'crypto.getRandomValues(bytes); crypto.randomUUID();', 2],
      ['actors/a.ts', `import { randomBytes } from 'node:crypto';`, 1],
      ['store/a.ts', `import { setTimeout as sleep } from 'node:timers/promises';`, 2],
      ['store/a.ts', 'process.hrtime.bigint(); AbortSignal.timeout(10);', 2],
      ['test/a.test.ts', 'await new Promise((done) => setTimeout(done, 10));', 1],
      [
        'actors/a.ts',
        `// Date.now()\nconst text = 'setTimeout(Math.random())'; queueMicrotask(wake);`,
        0,
      ],
      ['store/a.ts', `import { hostname, uptime as up } from 'node:os';`, 1],
      ['store/a.ts', `import { hrtime } from 'process';`, 1],
      ['actors/clock.ts', 'Date.now(); setTimeout(wake, 1);', 0],
      ['actors/clock.ts', 'Math.random();', 1],
      ['cli/up.ts', 'setTimeout(stop, 5000); randomBytes(32);', 0],
      ['cli/up.ts', 'Date.now();', 1],
      ['handlers/guard-process.ts', 'setTimeout(kill, leaseMs);', 0],
      ['handlers/guard.ts', 'setTimeout(kill, leaseMs);', 1],
    ],
  },
  {
    says: 'keeps timers out of the machines',
    rule: timersInMachines,
    files: product,
    samples: [
      ['machines/a.ts', `const a = { states: { b: { after: { 10: 'c' } } } };`, 1],
      ['machines/a.ts', `const a = { 'invoke': { src: 'b' } };`, 1],
      ['machines/a.ts', `const a = raise({ type: 'b' }, { delay: 10 });`, 1],
      [
        'machines/a.ts',
        `interface Clock { after(ms: number): void }\nconst policy = { delay: 10 };`,
        0,
      ],
      ['actors/a.ts', `const entry = { after: null };`, 0],
    ],
  },
  {
    says: 'keeps files short',
    rule: length,
    files: code,
    samples: [
      ['store/a.ts', 'a;\n'.repeat(LINES_MAX), 0],
      ['store/a.ts', 'a;\n'.repeat(LINES_MAX + 1), 1],
    ],
  },
  {
    says: 'names files after ideas, in kebab-case',
    rule: fileName,
    files: code,
    samples: [
      ['store/typed-keys.ts', '', 0],
      ['test/store/typed-keys.test.ts', '', 0],
      ['store/typedKeys.ts', '', 1],
      ['store/typed_keys.ts', '', 1],
      ['store/utils.ts', '', 1],
      ['store/key-helpers.ts', '', 1],
      ['actors/job-manager.ts', '', 1],
      ['common/keys.ts', '', 1],
    ],
  },
  {
    says: 'names things by what they are',
    rule: declaredNames,
    files: typescript,
    samples: [
      ['actors/a.ts', 'class JobManager {}\ninterface LeaseService {}\nconst keyHelper = 1;', 3],
      ['actors/a.ts', 'class Jobs {}\nconst managerName = 1;', 0],
    ],
  },
  {
    says: 'begins each file with a header',
    rule: header,
    files: code,
    samples: [
      ['cli.ts', '#!/usr/bin/env node\n/** The command line. */', 0],
      ['store/a.ts', `import { b } from './b.ts';\n/** Late. */`, 1],
      ['store/a.ts', '// A line.\n', 1],
    ],
  },
  {
    says: 'leaves nothing to do later',
    rule: debts,
    files: code,
    samples: [
      ['store/a.ts', `const a = 1;\n// ${TO_DO}: better`, 1],
      ['store/a.ts', 'const toDo = 1;', 0],
    ],
  },
  {
    says: 'holds nothing of one machine or one network',
    rule: localities,
    files: checkout,
    samples: [
      ['README.md', `Look into ${WORK}/main/cli.ts.`, 1],
      ['README.md', 'Look into ./work/main or https://example.com/work/main.', 0],
      ['.npmrc', ['registry', 'example.com'].join('.'), 1],
      ['.npmrc', 'omit-lockfile-registry-resolved=true', 0],
      ['package-lock.json', '      "resolved": "somewhere",', 1],
    ],
  },
];

for (const { says, rule, files, samples } of RULES) {
  describe(`the house ${says}`, () => {
    it('in every file', () => {
      expect(files.length).toBeGreaterThan(0);
      expect(files.flatMap(rule)).toEqual([]);
    });

    it.each(samples)('and in %s with %j sees violations: %i', (path, text, violations) => {
      expect(rule({ path, text })).toHaveLength(violations);
    });
  });
}

describe('the house has no dead files', () => {
  const entries = ['cli.ts', 'index.ts'].every((path) =>
    product.some((file) => file.path === path),
  );

  it.runIf(entries)('in the product', () => {
    expect(deadFiles(checkout)).toEqual([]);
  });

  it.each([
    ['a file that nobody imports', { 'store/a.ts': '' }, ['store/a.ts']],
    [
      'files that only import each other',
      { 'store/a.ts': `import './b.ts';`, 'store/b.ts': `import './a.ts';` },
      ['store/a.ts', 'store/b.ts'],
    ],
    [
      'a file that only a test imports',
      { 'store/a.ts': '', 'test/store/a.test.ts': `import '../../store/a.ts';` },
      ['store/a.ts'],
    ],
  ])('sees %s', (_what, files: Record<string, string>, dead) => {
    const entry = { path: 'cli.ts', text: `import './store/memory.ts';` };
    const memory = { path: 'store/memory.ts', text: '' };
    const others = Object.entries(files).map(([path, text]) => ({ path, text }));
    const found = deadFiles([entry, memory, ...others]);
    expect(found.map((sentence) => sentence.split(':')[0])).toEqual(dead);
  });

  it.each([
    [`new Worker(new URL('./worker-entry.js', import.meta.url));`],
    ['new Worker(new URL(`./worker-entry${extension}`, import.meta.url));'],
    [`await import('./worker-entry.ts');`],
  ])('takes a file that is named in a string for a used one: %s', (text) => {
    const files = [
      { path: 'cli.ts', text: `import './handlers/worker.ts';` },
      { path: 'handlers/worker.ts', text },
      { path: 'handlers/worker-entry.ts', text: '' },
    ];
    expect(deadFiles(files)).toEqual([]);
  });
});

describe('the house is made of small files', () => {
  it('with a median under 200 lines', () => {
    const lengths = product.map(lengthOf).sort((one, other) => one - other);
    const median = lengths[lengths.length >> 1]!;
    process.stdout.write(`${lengths.length} files of the product, median ${median} lines\n`);
    expect(median).toBeLessThan(200);
  });
});
