/** Flags that say when a job runs again, and how the schedule is shown. */
import { describe, expect, it } from 'vitest';
import { rulesOf, shownTicks } from '../../cli/job-rules.ts';
import { systemClock } from '../../actors/clock.ts';
import type { Call } from '../../cli/verb.ts';

const of = (options: Call['options']) => rulesOf({ options, clock: systemClock });

describe('the rules of a job, as typed', () => {
  it('are none where nothing is typed', () => {
    expect(of({})).toEqual({});
  });

  it.each([
    [{ every: '5m' }, { ticks: [{ everyMs: 300_000 }] }],
    [{ interval: '90' }, { ticks: [{ everyMs: 90_000 }] }],
    [{ cron: ['0 3 * * *'] }, { ticks: [{ cron: '0 3 * * *', timeZone: 'UTC' }] }],
    [
      { every: '1h', cron: ['0 3 * * *', '0 4 * * 1'], timeZone: 'Europe/Berlin', misfire: 'once' },
      {
        ticks: [
          { everyMs: 3_600_000 },
          { cron: '0 3 * * *', timeZone: 'Europe/Berlin' },
          { cron: '0 4 * * 1', timeZone: 'Europe/Berlin' },
        ],
        misfire: 'once',
      },
    ],
    [
      { processClass: 'fast', maxActive: '3' },
      { processClass: 'fast', maxActive: 3 },
    ],
  ])('of %j are understood', (options, rules) => {
    expect(of(options)).toEqual(rules);
  });

  it.each<[Call['options'], RegExp]>([
    [{ every: '5m', interval: '300' }, /not both/],
    [{ every: '0' }, /--every must be more than zero/],
    [{ every: '-5' }, /--every/],
    [{ interval: 'often' }, /--interval is no duration/],
    [{ every: '500ms' }, /from 1000 \(a second\)/],
    [{ cron: ['nightly'] }, /"nightly" is no cron expression/],
    [{ timeZone: 'UTC' }, /--time-zone is that of --cron/],
    [{ cron: ['0 3 * * *'], timeZone: 'Mars' }, /"Mars" is no time zone/],
    [{ misfire: 'once' }, /misfire is of jobs that run again/],
    [{ every: '5m', misfire: 'often' }, /skip or once/],
    [{ maxActive: '0' }, /maxActive/],
    [{ maxActive: 'many' }, /maxActive/],
    [{ processClass: 'a b' }, /process class/],
  ])('of %j are refused in one sentence', (options, sentence) => {
    expect(() => of(options)).toThrow(sentence);
  });

  it('are shown as they would be typed', () => {
    const ticks = of({ every: '90', cron: ['0 3 * * *'], timeZone: 'Asia/Tokyo' }).ticks!;
    expect(shownTicks(ticks)).toBe('every 90s, 0 3 * * * Asia/Tokyo');
  });
});
