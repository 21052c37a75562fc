/**
 * What an ordinary user is refused cannot be seen by root. This runs an expression in a child process that
 * gives up root, if it has it, once its modules are loaded: the checkout itself may be root's alone.
 */
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { promisify } from 'node:util';

/** The user "nobody". */
const NOBODY = 65_534;

const preload = new URL('./load-typescript.js', import.meta.url).href;

/**
 * Returns what the expression resolves to, as JSON carries it, or `{ error }` with the message it rejects with.
 *
 * @param reachable directory of the test, which the ordinary user must be able to enter
 * @param module path of a module as seen from this file, known to the expression as `it`
 */
export async function asOrdinaryUser(
  reachable: string,
  module: string,
  expression: string,
): Promise<unknown> {
  chmodSync(reachable, 0o755);
  const code = `
    import * as it from ${JSON.stringify(new URL(module, import.meta.url).href)};
    if (process.getuid?.() === 0) { process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY}); }
    const ended = await (async () => ${expression})().catch(({ message }) => ({ error: message }));
    console.log(JSON.stringify(ended));
  `;
  const argv = ['--import', preload, '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return JSON.parse(stdout) as unknown;
}
