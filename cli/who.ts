/** Who gives a command, for the record. */
import { userInfo } from 'node:os';

/** `cli:ada`; the number of a user who has no name. */
export function whoAmI(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return `cli:${process.getuid?.() ?? 'unknown'}`;
  }
}

/** The login name with what is no part of an id left out; the number of a user who has none. */
export function loginName(): string {
  const legal = whoAmI()
    .replace(/^cli:/, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, 64);
  return legal === '' ? 'unknown' : legal;
}

/** Who gives a command, in letters that a header can carry. */
export const asker = (): string =>
  whoAmI()
    .replace(/[^!-~]/g, '?')
    .slice(0, 100);
