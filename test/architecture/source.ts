/**
 * What the rules of the house look at: each file of the checkout as text, and each .ts and .tsx file as a syntax
 * tree, so that comments and strings are never taken for code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Path from the root of the checkout, with `/`, and what is in the file. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Gone after compilation. */
  readonly isType: boolean;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** All files of the checkout that .gitignore does not leave out; needs no git. Binary ones are left out. */
export function readCheckout(): SourceText[] {
  const ignored = readFileSync(join(ROOT, '.gitignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\/|\/$/g, ''));
  const isIgnored = (name: string, path: string) =>
    name === '.git' ||
    ignored.some((line) =>
      line.startsWith('*') ? name.endsWith(line.slice(1)) : line === name || line === path,
    );
  const read = (folder: string): SourceText[] =>
    readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (isIgnored(entry.name, path)) return [];
      if (entry.isDirectory()) return read(path);
      return entry.isFile() ? [{ path, text: readFileSync(join(ROOT, path), 'utf8') }] : [];
    });
  return read('').filter(({ text }) => !text.includes('\0'));
}

const parsed = new WeakMap<SourceText, ts.SourceFile>();

export function treeOf(file: SourceText): ts.SourceFile {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true);
  parsed.set(file, tree);
  return tree;
}

/** Calls `see` for the node and all below it, parents first; what is below is left out if it returns false. */
export function walk(node: ts.Node, see: (node: ts.Node) => boolean | void): void {
  if (see(node) !== false) ts.forEachChild(node, (child) => walk(child, see));
}

export function lineOf(node: ts.Node): number {
  const tree = node.getSourceFile();
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Everything a file imports, in every way that names it in a string. */
export function importsOf(file: SourceText): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, isType = false) => {
    if (node !== undefined && ts.isStringLiteralLike(node)) {
      found.push({ specifier: node.text, line: lineOf(node), isType });
    }
  };
  walk(treeOf(file), (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0]);
    }
  });
  return found;
}

/** Relative paths in strings that are no imports: `new URL('./worker-entry.js', import.meta.url)`. */
export function filesNamedIn(file: SourceText): string[] {
  const found: string[] = [];
  walk(treeOf(file), (node) => {
    if (!ts.isStringLiteralLike(node) && !ts.isTemplateHead(node)) return;
    if (/^\.{1,2}\//.test(node.text)) {
      const path = pathFrom(file, node.text);
      found.push(path.endsWith('.tsx') ? path : `${path.replace(/\.(ts|js)$/, '')}.ts`);
    }
  });
  return found;
}

/** The path in the checkout that a relative specifier of a file means. */
export function pathFrom(file: SourceText, specifier: string): string {
  return normalize(join(dirname(file.path), specifier));
}
