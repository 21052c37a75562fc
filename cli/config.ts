/**
 * `lifeline config`: what is configured, before anything is started and while it runs.
 *
 *   check  flags, environment, file ──▶ each setting and where it comes from, the process classes in full
 *   show   the process classes of a controller and how they stand        apply  others, from a file
 */
import { checkConfigFile } from './config-check.ts';
import { applyClasses, showClasses } from './config-apply.ts';
import { usage } from './failure.ts';
import { commonSettings, settingNames } from './settings.ts';
import type { Call, Verb } from './verb.ts';

const ACTIONS: Readonly<Record<string, (call: Call) => number | Promise<number>>> = {
  check: checkConfigFile,
  show: showClasses,
  apply: applyClasses,
};

export const config: Verb = {
  name: 'config',
  arguments: '<action> [file]',
  summary: 'what is configured: settings and process classes',
  notes: `
  lifeline config check [FILE]      what would be in force, and where each value comes from; or what is wrong, and in which line
  lifeline config show              the process classes of a controller, and how they stand
  lifeline config apply FILE        have it take those of a file, while it works

FILE is YAML or JSON as --config takes it, or the source system's XML (<process_class>).`,
  settings: settingNames.filter((name) => !commonSettings.includes(name)),
  options: [],
  configFile: ([, file]) => file,
  async run(call) {
    const [action = ''] = call.args;
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (act) return act(call);
    throw usage(`There is no "config ${action}"; there is ${Object.keys(ACTIONS).join(', ')}.`);
  },
};
