/** When a periodic job runs again: intervals, cron expressions, time zones, and what is refused. */
import { describe, expect, it } from 'vitest';
import type { Tick } from '../../actors/job-rules.ts';
import { checkTicks, tickAfter, ticksPassed } from '../../actors/ticks.ts';

const at = (text: string) => Date.parse(text);
const cron = (text: string, timeZone = 'UTC'): Tick => ({ cron: text, timeZone });

describe('the ticks of a job', () => {
  it('are counted from its first start, so that they never drift', () => {
    const every = [{ everyMs: 60_000 }];
    expect(tickAfter(every, 1_000, 1_000)).toBe(61_000);
    expect(tickAfter(every, 1_000, 60_999)).toBe(61_000);
    expect(tickAfter(every, 1_000, 61_000)).toBe(121_000);
  });

  it('are in the time zone that they name, over changes to summer time', () => {
    const nightly = [cron('30 2 * * *', 'Europe/Berlin')];
    const from = at('2026-03-28T12:00:00Z');
    const first = tickAfter(nightly, from, from)!;
    // There is no half past two in that night: the hour is skipped.
    expect(new Date(first).toISOString()).toBe('2026-03-29T01:00:00.000Z');
    const second = tickAfter(nightly, from, first)!;
    expect(new Date(second).toISOString()).toBe('2026-03-30T00:30:00.000Z');
    const autumn = at('2026-10-24T12:00:00Z');
    // There are two: it comes once.
    const once = tickAfter(nightly, autumn, autumn)!;
    expect(tickAfter(nightly, autumn, once)).toBe(once + 25 * 3_600_000);
  });

  it('of several schedules are one row, two at one instant being one', () => {
    const ticks = [{ everyMs: 3_600_000 }, cron('0,30 * * * *')];
    const from = at('2026-01-01T00:00:00Z');
    const passed = ticksPassed(ticks, from, { due: from + 1_800_000, at: from + 7_200_000 });
    expect(passed).toEqual({
      count: 4,
      lastAt: from + 7_200_000,
      nextAt: from + 9_000_000,
    });
  });

  it('that have passed are counted, the present one included', () => {
    const every = [{ everyMs: 1_000 }];
    expect(ticksPassed(every, 0, { due: 1_000, at: 1_000 })).toEqual({
      count: 1,
      lastAt: 1_000,
      nextAt: 2_000,
    });
    expect(ticksPassed(every, 0, { due: 1_000, at: 86_400_500 })).toMatchObject({ count: 86_400 });
  });

  it('of a cron expression are looked at so often at most, however long nobody was there', () => {
    const from = at('2026-01-01T00:00:00Z');
    const passed = ticksPassed([cron('* * * * *')], from, {
      due: from,
      at: from + 7 * 86_400_000,
    });
    expect(passed).toMatchObject({ count: 500, nextAt: from + 7 * 86_400_000 + 60_000 });
  });

  it('end with an expression that names its year', () => {
    const once = [cron('0 0 12 1 2 * 2027')];
    const noon = at('2027-02-01T12:00:00Z');
    expect(tickAfter(once, 0, at('2026-06-01T00:00:00Z'))).toBe(noon);
    expect(ticksPassed(once, 0, { due: noon, at: noon })).toMatchObject({ count: 1, nextAt: null });
  });
});

describe('the check of ticks', () => {
  it('fills in the time zone', () => {
    expect(checkTicks([{ cron: '0 3 * * *' }, { everyMs: 1_000 }], 0)).toEqual([
      cron('0 3 * * *'),
      { everyMs: 1_000 },
    ]);
  });

  it.each<[object, RegExp]>([
    [{ everyMs: 0 }, /interval .* from 1000 .*, not 0\.$/],
    [{ everyMs: -5 }, /not -5\.$/],
    [{ everyMs: NaN }, /not NaN\.$/],
    [{ everyMs: 1_000.5 }, /whole number/],
    [{ everyMs: Infinity }, /not Infinity\.$/],
    [{ everyMs: '5m' }, /not "5m"\.$/],
    [{ cron: 'nightly' }, /^"nightly" is no cron expression/],
    [{ cron: '61 * * * *' }, /no cron expression \(Invalid value for minute: 61\)/],
    [{ cron: '' }, /^"" is no cron expression/],
    [{ cron: 5 }, /^5 is no cron expression/],
    [{ cron: '2026-01-01T00:00:00' }, /no cron expression/],
    [{ cron: '0 0 30 2 *' }, /never comes/],
    [{ cron: '0 3 * * *', timeZone: 'Europe/Bonn' }, /^"Europe\/Bonn" is no time zone/],
    [{ cron: '0 3 * * *', timeZone: '' }, /^"" is no time zone/],
  ])('refuses %j in one sentence', (tick, sentence) => {
    const check = () => checkTicks([tick as Tick], at('2026-01-01T00:00:00Z'));
    expect(check).toThrow(sentence);
    expect(check).toThrow(expect.objectContaining({ name: 'InvalidSetting' }) as Error);
  });
});
