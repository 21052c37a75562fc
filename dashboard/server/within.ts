/** A limit to how long something is waited for that nobody can cancel: a file system that hangs, say. */
import type { Clock } from '../../actors/clock.ts';

/** What the promise comes to; undefined after so long, and what it comes to then is of no interest. */
export async function within<T>(
  clock: Clock,
  limitMs: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  let cancel = () => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(limitMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel();
  }
}
