/**
 * What a source may do to whoever reads it: entries vanish, or may not be read. That is no failure of a
 * copy; it is reported.
 */

/** The source cannot give what is asked of it. The message says why, as the end of a sentence. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
  readonly retryable = false;
}

/** Runs a call on the source; what is the source's own trouble becomes `SourceUnavailable`. */
export function fromSource<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new SourceUnavailable('it has vanished');
    if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' || code === 'ENXIO') {
      throw new SourceUnavailable(`it may not be read (${code})`);
    }
    throw error;
  }
}
