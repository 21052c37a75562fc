/** `lifeline config check`: every setting with its value and its origin, every process class in full. */
import { checkConfig } from '../actors/controller-config.ts';
import { isAddress } from '../machines/agent-address.ts';
import {
  beatsOf, checkClasses, DEFAULT_CLASS, type ClassSettings, withDefault,
} from '../machines/class-settings.ts'; // prettier-ignore
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import type { Setting } from './setting-kinds.ts';
import { settingNames, settings, type SettingName, type Values } from './settings.ts';
import { tableLines, type Column } from './table.ts';
import { typedDuration } from './duration.ts';
import type { Call } from './verb.ts';

const SETTING: readonly Column[] = [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }];

const CLASS: readonly Column[] = [
  { title: 'PROCESS CLASS' },
  { title: 'SELECT' },
  { title: 'AT ONCE', align: 'right' },
  { title: 'PERIOD', align: 'right' },
  { title: 'DELAY', align: 'right' },
  { title: 'TIMEOUT', align: 'right' },
  { title: 'REST', align: 'right' },
  { title: 'WAIT', align: 'right' },
  { title: 'AGENTS' },
  { title: 'FROM' },
];

const DEFAULT = 'default';

/** A class with nothing left open, and where it is written. */
interface ClassInForce extends ClassSettings {
  readonly periodMs: number;
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly from: string;
}

/** Says what would be in force; nothing is done. What is wrong has been refused by then. */
export function checkConfigFile(call: Call): number {
  const { values, originOf, print, config } = call;
  const listed = settingNames.map((name) => ({
    name,
    value: values[name] ?? null,
    from: originOf(name) ?? DEFAULT,
  }));
  const classes = classesInForce(call);
  const unmapped = new Set(
    classes.flatMap(({ agents }) => (agents === 'all' ? [] : agents.filter(isAddress))),
  );
  if (values.json) {
    const file = config?.file ?? null;
    print(
      jsonDocument({ file, settings: listed, processClasses: classes, unmapped: [...unmapped] }),
    );
    return exitCodes.done;
  }
  const shown = listed.map(({ name, value, from }) => [name, shownValue(name, value), from]);
  for (const line of tableLines(SETTING, shown)) print(line);
  print('');
  for (const line of tableLines(CLASS, classes.map(cellsOf))) print(line);
  for (const address of unmapped) {
    print(
      `${address} is the agent that is started with --address ${address}, or that agent-addresses names.`,
    );
  }
  return exitCodes.done;
}

/** The class `default` is there whether somebody writes it or not. */
function classesInForce({ config, controllerSettings }: Call): readonly ClassInForce[] {
  const { timing, select, maxProcesses } = checkConfig(controllerSettings);
  const written = config?.classes ?? [];
  const given = checkClasses(
    written.map(({ options }) => options),
    timing,
  );
  const from = new Map(written.map(({ options, where }) => [options.name, where]));
  const own = given.find(({ name }) => name === DEFAULT_CLASS);
  const common = (own && beatsOf(own)) ?? timing;
  return withDefault(given, { select, maxProcesses }).map((each) => {
    const { periodMs, delayMs, timeoutMs } = beatsOf(each) ?? common;
    return { ...each, periodMs, delayMs, timeoutMs, from: from.get(each.name) ?? DEFAULT };
  });
}

function shownValue(name: SettingName, value: Values[SettingName] | null): string {
  if (value === null) return '-';
  const { shown } = settings[name] as Setting<unknown>;
  return shown && typeof value === 'number' ? shown(value) : String(value);
}

const cellsOf = (one: ClassInForce): readonly string[] => [
  one.name,
  one.select,
  one.maxProcesses === Number.MAX_SAFE_INTEGER ? '-' : String(one.maxProcesses),
  typedDuration(one.periodMs),
  typedDuration(one.delayMs),
  typedDuration(one.timeoutMs),
  one.restMs === 0 ? '-' : typedDuration(one.restMs),
  one.waitMs === null ? '-' : typedDuration(one.waitMs),
  one.agents === 'all' ? 'all' : one.agents.join(', '),
  one.from,
];
