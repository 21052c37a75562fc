/**
 * What the package exports, read from the sources without compiling them: names, and the docstring of each.
 *
 *   exports/store.ts  export { createKeys } from '../store/typed-keys.ts' ─▶ follows ─▶ its declaration there
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A name that an entry of the package exports. */
export interface Exported {
  /** `lifeline/store`. */
  readonly entry: string;
  readonly name: string;
  /** Where it is declared, from the root. */
  readonly file: string;
  /** Its docstring as text; empty: it has none. */
  readonly says: string;
}

const parsed = new Map<string, ts.SourceFile>();

function sourceOf(path: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known) return known;
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  parsed.set(path, file);
  return file;
}

/** Entries of the package and their files. */
export const entries: readonly (readonly [entry: string, path: string])[] = [
  ['lifeline', join(ROOT, 'index.ts')],
  ...readdirSync(join(ROOT, 'exports')).map(
    (file) => [`lifeline/${file.replace('.ts', '')}`, join(ROOT, 'exports', file)] as const,
  ),
];

/** All that the entries export, in order. */
export const exported = (): Exported[] =>
  entries.flatMap(([entry, path]) =>
    [...namesOf(path)].map(({ name, at, as }) => ({
      entry,
      name,
      file: relative(ROOT, at),
      says: docOf(at, as),
    })),
  );

/** What a file exports: under which name, and where and as what it is declared. */
function* namesOf(path: string): Generator<{ name: string; at: string; as: string }> {
  for (const statement of sourceOf(path).statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause) {
      if (!ts.isNamedExports(statement.exportClause) || !statement.moduleSpecifier) continue;
      const from = (statement.moduleSpecifier as ts.StringLiteral).text;
      for (const { name, propertyName } of statement.exportClause.elements) {
        const as = (propertyName ?? name).text;
        yield { name: name.text, ...declaredIn(join(dirname(path), from), as) };
      }
    } else if (isExported(statement))
      for (const as of declares(statement)) yield { name: as, at: path, as };
  }
}

const isExported = (statement: ts.Statement) =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** Follows what a file only passes on. */
function declaredIn(path: string, as: string): { at: string; as: string } {
  const here = sourceOf(path).statements.some((each) => declares(each).includes(as));
  if (here) return { at: path, as };
  const found = [...namesOf(path)].find(({ name }) => name === as);
  if (!found) throw new Error(`${relative(ROOT, path)} does not declare ${as}.`);
  return { at: found.at, as: found.as };
}

function declares(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as ts.Statement & { readonly name?: ts.Identifier };
  return name && ts.isIdentifier(name) ? [name.text] : [];
}

/** Of overloads and of a type and a value of one name, the first that has one. */
function docOf(path: string, name: string): string {
  for (const statement of sourceOf(path).statements) {
    if (!declares(statement).includes(name)) continue;
    const own = (statement as unknown as { readonly jsDoc?: readonly ts.JSDoc[] }).jsDoc ?? [];
    // The header of a file stands before its first statement and is not of it.
    const docs = statement.pos === 0 ? own.slice(1) : own;
    const text = docs.map(textOf).join('\n').trim();
    if (text !== '') return text;
  }
  return '';
}

/** Also of one that has only tags. */
const textOf = (doc: ts.JSDoc): string =>
  doc
    .getText()
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .trim();
