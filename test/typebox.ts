/**
 * TypeBox in few files, for tests: each of its own 681 is found and linked by itself, which takes 0.3 s in
 * every test file that loads it for itself.
 *
 *   vitest.config.ts ─▶ typeboxInFewFiles() ─▶ node_modules/.cache/typebox/   kept while the version is the same
 *   load-typescript.js ─▶ typebox-hook.js: threads and processes that tests start take it from there
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const modules = fileURLToPath(new URL('../node_modules/', import.meta.url));
const folder = join(modules, '.cache/typebox');
const versionFile = join(folder, 'version');

/** Makes the files, if there are none of this version. Returns what vitest finds TypeBox by. */
export async function typeboxInFewFiles(): Promise<{ find: RegExp; replacement: string }[]> {
  const manifest = readFileSync(join(modules, 'typebox/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  if (!existsSync(versionFile) || readFileSync(versionFile, 'utf8') !== version) {
    await bundle(version);
  }
  return [
    { find: /^typebox$/, replacement: join(folder, 'typebox.mjs') },
    { find: /^typebox\/compile$/, replacement: join(folder, 'compile.mjs') },
  ];
}

/** Whole from the first moment on: another run may begin meanwhile. */
async function bundle(version: string): Promise<void> {
  mkdirSync(join(modules, '.cache'), { recursive: true });
  const own = mkdtempSync(join(modules, '.cache/typebox-'));
  await build({
    entryPoints: { typebox: 'typebox', compile: 'typebox/compile' },
    outdir: own,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: join(modules, '..'),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'node20',
  });
  writeFileSync(join(own, 'version'), version);
  try {
    rmSync(folder, { recursive: true, force: true });
    renameSync(own, folder);
  } catch {
    // Another run has put its own there.
    rmSync(own, { recursive: true });
  }
}
