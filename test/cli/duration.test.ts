/** Durations as typed, and back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, typedDuration } from '../../cli/duration.ts';
import { counted, shownBytes, shownDuration, shownTime } from '../../cli/shown.ts';
import { LONGEST_MS } from '../../machines/timing.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['10', 10_000],
    ['0.2', 200],
    ['1.5s', 1_500],
    [' 3 s ', 3_000],
    ['+2s', 2_000],
    [`${LONGEST_MS}ms`, LONGEST_MS],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text, '--period')).toBe(ms);
  });

  it.each(['', 'soon', 'NaN', 'Infinity', '10 sec', '1e3', '0x10', '1h30m', 's', '--5', '1,5s'])(
    'refuses %j as no duration',
    (text) => {
      expect(() => parseDuration(text, '--period')).toThrow(/^--period is no duration: /);
    },
  );

  it.each(['0', '0s', '-1', '-500ms', '0.0001ms'])('refuses %j as not more than zero', (text) => {
    expect(() => parseDuration(text, '--idle')).toThrow(/^--idle must be more than zero, not /);
  });

  it.each([`${LONGEST_MS + 1}ms`, '25d', '99999999999h', '9'.repeat(400)])(
    'refuses %j as too long for a timer',
    (text) => {
      expect(() => parseDuration(text, '--sweep')).toThrow(
        '--sweep must be at most 2147483647 ms (24.8 days)',
      );
    },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LONGEST_MS }), (ms) => {
        expect(parseDuration(typedDuration(ms), 'x')).toBe(ms);
      }),
    );
  });
});

describe('what is shown to people', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_234, '1.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_600_000, '1 h 00 min'],
    [7_799_000, '2 h 10 min'],
  ])('%d ms as %j', (ms, text) => {
    expect(shownDuration(ms)).toBe(text);
  });

  it('writes sizes, counts and times', () => {
    expect(shownBytes(812)).toBe('812 bytes');
    expect(shownBytes(4_404_019)).toBe('4.2 MB');
    expect(counted(1, 'file')).toBe('1 file');
    expect(counted(12_345, 'directory', 'directories')).toBe('12,345 directories');
    expect(shownTime(Date.UTC(2030, 0, 1, 14, 3, 7, 120))).toBe('14:03:07.120');
  });
});
