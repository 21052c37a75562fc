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
