/**
 * Once before the tests of the page: the page is built, and one Chromium started that all of them share.
 *
 *   build ─▶ found? ─ no ─▶ on CI: installed ─▶ chromium.launchServer ─▶ provide('chromium') ─▶ … ─▶ closed
 *
 * Where none can be had, each test that needs it fails with the sentence that says how to get it.
 */
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { findChromium, installChromium, NO_CHROMIUM } from './chromium.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the shared Chromium answers, or why there is none. */
    readonly chromium: { readonly endpoint: string } | { readonly why: string };
  }
}

/** Without them it asks for hosts of its makers at every start. */
const ALONE = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a Chromium; its profile is new and goes with it. */
export const launchChromium = (executablePath: string) =>
  chromium.launchServer({ executablePath, args: ALONE, chromiumSandbox: false });

export default async function startChromium(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  buildPage();
  try {
    const { env } = process;
    const found =
      findChromium(env) ?? (env['CI'] === 'true' ? await installChromium(env) : undefined);
    if (found === undefined) throw new Error(NO_CHROMIUM);
    const server = await launchChromium(found);
    project.provide('chromium', { endpoint: server.wsEndpoint() });
    return () => server.close();
  } catch (error) {
    project.provide('chromium', { why: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

/** The rest of the build is not needed here: controller, agents and server are run from their sources. */
function buildPage(): void {
  execFileSync(process.execPath, ['bundle-page.js'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: ['ignore', process.stderr, process.stderr],
  });
}
