/**
 * The package as it is published, in an empty project: what is packed is enough, each export imports and
 * type-checks, and the examples run.
 *
 *   npm pack ─▶ empty/node_modules/lifeline/     as it was packed
 *               empty/node_modules/<dependency>  links: those that it declares, and nothing else
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createController, createMemoryDisk, natsTransport, openMemoryStore } from '../../index.ts';
import { words } from '../../examples/worker.ts';
import { startTestNats } from '../nats.ts';
import { gathered, type Gathered } from './gathered.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const names = Object.keys(manifest.exports)
  .filter((name) => name !== './package.json')
  .map((name) => name.replace('.', 'lifeline'));

const examples = readdirSync(join(ROOT, 'examples')).filter((file) => /^\w+\.ts$/.test(file));

let home: string;
const at = (...path: string[]) => join(home, ...path);
const running = new Set<Gathered>();

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lifeline-package-'));
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', home],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const [{ filename }] = JSON.parse(packed.toString()) as [{ filename: string }];
  execFileSync('tar', ['-xzf', at(filename), '-C', home]);
  create('all', [...Object.keys(manifest.dependencies), 'xstate']);
  // What a project of somebody else brings for its own types.
  for (const types of ['@types/node', 'undici-types']) link('all', types);
  create('machines', ['xstate']);
  for (const file of examples) takeExample('all', file);
  const imports = names.map((name, index) => `export * as x${index} from '${name}';`);
  writeFileSync(at('all', 'imports.ts'), imports.join('\n'));
  writeFileSync(at('machines', 'imports.ts'), `export * as x from 'lifeline/machines';`);
});
afterAll(async () => {
  for (const one of running) one.child.kill('SIGKILL');
  for (const one of running) await one.ended;
  rmSync(home, { recursive: true });
});

function link(project: string, dependency: string): void {
  const path = at(project, 'node_modules', dependency);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', dependency), path);
}

/** A project that has the package and these dependencies. */
function create(project: string, dependencies: readonly string[]): void {
  for (const dependency of dependencies) link(project, dependency);
  cpSync(at('package'), at(project, 'node_modules/lifeline'), { recursive: true });
  writeFileSync(at(project, 'package.json'), '{ "type": "module" }');
}

const ways = {
  node16: [ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
  bundler: [ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
} as const;

/** What is wrong with files of a project and the declarations of the package; not: in those of others. */
function compile(project: string, way: keyof typeof ways, types: string[], files: string[]) {
  const [module, moduleResolution] = ways[way];
  const options: ts.CompilerOptions = {
    module,
    moduleResolution,
    types,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  };
  const program = ts.createProgram(
    files.map((file) => at(project, file)),
    options,
  );
  const own = (file: ts.SourceFile) =>
    !file.fileName.includes('/node_modules/') || file.fileName.includes('/node_modules/lifeline/');
  const checked = program
    .getSourceFiles()
    .filter(own)
    .flatMap((file) => program.getSemanticDiagnostics(file));
  return [...program.getOptionsDiagnostics(), ...checked].map(
    ({ file, messageText }) =>
      `${file?.fileName.slice(home.length)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

/** Copies an example of the package into a project, as JavaScript too. */
function takeExample(project: string, file: string): void {
  const text = readFileSync(at('package/examples', file), 'utf8');
  const compilerOptions = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2023 };
  writeFileSync(at(project, file), text);
  writeFileSync(
    at(project, file.replace('.ts', '.js')),
    ts.transpileModule(text, { compilerOptions }).outputText,
  );
}

/** Runs node in a project until it ends, or is ended. */
function run(project: string, file: string, env: Readonly<Record<string, string>> = {}): Gathered {
  const one = gathered(
    spawn(process.execPath, [file], { cwd: at(project), env: { ...process.env, ...env } }),
  );
  running.add(one);
  return one;
}

describe('every export', () => {
  it('type-checks under node16, in the declarations as well, and so do the examples', () => {
    expect(compile('all', 'node16', ['node'], ['imports.ts', ...examples])).toEqual([]);
  });

  it('type-checks under bundler', () => {
    expect(compile('all', 'bundler', ['node'], ['imports.ts'])).toEqual([]);
  });

  it('imports, with what the package declares and nothing else', async () => {
    const text = `for (const name of ${JSON.stringify(names)})
      console.log(name, Object.keys(await import(name)).length > 0);`;
    writeFileSync(at('all', 'imports.mjs'), text);
    const { code, out, err } = await run('all', 'imports.mjs').ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.trim().split('\n')).toEqual(names.map((name) => `${name} true`));
  });
});

describe('the machines alone', () => {
  it('need XState and nothing else, to run and to type-check', async () => {
    expect(compile('machines', 'node16', [], ['imports.ts'])).toEqual([]);
    writeFileSync(at('machines', 'imports.mjs'), `await import('lifeline/machines');`);
    const { code, err } = await run('machines', 'imports.mjs').ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});

describe('an example runs from the package:', () => {
  const json = { 'content-type': 'application/json' };
  const post = async (url: string, body: object) =>
    (await (
      await fetch(url, { method: 'POST', headers: json, body: JSON.stringify(body) })
    ).json()) as Record<string, unknown>;
  const shown = async (url: string) => (await (await fetch(url)).json()) as { state: string };

  it('orders', async () => {
    const service = run('all', 'orders.js', { PORT: '0' });
    const url = await service.says(/^Orders at (\S+)$/m);
    expect(await post(`${url}/orders`, { to: 'Ada' })).toMatchObject({ order: 1 });
    await service.says(/courier: order 1 to Ada, attempt 1/);
    expect((await shown(`${url}/orders/1`)).state).toMatch(/^(sent|inProgress|done)$/);
    service.child.kill('SIGTERM');
    expect((await service.ended).code).toBe(0);
  });

  it('invoices', async () => {
    const service = run('all', 'invoices.js', { PORT: '0', DATA: at('invoices') });
    const url = await service.says(/^Invoices at (\S+)$/m);
    await post(`${url}/invoices`, { customer: 'Ada', cents: 1250 });
    await service.says(/^Invoice \d+ for Ada: 12.50 €$/m);
    const page = await service.says(/The dashboard is at (http\S+)\/#/);
    expect(await (await fetch(page, { headers: { accept: 'text/html' } })).text()).toContain(
      '<title>Lifeline</title>',
    );
    service.child.kill('SIGTERM');
    expect((await service.ended).code).toBe(0);
  });

  it('worker', async () => {
    const nats = await startTestNats();
    const transport = await natsTransport({ servers: nats.url });
    const store = await openMemoryStore(createMemoryDisk());
    const controller = await createController({ transport, store });
    try {
      const env = { NATS_URL: nats.url, AGENT_ID: 'w1', DATA: at('worker') };
      const worker = run('all', 'worker.js', env);
      await worker.says(/Worker w1 is ready/);
      expect(await controller.submit(words, { text: 'a b a' })).toEqual({ a: 2, b: 1 });
      worker.child.kill('SIGTERM');
      expect((await worker.ended).code).toBe(0);
    } finally {
      for (const one of [controller, store, transport, nats]) await one.close();
    }
  });
});
