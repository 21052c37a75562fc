/**
 * From arguments to an exit code: Commander reads them, the settings are resolved, the command runs, and
 * whatever goes wrong becomes one sentence on stderr.
 *
 *   argv ─▶ Commander ─▶ flags > environment > file > defaults ─▶ verb.run ─▶ exit code
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { checkConfig, type ControllerSettings } from '../actors/controller-config.ts';
import { exitCodes, failureOf, usage } from './failure.ts';
import { createLog } from './log.ts';
import { createScreen } from './screen.ts';
import { commonSettings, resolveSettings, settingNames, settings, variableOf } from './settings.ts';
import { writtenOf, type SettingName, type Values } from './settings.ts';
import type { Call, Surroundings, Verb } from './verb.ts';
import { loadVerbs, type VerbSource } from './verbs.ts';

type Typed = Readonly<Record<string, string | true | readonly string[] | undefined>>;

const NOTES = `
Every flag with a value may also come from the environment (LIFELINE_ and the flag in capitals:
LIFELINE_TASK_TIMEOUT) or from the file that --config names (YAML or JSON: "task-timeout: 1h").
Times: 500ms, 10s, 2m, 1h; a plain number means seconds.

Exit codes: 0 all done, 1 some failed, were parked or stopped, 2 usage or configuration, 3 no controller,
4 not found, 130 interrupted (the same command goes on where it was).`;

/**
 * Runs one command line.
 *
 * @param argv without the program and the script
 * @param version what `--version` prints
 */
export async function runCommandLine(
  argv: readonly string[],
  verbs: readonly VerbSource[],
  version: string,
  surroundings: Surroundings,
): Promise<number> {
  const split = argv.indexOf('--');
  const before = split < 0 ? argv : argv.slice(0, split);
  const command = split < 0 ? undefined : argv.slice(split + 1);
  const isDebug = { now: surroundings.env['LIFELINE_LOG_LEVEL'] === 'debug' };
  let exitCode: number = exitCodes.done;
  const program = createProgram(version, surroundings);
  for (const verb of await loadVerbs(before, verbs)) {
    const added = addVerb(program, verb);
    added.action(async () => {
      const typed: Typed = added.optsWithGlobals();
      if (typed['logLevel'] === 'debug') isDebug.now = true;
      if (command !== undefined && !verb.takesCommand) {
        throw usage(`Only \`lifeline run\` takes a command behind "--"; leave it out.`);
      }
      const call = await createCall(verb, added.args, command, typed, { ...surroundings, version });
      if (call.values['log-level'] === 'debug') isDebug.now = true;
      exitCode = await verb.run(call);
    });
  }
  try {
    if (before.length === 0 && command === undefined) program.outputHelp();
    else await program.parseAsync([...before], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    const failure = failureOf(error instanceof CommanderError ? ofCommander(error) : error);
    surroundings.stderr.write(`lifeline: ${failure.message}\n`);
    const origin = failure.cause instanceof Error ? failure.cause : failure;
    if (isDebug.now) surroundings.stderr.write(`${origin.stack}\n`);
    return failure.exitCode;
  }
}

function createProgram(version: string, { stdout, stderr }: Surroundings): Command {
  const program = new Command('lifeline');
  program
    .description('Hands work to agents and never loses sight of it.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // The sentence is written once, by whoever catches the error.
      outputError: () => {},
    })
    .exitOverride()
    .addHelpText('after', NOTES);
  for (const name of commonSettings) program.addOption(optionOf(name));
  program.option('--config <FILE>', 'settings in YAML or JSON, by the names of the flags');
  return program;
}

function addVerb(program: Command, verb: Verb): Command {
  const added = program.command(`${verb.name} ${verb.arguments}`.trim()).summary(verb.summary);
  added.description(verb.notes === undefined ? verb.summary : `${verb.summary}\n${verb.notes}`);
  if (verb.alias !== undefined) added.alias(verb.alias);
  for (const name of verb.settings) added.addOption(optionOf(name, verb.fallbacks?.[name]));
  for (const [flags, describe] of verb.options) {
    if (flags.endsWith('...')) added.option(flags, describe, oneMore);
    else added.option(flags, describe);
  }
  return added;
}

/** An option that may be given again and again: `--cron <EXPRESSION>...`. */
const oneMore = (text: string, before: readonly string[] = []) => [...before, text];

function optionOf(name: SettingName, fallback?: string): Option {
  const { placeholder, describe } = settings[name];
  const flags = placeholder === null ? `--${name}` : `--${name} <${placeholder}>`;
  const shown = describe.replace(/\(default [^)]*\)$/, (own) =>
    fallback === undefined ? own : `(default ${fallback})`,
  );
  return new Option(flags, shown);
}

async function createCall(
  verb: Verb,
  args: readonly string[],
  command: readonly string[] | undefined,
  typed: Typed,
  surroundings: Surroundings & Pick<Call, 'version'>,
): Promise<Call> {
  const { env, stdout, stderr } = surroundings;
  const file =
    verb.configFile?.(args) ?? (typed['config'] as string | undefined) ?? env[variableOf('config')];
  const reader = file ? await import('./config-file.ts') : undefined;
  const read = file ? reader?.readConfig(file, settingNames) : undefined;
  const flags = Object.fromEntries(
    settingNames.map((name) => [name, textOf(typed[camelCase(name)])]),
  );
  const written = read?.settings ?? new Map<never, never>();
  const values = resolveSettings(flags, env, written, verb.fallbacks);
  const controllerSettings = controllerSettingsOf(values);
  const screen = createScreen(stderr, env);
  const isOwn = ([name]: readonly [string, unknown]) =>
    name !== 'config' && !settingNames.some((setting) => camelCase(setting) === name);
  return {
    ...surroundings,
    args,
    command,
    values,
    config: read && { file: read.file, classes: reader?.classesIn(read, controllerSettings) },
    originOf: (name) => writtenOf(name, { flags, env, file: written })?.where,
    typed: new Set(settingNames.filter((name) => flags[name] !== undefined)),
    options: Object.fromEntries(Object.entries(typed).filter(isOwn)),
    controllerSettings,
    screen,
    logger: createLog(values['log-level'], screen, stderr),
    print: (text) => void stdout.write(`${text}\n`),
  };
}

/** @throws {InvalidSetting} when they do not fit each other */
function controllerSettingsOf(values: Values): ControllerSettings {
  const chosen: ControllerSettings = {
    namespace: values.namespace,
    periodMs: values.period,
    delayMs: values.delay,
    timeoutMs: values.timeout,
    sweepMs: values.sweep,
    idleMs: values.idle,
    graceMs: values.grace,
    killTimeMs: values['kill-time'],
    drift: values.drift,
    keepMs: values.keep,
    keepCount: values['keep-count'],
  };
  checkConfig(chosen);
  return chosen;
}

/** Commander's own complaint as one sentence. */
function ofCommander(error: CommanderError): Error {
  const [first = '', hint] = error.message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (.*)\?/.exec(hint ?? '')?.[1];
  const what = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}`;
  const next =
    meant === undefined ? '`lifeline --help` shows what there is.' : `do you mean ${meant}?`;
  return usage(`${what}; ${next}`, error);
}

const camelCase = (name: string) =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const textOf = (typed: Typed[string]) => (typed === true ? 'true' : (typed as string | undefined));

/** The version of this package. */
export function packageVersion(manifest: URL): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
