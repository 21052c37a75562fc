/** Directories of a target that cannot be made. */
import { describe, expect, it } from 'vitest';
import { makeDirectories } from '../../handlers/ingest-directories.ts';

describe('a target in a place where nothing can be made', () => {
  it('is refused at once, with and without what is above it', () => {
    for (const target of ['/proc/lifeline', '/proc/lifeline/a/b'])
      expect(() => makeDirectories(Buffer.from(target), Buffer.from('c'))).toThrow('ENOENT');
  });
});
