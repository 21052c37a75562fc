/**
 * How commands of this host find the controller that holds a data directory, and prove that they may.
 *
 *   DATA/address.json   where it answers, and which process it is; gone after a clean end
 *   DATA/token          what its answers cost: 256 bits, made once
 *
 * Both are for their owner alone (0600). An address that a crash has left behind names a dead process, and
 * counts for nothing: whoever has its port by now must not be sent the token. So does one of another
 * container or machine: 127.0.0.1 is somebody else there.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeDirectories } from '../store/data-directory.ts';
import { describeSelf, judge, type ProcessIdentity } from '../store/process-identity.ts';
import { pathSentence, usage } from './failure.ts';

/** What `address.json` says. */
export interface Address extends ProcessIdentity {
  /** `http://127.0.0.1:4280`, or `https://…`. */
  readonly url: string;
  /** False: it ends with a job of its own, and begins no other. */
  readonly takesJobs: boolean;
}

const TOKEN_BYTES = 32;
const TOKEN = new RegExp(`^[0-9a-f]{${2 * TOKEN_BYTES}}$`);

const addressFile = (data: string) => join(resolve(data), 'address.json');
const tokenFile = (data: string) => join(resolve(data), 'token');

/** Where the controller that holds the directory answers; undefined when none surely lives here. */
export function addressOf(data: string): Address | undefined {
  try {
    const address = JSON.parse(readFileSync(addressFile(data), 'utf8')) as Partial<Address>;
    if (typeof address.url !== 'string' || typeof address.pid !== 'number') return undefined;
    return judge(address as Address, describeSelf()) === 'alive' ? (address as Address) : undefined;
  } catch {
    return undefined;
  }
}

/** Says where this process answers. Returns what takes that back. */
export function publishAddress(
  data: string,
  { url, takesJobs }: Pick<Address, 'url' | 'takesJobs'>,
): () => void {
  const path = addressFile(data);
  const address: Address = { url, takesJobs, ...describeSelf() };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(address)}\n`, { mode: 0o600 });
  renameSync(draft, path);
  return () => rmSync(path, { force: true });
}

/** The token of a directory, which is made when there is none. @throws {CommandFailed} */
export function ensureToken(data: string): string {
  const path = tokenFile(data);
  makeDirectories(resolve(data));
  // Of two who begin at once, one makes it and both have it, whole.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(TOKEN_BYTES).toString('hex')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readToken(path);
}

/** The token in a file. @throws {CommandFailed} one sentence when there is none */
export function readToken(path: string): string {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw usage(pathSentence('token file', path, error), error);
  }
  if (TOKEN.test(token)) return token;
  throw usage(`The file ${path} holds no token; remove it, and the controller makes another.`);
}

/** The token of a directory as it is. @throws {CommandFailed} when there is none */
export const tokenOf = (data: string): string => readToken(tokenFile(data));
