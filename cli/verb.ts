/** What a command of the command line is, and what it is given when it runs. */
import type { Logger } from '../actors/logger.ts';
import type { Clock } from '../actors/clock.ts';
import type { ControllerSettings } from '../actors/controller-config.ts';
import type { Screen, Sink } from './screen.ts';
import type { WrittenClass } from './classes/complete.ts';
import type { SettingName, Values } from './settings.ts';

/** The surroundings of the process, so that a test can bring its own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly clock: Clock;
  /**
   * From the first call on SIGINT and SIGTERM no longer end the process: the first one aborts the signal
   * that is returned. The second one aborts that of `hurry`, the third one kills the process.
   */
  readonly interruption: () => AbortSignal;
  readonly hurry: () => AbortSignal;
}

/** One use of a command. */
export interface Call extends Surroundings {
  /** Of this package. */
  readonly version: string;
  readonly args: readonly string[];
  /** What stands behind `--`. */
  readonly command: readonly string[] | undefined;
  readonly values: Values;
  /** Where a value comes from: `--period`, `LIFELINE_PERIOD`, `lifeline.yaml:3`; undefined: a default. */
  readonly originOf: (name: SettingName) => string | undefined;
  /** The configuration file, if there is one; without classes it says nothing of them. */
  readonly config:
    { readonly file: string; readonly classes: readonly WrittenClass[] | undefined } | undefined;
  /** The settings that were typed as flags. */
  readonly typed: ReadonlySet<SettingName>;
  /** Options that only this command has, as typed; those that may be given again and again as a list. */
  readonly options: Readonly<Record<string, string | true | readonly string[] | undefined>>;
  readonly controllerSettings: ControllerSettings;
  readonly screen: Screen;
  readonly logger: Logger;
  /** Writes a line to stdout. */
  readonly print: (text: string) => void;
}

export interface Verb {
  readonly name: string;
  readonly alias?: string;
  /** Arguments as in the help: `<id>`, `[work]`. */
  readonly arguments: string;
  readonly summary: string;
  /** More lines for its own help. */
  readonly notes?: string;
  /** Settings it has beside the common ones. */
  readonly settings: readonly SettingName[];
  /** Defaults where they differ from the table's, as typed. */
  readonly fallbacks?: Partial<Record<SettingName, string>>;
  /** Options that neither the environment nor a file can give. `--name <X>...` may be given several times. */
  readonly options: readonly (readonly [flags: string, describe: string])[];
  /** The configuration file that its arguments name, instead of --config. */
  readonly configFile?: (args: readonly string[]) => string | undefined;
  /** May be followed by `-- CMD ARG…`. */
  readonly takesCommand?: true;
  /** Does it. Resolves with the exit code; throws what `failureOf` understands. */
  run(call: Call): Promise<number>;
}
