/**
 * Handlers of the user's own: an ES module that exports what `defineHandler` makes.
 *
 *   export const resize = defineHandler({ name: 'resize', … });        or
 *   export default [resize, upload];
 *
 * The code is named by whoever starts the node; nothing is ever loaded by what comes over the wire.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Handler } from '../handlers/handler.ts';
import { usage } from './failure.ts';

/** @throws {CommandFailed} one sentence that says what is wrong with the file */
export async function loadHandlers(file: string): Promise<readonly Handler[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw usage(`The handlers file ${file} does not exist.`);
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw usage(`The handlers file ${file} cannot be loaded: ${why.replace(/\.$/, '')}.`, error);
  }
  const found = new Set<Handler>();
  for (const [name, given] of Object.entries(loaded)) {
    for (const one of Array.isArray(given) ? (given as readonly unknown[]) : [given]) {
      if (!isHandler(one)) {
        throw usage(
          `The export "${name}" of the handlers file ${file} is no handler; export only what defineHandler returns.`,
        );
      }
      found.add(one);
    }
  }
  if (found.size > 0) return [...found];
  throw usage(`The handlers file ${file} exports no handler; export what defineHandler returns.`);
}

/** What `defineHandler` made, of this copy of the package or of another one. */
function isHandler(given: unknown): given is Handler {
  if (typeof given !== 'object' || given === null) return false;
  const { name, policy, runs } = given as Partial<Record<string, unknown>>;
  const isObject = (part: unknown) => typeof part === 'object' && part !== null;
  return typeof name === 'string' && isObject(policy) && isObject(runs);
}
