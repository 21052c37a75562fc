/**
 * One file at a time: what happens while it is being copied, and which times can be kept.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differenceOf, isSameTime, settableTime } from '../../handlers/file-times.ts';
import { placeEntry, type CopyPlan, type Placed } from '../../handlers/ingest-copy.ts';
import { fromSource, SourceUnavailable } from '../../handlers/source-trouble.ts';
import { createTrees } from './trees.ts';
import type { Trees } from './trees.ts';

let trees: Trees;
let plan: CopyPlan;
beforeEach(() => {
  trees = createTrees();
  plan = {
    source: Buffer.from(join(trees.directory, 'from')),
    target: Buffer.from(join(trees.directory, 'to')),
    temporary: Buffer.from(join(trees.directory, '.lifeline-1-1-0')),
    mode: 'put-sync',
    checksum: false,
    dryRun: false,
  };
});
afterEach(() => trees.remove());

const place = (): Placed => placeEntry(plan, fs.lstatSync(plan.source, { bigint: true }));

describe('placeEntry', () => {
  it('does not follow what was swapped for a link, nor wait for a pipe', () => {
    fs.writeFileSync(plan.source, 'x');
    const stats = fs.lstatSync(plan.source, { bigint: true });
    fs.rmSync(plan.source);
    fs.symlinkSync('/etc/passwd', plan.source);
    expect(() => placeEntry(plan, stats)).toThrow(SourceUnavailable);
    expect(fs.existsSync(plan.target)).toBe(false);
  });

  it('starts from nothing when a temporary file is there already', () => {
    fs.writeFileSync(plan.source, 'short');
    fs.writeFileSync(plan.temporary, 'left by somebody, and longer');
    expect(place()).toEqual({ kind: 'copied', bytes: 5 });
    expect(fs.readFileSync(plan.target, 'utf8')).toBe('short');
  });

  it('throws what the system says of the target, and clears up', () => {
    fs.writeFileSync(plan.source, 'x');
    const target = Buffer.from(join(trees.directory, 'no', 'such', 'directory'));
    expect(() =>
      placeEntry({ ...plan, target }, fs.lstatSync(plan.source, { bigint: true })),
    ).toThrow(/ENOENT/);
    expect(fs.existsSync(plan.temporary)).toBe(false);
  });
});

describe('fromSource', () => {
  it.each([
    ['ENOENT', 'it has vanished'],
    ['ENOTDIR', 'it has vanished'],
    ['EACCES', 'it may not be read (EACCES)'],
    ['ELOOP', 'it may not be read (ELOOP)'],
    ['EIO', 'disk trouble'],
  ])('turns %s into "%s"', (code, message) => {
    const call = () =>
      fromSource(() => {
        throw Object.assign(new Error('disk trouble'), { code });
      });
    expect(call).toThrow(message);
    if (code !== 'EIO') expect(call).toThrow(SourceUnavailable);
  });
});

describe('times of files', () => {
  it('are the same after they were set, before 1970 and after 2038 too', () => {
    const path = join(trees.directory, 'times');
    fs.writeFileSync(path, '');
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 30n), max: 2n ** 33n }),
        fc.bigInt(0n, 999_999_999n),
        (s, ns) => {
          const instant = s * 1_000_000_000n + ns;
          const settable = settableTime(instant);
          fs.lutimesSync(path, settable, settable);
          const { mtimeNs } = fs.lstatSync(path, { bigint: true });
          expect(isSameTime(mtimeNs, instant)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each<[string, (path: string) => void, string | undefined]>([
    ['nothing', () => undefined, undefined],
    ['one byte more', (path) => fs.appendFileSync(path, 'x'), 'size'],
    ['ten microseconds', (path) => fs.utimesSync(path, 1000, 1000.00001), 'time'],
    ['the access time', (path) => fs.utimesSync(path, 2000, 1000), undefined],
    ['one bit of the mode', (path) => fs.chmodSync(path, 0o645), 'mode'],
  ])('differ by %s', (_name, change, difference) => {
    const [one, other] = [join(trees.directory, 'one'), join(trees.directory, 'other')];
    for (const path of [one, other]) {
      fs.writeFileSync(path, 'same');
      fs.chmodSync(path, 0o644);
      fs.utimesSync(path, 1000, 1000);
    }
    change(other);
    const stats = (path: string) => fs.lstatSync(path, { bigint: true });
    expect(differenceOf(stats(one), stats(other), true)).toBe(difference);
    expect(differenceOf(stats(one), stats(trees.directory), true)).toBe('type');
  });
});
