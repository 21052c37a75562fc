/**
 * Builds the dashboard's page: what a browser loads, all of it from here, so that it works without a network.
 *
 *   dist/dashboard/page/index.html           names what follows
 *   dist/dashboard/page/assets/main-….js     the page; drawing libraries are chunks of their own, loaded when shown
 *   dist/dashboard/page/assets/early-….js    the theme, before anything is painted
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

const PAGE = 'dashboard/page';
const OUT = `dist/${PAGE}`;

const { metafile } = await build({
  entryPoints: { main: `${PAGE}/main.tsx`, early: `${PAGE}/early.ts` },
  tsconfig: `${PAGE}/tsconfig.json`,
  outdir: `${OUT}/assets`,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  // The first with light-dark() and CSS nesting in all of the big three.
  target: ['chrome123', 'firefox120', 'safari17.5'],
  minify: true,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
});

const built = Object.keys(metafile.outputs).map((path) => basename(path));
const find = (pattern) => built.find((name) => pattern.test(name));
const names = {
  style: find(/^main-.*\.css$/),
  main: find(/^main-.*\.js$/),
  early: find(/^early-.*\.js$/),
};
const page = readFileSync(`${PAGE}/page.html`, 'utf8').replace(
  /\{(\w+)\}/g,
  (_whole, name) => `/assets/${names[name]}`,
);
writeFileSync(`${OUT}/index.html`, page);
cpSync(`${PAGE}/icon.svg`, `${OUT}/icon.svg`);

// The last build's files go when this one's are there: a page that is open meanwhile finds what is unchanged.
for (const name of readdirSync(`${OUT}/assets`)) {
  if (!built.includes(name)) rmSync(`${OUT}/assets/${name}`);
}
