/**
 * Flags of commands that start a job: when it runs again, where, and how much of it at once.
 *
 *   --every 5m --cron '0 3 * * *' --time-zone Europe/Berlin ─▶ { ticks: [{ everyMs }, { cron, timeZone }] }
 */
import { checkRules, type JobRules, type Tick } from '../actors/job-rules.ts';
import type { TickWish } from '../actors/ticks.ts';
import { parseDuration, typedDuration } from './duration.ts';
import { usage } from './failure.ts';
import type { Call, Verb } from './verb.ts';

export const scheduleOptions: Verb['options'] = [
  ['--every <TIME>', 'run again so long after each start, until it is stopped'],
  ['--interval <S>', 'the same as --every'],
  [
    '--cron <EXPRESSION>...',
    "run again at these times: minute, hour, day, month, weekday, like '0 3 * * *'; several may be given",
  ],
  ['--time-zone <ZONE>', 'of --cron, like Europe/Berlin (default UTC)'],
  [
    '--misfire <POLICY>',
    'when times passed without a controller: skip them, or run once (default skip)',
  ],
];

export const limitOptions: Verb['options'] = [
  ['--process-class <NAME>', 'the process class that does it (default: that of each handler)'],
  ['--max-active <N>', 'most tasks of it at agents at once (default: as there is room)'],
];

/**
 * The rules that were typed.
 * @throws {CommandFailed} {InvalidSetting} {InvalidId} one sentence
 */
export function rulesOf({ options, clock }: Pick<Call, 'options' | 'clock'>): JobRules {
  const text = (name: string): string | undefined => {
    const typed = options[name];
    return typeof typed === 'string' ? typed : undefined;
  };
  const maxActive = text('maxActive');
  const processClass = text('processClass');
  const misfire = text('misfire');
  const ticks = ticksOf(options, text);
  const given = {
    ...(processClass === undefined ? {} : { processClass }),
    ...(maxActive === undefined ? {} : { maxActive: /^\d+$/.test(maxActive) ? +maxActive : NaN }),
    ...(ticks.length === 0 ? {} : { ticks }),
    ...(misfire === undefined ? {} : { misfire }),
  };
  return checkRules(given, clock.now());
}

function ticksOf(
  options: Call['options'],
  text: (name: string) => string | undefined,
): readonly TickWish[] {
  const { cron } = options;
  const [every, interval, timeZone] = [text('every'), text('interval'), text('timeZone')];
  if (every !== undefined && interval !== undefined) {
    throw usage('Give --every or --interval, which are the same, and not both.');
  }
  const crons = Array.isArray(cron) ? (cron as readonly string[]) : [];
  if (timeZone !== undefined && crons.length === 0) {
    throw usage('--time-zone is that of --cron: give that, too.');
  }
  const flag = every === undefined ? '--interval' : '--every';
  const typed = every ?? interval;
  return [
    ...(typed === undefined ? [] : [{ everyMs: parseDuration(typed, flag) }]),
    ...crons.map((each) => ({ cron: each, ...(timeZone === undefined ? {} : { timeZone }) })),
  ];
}

/** `every 5m, 0 3 * * * Europe/Berlin` */
export const shownTicks = (ticks: readonly Tick[]): string =>
  ticks
    .map((tick) =>
      'everyMs' in tick
        ? `every ${typedDuration(tick.everyMs)}`
        : `${tick.cron}${tick.timeZone === 'UTC' ? '' : ` ${tick.timeZone}`}`,
    )
    .join(', ');
