/**
 * Trees for the tests of ingest: with all that a file system may hold, or made of a few plain files.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const isRoot = process.getuid?.() === 0;

export interface Trees {
  readonly directory: string;
  readonly source: string;
  readonly target: string;
  remove(): void;
}

/** An empty source, and where the target will be. */
export function createTrees(): Trees {
  const directory = mkdtempSync(join(tmpdir(), 'lifeline-ingest-'));
  const source = join(directory, 'source');
  mkdirSync(source);
  return {
    directory,
    source,
    target: join(directory, 'target', 'deeper'),
    remove() {
      if (!isRoot) execFileSync('chmod', ['-R', 'u+rwX', directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Names, modes, times and kinds that have been trouble somewhere. */
export function fillOddly(root: string): void {
  const bytes = (name: number[]) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]);
  const file = (name: string, content: string | Buffer, mode = 0o644) => {
    writeFileSync(join(root, name), content);
    chmodSync(join(root, name), mode);
  };
  file('empty', '');
  file('with space and "quotes"', 'a');
  file('with\nnewline', 'b');
  file('-rf', 'c');
  file('ünïcödé', 'd');
  file('set-user-id', '#!/bin/sh\n', 0o4755);
  file('read-only', 'e', 0o400);
  file('large', Buffer.alloc(3_000_001, 'large file '));
  file('one-piece', Buffer.alloc(1024 * 1024, 'x'));
  writeFileSync(bytes([0xff, 0xfe, 0x41]), 'no utf-8');
  mkdirSync(bytes([0x80, 0x20]));
  writeFileSync(Buffer.concat([bytes([0x80, 0x20]), Buffer.from('/in'), Buffer.from([0xc3])]), 'f');
  file('old', 'before 1970');
  utimesSync(join(root, 'old'), '-86400.25', '-86400.25');
  utimesSync(join(root, 'empty'), 1_700_000_000.123456, 1_700_000_000.987654);
  linkSync(join(root, 'large'), join(root, 'large-too'));
  symlinkSync('large', join(root, 'link'));
  symlinkSync('/no/such/place', join(root, 'dangling'));
  symlinkSync('..', join(root, 'up'));
  symlinkSync(Buffer.from([0xff]), bytes([0xfd]));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const deep = join(root, ...Array.from({ length: 40 }, (_, n) => `level-${n}`));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'bottom'), 'g');
  mkdirSync(join(root, 'empty-directory'), { mode: 0o2770 });
  mkdirSync(join(root, 'closed'));
  file('closed/inside', 'h');
  chmodSync(join(root, 'closed'), isRoot ? 0o000 : 0o500);
  mkdirSync(join(root, 'many'));
  for (let n = 0; n < 120; n += 1) writeFileSync(join(root, 'many', `file-${n}`), `content ${n}`);
  utimesSync(join(root, 'many'), 1_600_000_000, 1_600_000_000.5);
}

/** What `diff` says: '' when the contents of the two trees are the same. */
export function diff(source: string, target: string): string {
  const args = ['-r', '--no-dereference', '--exclude=pipe', source, target];
  try {
    return execFileSync('diff', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return String((error as { stdout?: string }).stdout) || String(error);
  }
}
