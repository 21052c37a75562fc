/**
 * The configuration file: YAML, or JSON, which is YAML too. One map from flag names to values, and the process
 * classes (classes/yaml.ts); or a file of the source system's XML with nothing but those.
 *
 *   period: 10s
 *   agents: 4
 *   process-classes:
 *     fast: { agents: [a1, http://host:4445] }
 *
 * Whatever cannot be used is refused with its line; a name nobody knows, with the nearest one there is.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isMap, LineCounter, parseDocument, type Node, type Pair } from 'yaml';
import { parseId } from '../transport/ids.ts';
import { checkConfig, type ControllerSettings } from '../actors/controller-config.ts';
import {
  addressAt, completeClasses, sayingWhere, type Addresses, type WrittenClass,
} from './classes/complete.ts'; // prettier-ignore
import { flawAt, type ToldClass } from './classes/told.ts';
import { classesOfXml } from './classes/xml.ts';
import { classesOfYaml, writtenOf, type Where } from './classes/yaml.ts';
import { CommandFailed, pathSentence, usage } from './failure.ts';
import { nearest } from '../actors/nearest.ts';
import type { Written } from './settings.ts';

/** What stands in a configuration file. */
export interface ConfigFile {
  readonly file: string;
  /** By flag name. */
  readonly settings: ReadonlyMap<string, Written>;
  /** Undefined: it says nothing of process classes. */
  readonly classes: readonly ToldClass[] | undefined;
  /** For agents that do not tell theirs. */
  readonly addresses: Addresses;
}

const CLASSES = 'process-classes';
const ADDRESSES = 'agent-addresses';

/**
 * @param names what may be set
 * @throws {CommandFailed} naming the file and the line
 */
export function readConfig(file: string, names: readonly string[]): ConfigFile {
  const bytes = bytesOf(file, 'configuration file');
  if (!/\.xml$/i.test(file)) return parseConfig(bytes.toString(), file, names);
  return { file, settings: new Map(), classes: classesOfXml(bytes, file), addresses: new Map() };
}

function bytesOf(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw usage(pathSentence(what, file, error), error);
  }
}

/** What a configuration file says, in YAML or JSON. */
export function parseConfig(text: string, file: string, names: readonly string[]): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line;
  const whereOf: Where = (node) =>
    `${file}:${lineAt((node as { readonly range?: readonly [number] } | null)?.range?.[0])}`;
  const flaw = document.errors[0];
  if (flaw) throw usage(`${file}:${lineAt(flaw.pos[0])}: ${sentence(flaw.message)}`, flaw);
  const { contents } = document;
  const settings = new Map<string, Written>();
  let classes: readonly ToldClass[] | undefined;
  let addresses: Addresses = new Map();
  if (contents === null) return { file, settings, classes, addresses };
  if (!isMap(contents)) {
    throw usage(`${file}:1: The file must be a map from names to values, as in "period: 10s".`);
  }
  for (const { key, value } of contents.items as Pair<Node, unknown>[]) {
    const [name, where] = [writtenOf(key) ?? String(key), whereOf(key)];
    if (name === CLASSES) {
      classes = classesOfYaml(value, key, whereOf, (path, place) => otherFile(file, path, place));
    } else if (name === ADDRESSES) {
      addresses = addressesOf(value, where, whereOf);
    } else {
      settings.set(name, settingOf(name, value, where, names));
    }
  }
  return { file, settings, classes, addresses };
}

function settingOf(name: string, value: unknown, where: string, names: readonly string[]): Written {
  if (!names.includes(name)) {
    const meant = nearest(name, [...names, CLASSES, ADDRESSES]);
    const hint = meant === undefined ? `known are ${names.join(', ')}` : `do you mean "${meant}"?`;
    throw flawAt(where, `There is no setting "${name}"; ${hint}`);
  }
  const text = writtenOf(value);
  if (text === undefined) throw flawAt(where, `The setting "${name}" needs a single value.`);
  return { text, where, what: `${where}: ${name}` };
}

/** The path is that of whoever wrote the file, so it begins there. */
function otherFile(file: string, path: string, where: string): readonly ToldClass[] {
  const found = resolve(dirname(file), path);
  try {
    return classesOfXml(bytesOf(found, 'file'), path);
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.message.startsWith(path)) throw error;
    throw flawAt(where, error.message, error);
  }
}

/** Each address once, as an agent would tell it. */
function addressesOf(node: unknown, where: string, whereOf: Where): Addresses {
  if (!isMap(node)) {
    throw flawAt(
      where,
      `${ADDRESSES} must be a map from addresses to ids, as in "http://host:4445: a1".`,
    );
  }
  const found = new Map<string, string>();
  for (const { key, value } of node.items) {
    const at = whereOf(key);
    const address = addressAt(writtenOf(key) ?? '', at);
    if (found.has(address)) throw flawAt(at, `The address ${address} is there twice: map it once.`);
    found.set(
      address,
      sayingWhere(at, () => parseId(writtenOf(value) ?? '', 'agent id')),
    );
  }
  return found;
}

/**
 * The process classes of a file, ready to be used by a controller of these settings.
 *
 * @throws {CommandFailed} naming the file and the line
 */
export function classesIn(
  { classes, addresses }: ConfigFile,
  controller: ControllerSettings,
): readonly WrittenClass[] | undefined {
  return classes && completeClasses(classes, addresses, checkConfig(controller).timing);
}

const sentence = (message: string) => `${message.split('\n')[0]!.replace(/[.:\s]*$/, '')}.`;
