/** What may be asked of an ingest: checked whole before anything is begun, with one sentence for each flaw. */
import { describe, expect, it } from 'vitest';
import { checkIngestSpec, exclusionsOf } from '../../cli/ingest-spec.ts';

const check = (change: object) =>
  checkIngestSpec({ kind: 'ingest', source: '/a', target: '/b', ...change });

describe('the spec of an ingest', () => {
  it('has defaults, and is the same when it is checked again', () => {
    const spec = check({});
    expect(spec).toEqual({
      source: '/a',
      target: '/b',
      filesPerTask: 50,
      checksum: false,
      mode: 'put-sync',
      delete: false,
      dryRun: false,
      excludeTypes: [],
      excludeNames: [],
      excludeDirectories: [],
    });
    expect(check(spec)).toEqual(spec);
    expect(exclusionsOf(spec)).toBeUndefined();
    const excluding = check({ excludeNames: ['.*~$'] });
    expect(exclusionsOf(excluding)).toEqual({ types: [], names: ['.*~$'], directories: [] });
  });

  it.each([
    ['put', false, true],
    ['put', true, false],
    ['put-sync', false, true],
    ['put-sync', true, true],
    ['put-append', false, true],
    ['put-append', true, true],
  ])(
    'lets the mode %s with delete %s pass: %s (domain §2.5, §2.8 op × delete_mode)',
    (mode, deletes, passes) => {
      const asked = () => check({ mode, delete: deletes });
      if (passes) expect(asked()).toMatchObject({ mode, delete: deletes });
      else expect(asked).toThrow('operation [put] and delete_mode [delete] are incompatible: ');
    },
  );

  it.each<[string, object, string]>([
    [
      'a mode there is not',
      { mode: 'sync' },
      'The "mode" of an ingest must be put, put-sync, put-append.',
    ],
    ['a delete in words', { delete: 'yes' }, 'The "delete" of an ingest must be true or false.'],
    ['a dry run in numbers', { dryRun: 1 }, 'The "dryRun" of an ingest must be true or false.'],
    ['a bad pattern', { excludeNames: ['*'] }, '"*" is no regular expression to exclude by: '],
    ['a bad pattern of directories', { excludeDirectories: ['('] }, '"(" is no regular expression'],
    [
      'a pattern that is no list',
      { excludeNames: '.*' },
      '"excludeNames" of an ingest must be a list',
    ],
    ['a type there is not', { excludeTypes: ['file'] }, '"file" is no type of entry to exclude'],
    ['no source at all', { source: [] }, 'An ingest takes 1 to 100 sources, not 0.'],
    ['a relative one of several', { source: ['/a', 'b'] }, 'must be an absolute path'],
    ['a name it does not know', { exclude: [] }, 'An ingest has no "exclude"; '],
    ['a name that is nearly one', { dryrun: true }, 'do you mean "dryRun"?'],
  ])('is refused with %s', (_what, change, sentence) => {
    expect(() => check(change)).toThrow(sentence);
  });
});
