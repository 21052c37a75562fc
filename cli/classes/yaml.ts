/**
 * Process classes in YAML or JSON:
 *
 *   process-classes:
 *     fast: { select: next, agents: [a1, http://host:4445], max-processes: 10, timeout: 60s, wait: 5m }
 *     slow: slow.xml          # the source system's XML, from the directory of this file
 *   agent-addresses:
 *     http://host:4445: a2    # for agents that are not started with --address
 */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { nearest } from '../../actors/nearest.ts';
import { CLASS_VALUES, flawAt, type ClassValue, type Told, type ToldClass } from './told.ts';

const KNOWN: readonly string[] = [...CLASS_VALUES, 'agents'];

/** The place of a node: `lifeline.yaml:7`. */
export type Where = (node: unknown) => string;

/** A scalar as it was written: 010 and 1e3 mean to the parsers what they mean on the command line. */
export function writtenOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}

/**
 * The value of `process-classes`.
 *
 * @param readXml the classes of another file
 * @throws {CommandFailed} one sentence with file and line
 */
export function classesOfYaml(
  node: unknown,
  key: Node,
  whereOf: Where,
  readXml: (path: string, where: string) => readonly ToldClass[],
): readonly ToldClass[] {
  if (!isMap(node)) {
    throw flawAt(
      whereOf(key),
      'process-classes must be a map from names to classes, as in "fast: { agents: [a1] }".',
    );
  }
  return node.items.map(({ key: name, value }) => {
    const [where, called] = [whereOf(name), writtenOf(name) ?? ''];
    if (isMap(value)) return classOf(called, where, value, whereOf);
    const path = writtenOf(value);
    if (path === undefined || !/\.xml$/i.test(path)) {
      throw flawAt(
        where,
        `The process class "${called}" must be a map, as { agents: [a1] }, or an XML file, as fast.xml.`,
      );
    }
    const [first, second] = readXml(path, where);
    if (!second) return { ...first!, name: called };
    throw flawAt(
      where,
      `${path} has several process classes, and one is called for; give each a file of its own.`,
    );
  });
}

function classOf(name: string, where: string, map: YAMLMap, whereOf: Where): ToldClass {
  const values: Partial<Record<ClassValue, Told>> = {};
  let agents: ToldClass['agents'];
  for (const { key, value } of map.items) {
    const [word, at] = [writtenOf(key) ?? '', whereOf(key)];
    if (!KNOWN.includes(word)) {
      const meant = nearest(word, KNOWN);
      const hint =
        meant === undefined ? `known are ${KNOWN.join(', ')}.` : `do you mean "${meant}"?`;
      throw flawAt(at, `A process class has no "${word}"; ${hint}`);
    }
    if (word === 'agents') {
      agents = { where: at, names: agentsOf(value, at, whereOf) };
      continue;
    }
    const text = writtenOf(value);
    if (text === undefined) throw flawAt(at, `${word} needs a single value.`);
    values[word as ClassValue] = { text, word, where: at };
  }
  return { name, where, values, agents };
}

function agentsOf(node: unknown, where: string, whereOf: Where): readonly Told[] | 'all' {
  if (writtenOf(node) === 'all') return 'all';
  if (!isSeq(node)) throw flawAt(where, 'agents must be a list of ids and addresses, or all.');
  return node.items.map((item) => {
    const text = writtenOf(item);
    if (text !== undefined) return { text, word: 'agent', where: whereOf(item) };
    throw flawAt(
      whereOf(item),
      'An agent is named by its id, as a1, or its address, as http://host:4445.',
    );
  });
}
