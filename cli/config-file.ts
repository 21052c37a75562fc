/**
 * The configuration file: YAML, or JSON, which is YAML too. One flat map from flag names to values.
 *
 *   period: 10s
 *   agents: 4
 *
 * Whatever cannot be used is refused with its line; a name nobody knows, with the nearest one there is.
 */
import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { pathSentence, usage } from './failure.ts';
import { nearest } from '../actors/nearest.ts';
import type { Written } from './settings.ts';

/**
 * @param names what may be set
 * @throws {CommandFailed} naming the file and the line
 */
export function readConfig(file: string, names: readonly string[]): Map<string, Written> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(pathSentence('configuration file', file, error), error);
  }
  return parseConfig(text, file, names);
}

/** What a configuration file says, by flag name. */
export function parseConfig(
  text: string,
  file: string,
  names: readonly string[],
): Map<string, Written> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line;
  const flaw = document.errors[0];
  if (flaw) throw usage(`${file}:${lineAt(flaw.pos[0])}: ${sentence(flaw.message)}`, flaw);
  const { contents } = document;
  const found = new Map<string, Written>();
  if (contents === null) return found;
  if (!isMap(contents)) {
    throw usage(`${file}:1: The file must be a map from names to values, as in "period: 10s".`);
  }
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const where = `${file}:${lineAt((key as unknown as { readonly range?: readonly [number] }).range?.[0])}`;
    if (!names.includes(name)) {
      const meant = nearest(name, names);
      const hint =
        meant === undefined ? `known are ${names.join(', ')}` : `do you mean "${meant}"?`;
      throw usage(`${where}: There is no setting "${name}"; ${hint}`);
    }
    if (!isScalar(value) || value.value === null) {
      throw usage(`${where}: The setting "${name}" needs a single value.`);
    }
    // The text as it was written: 010 and 1e3 mean to the parsers what they mean on the command line.
    const written = typeof value.value === 'string' ? value.value : (value.source ?? '');
    found.set(name, { text: written, what: `${where}: ${name}` });
  }
  return found;
}

const sentence = (message: string) => `${message.split('\n')[0]!.replace(/[.:\s]*$/, '')}.`;
