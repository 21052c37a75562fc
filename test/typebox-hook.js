/**
 * A hook of Node's loader, for threads and processes that tests start: TypeBox is loaded from the few files
 * that test/typebox.ts has put it into, when they are there. Each of its own 681 goes through the hooks of tsx
 * else, which takes 1 s of CPU a start.
 */
import { existsSync } from 'node:fs';

const here = (path) => new URL(`../node_modules/.cache/typebox/${path}`, import.meta.url);
const FILES = new Map([
  ['typebox', here('typebox.mjs')],
  ['typebox/compile', here('compile.mjs')],
]);

export function resolve(specifier, context, next) {
  const url = FILES.get(specifier);
  if (!url || !existsSync(url)) return next(specifier, context);
  return { url: url.href, format: 'module', shortCircuit: true };
}
