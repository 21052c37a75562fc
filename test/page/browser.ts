/**
 * The page as a person has it before them: in the Chromium that all tests share, in a context of its own.
 *
 *   await using view = await openPage(system, '/agents', { theme: 'dark', width: 360 });
 *   await view.page.getByRole('heading', { name: 'Agents' }).waitFor();
 *   await view.check();          // nothing on the console, nothing that axe finds serious
 *   await view.shot('agents');   // a picture, where $LIFELINE_SHOTS says
 *
 * A test waits for what is shown (`getBy…().waitFor()`, `expect.poll`), never for a time.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import type { AxeResults, RunOptions } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import type { System } from './system.ts';

export interface Look {
  readonly theme?: 'light' | 'dark';
  /** Of the window, in px. Default 1280; 360 is a phone. */
  readonly width?: number;
  /** Default 720. */
  readonly height?: number;
  /** Whether the page is given the token, as the address that `lifeline up` prints does. Default true. */
  readonly token?: boolean;
  /** Done before the document is asked for: what it gets from elsewhere, which clock it has. */
  readonly before?: (page: Page) => Promise<unknown>;
}

export interface View extends AsyncDisposable {
  readonly page: Page;
  /** What the console and failed requests have said so far, but for what was forgiven. */
  readonly complaints: readonly string[];
  /** Complaints that match are no longer counted: a test that ends the controller expects some. */
  forgive(pattern: RegExp): void;
  /**
   * Nothing on the console, and no serious violation of the accessibility rules.
   *
   * @param rules of axe that count. Default: those of WCAG 2.1, levels A and AA
   */
  check(rules?: Rules): Promise<void>;
  /** A picture `<name>.png` in $LIFELINE_SHOTS; without that, none. */
  shot(name: string): Promise<void>;
  close(): Promise<void>;
}

let shared: Promise<Browser> | undefined;

function browser(): Promise<Browser> {
  const told = inject('chromium');
  if ('why' in told) throw new Error(told.why);
  return (shared ??= chromium.connect(told.endpoint));
}

/** How long something may take to be shown, while both cores are busy. */
const SHOWN_WITHIN_MS = 30_000;

/** Opens a path of the page in a context of its own; resolves when the document is loaded. */
export async function openPage(
  system: Pick<System, 'url' | 'token'>,
  path: string,
  { theme = 'light', width = 1280, height = 720, token = true, before }: Look = {},
): Promise<View> {
  const context = await (
    await browser()
  ).newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce' });
  context.setDefaultTimeout(SHOWN_WITHIN_MS);
  const page = await context.newPage();
  const heard: string[] = [];
  const forgiven: RegExp[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) heard.push(message.text());
  });
  page.on('pageerror', (error) => heard.push(`uncaught: ${error.message}`));
  const unforgiven = () => heard.filter((text) => !forgiven.some((pattern) => pattern.test(text)));
  await before?.(page);
  await page.goto(`${system.url}${path}${token ? `#token=${system.token}` : ''}`);
  const close = () => context.close();
  return {
    page,
    get complaints() {
      return unforgiven();
    },
    forgive: (pattern) => void forgiven.push(pattern),
    async check(rules) {
      expect(await violationsOf(page, rules)).toEqual([]);
      expect(unforgiven()).toEqual([]);
    },
    async shot(name) {
      const directory = process.env['LIFELINE_SHOTS'];
      if (directory === undefined || directory === '') return;
      mkdirSync(directory, { recursive: true });
      await page.screenshot({ path: join(directory, `${name}.png`), animations: 'disabled' });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Resolves when the page is connected and nothing on it is still being loaded. */
export async function settled(page: Page): Promise<void> {
  await page.getByText('live', { exact: true }).first().waitFor();
  await page.locator('h1').first().waitFor();
  await expect
    .poll(() => page.locator('.loading, .stale').count(), { timeout: SHOWN_WITHIN_MS })
    .toBe(0);
}

let axe: string | undefined;
const axeSource = () =>
  (axe ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));

/** Which rules of axe are held against a page: only these, or all but these. */
export type Rules = { readonly only: readonly string[] } | { readonly but: readonly string[] };

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** The serious and critical violations, a line each. */
export async function violationsOf(
  page: Page,
  rules: Rules = { but: [] },
): Promise<readonly string[]> {
  // Past the page's own policy, as a person's browser extension comes.
  await page.evaluate(axeSource());
  const options: RunOptions =
    'only' in rules
      ? { runOnly: { type: 'rule', values: [...rules.only] } }
      : {
          runOnly: { type: 'tag', values: WCAG },
          rules: Object.fromEntries(rules.but.map((rule) => [rule, { enabled: false }])),
        };
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, ${JSON.stringify(options)})`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}: ${html} ${failureSummary}`),
    );
}
