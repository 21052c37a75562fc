/**
 * Reads what follows a word of a scenario file, by the table of that word.
 *
 *   crash  a1 phase=recorded for=5s ──▶ { seat: 'a1', phase: 'recorded', forMs: 5000 }
 */
import { listed, noSuch } from './problem.ts';
import { singles, type AnyParts, type Single } from './parts.ts';
import type { Token } from './tokens.ts';

/** What the line it stands in adds to its values. */
export interface Place {
  /** The error that says what is wrong with the line. */
  problem(sentence: string): Error;
  /** @throws the problem when a name has not been introduced */
  checkName(names: 'agent' | 'link' | 'seat', name: string): void;
}

type Tree = Record<string, unknown>;

/** The values of a line; `word` is what stands before them. */
export function readParts(
  word: string,
  parts: AnyParts,
  tokens: readonly Token[],
  at: Place,
): Tree {
  const all = [...singles(parts)];
  const fields = new Map(all.flatMap((each) => (each.part.name ? [[each.part.name, each]] : [])));
  const places = all.filter(({ part }) => part.name === undefined);
  const tree = emptyTree(parts);
  const given = new Set<unknown>();
  let next = 0;
  for (const { name, text } of tokens) {
    const found = name === undefined ? places[next++] : fields.get(name);
    if (!found) {
      throw at.problem(
        name === undefined ? tooMuch(word, text, fields) : unknown(word, name, fields),
      );
    }
    if (given.has(found)) throw at.problem(`${name} is given twice.`);
    given.add(found);
    put(tree, found.path, valueOf(found.part, word, text, at));
  }
  for (const each of all) {
    if (each.part.isNeeded && !given.has(each))
      throw at.problem(missing(word, each.path, each.part));
  }
  return tree;
}

function valueOf({ kind, name }: Single<unknown>, word: string, text: string, at: Place): unknown {
  const value = kind.read(text);
  if (value === undefined) {
    const what = name === undefined ? `What follows ${word}` : `${name}=`;
    throw at.problem(`${what} must be ${kind.is}, not ${text === '' ? 'nothing' : text}.`);
  }
  if (kind.names) at.checkName(kind.names, text);
  return value;
}

const unknown = (word: string, name: string, fields: ReadonlyMap<string, unknown>) =>
  fields.size === 0
    ? `${word} has no fields: leave ${name}= out.`
    : noSuch(`field of ${word}`, name, [...fields.keys()]);

function tooMuch(word: string, text: string, fields: ReadonlyMap<string, unknown>): string {
  const rest =
    fields.size === 0 ? '' : ` (its fields are written ${listed([...fields.keys()])} and "=")`;
  return `${word} takes nothing like "${text}" here: leave it out${rest}.`;
}

function missing(word: string, path: readonly string[], { kind, name }: Single<unknown>): string {
  return name === undefined
    ? `${word} needs ${article(path.at(-1)!)}: ${kind.is}.`
    : `${word} needs ${name}=: ${kind.is}.`;
}

const article = (key: string) => `${/^[aeio]/.test(key) ? 'an' : 'a'} ${key.replace(/Ms$/, '')}`;

/** Groups are there even when nothing of them is given. */
function emptyTree(parts: AnyParts): Tree {
  const tree: Tree = {};
  for (const [key, part] of Object.entries(parts)) {
    if ('group' in part) tree[key] = emptyTree(part.group);
  }
  return tree;
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) tree[key] = value;
  else put(tree[key] as Tree, rest, value);
}
