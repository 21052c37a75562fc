/**
 * Copies of the product in which something is wrong: the sources are edited, compiled and written to a
 * folder of their own, and a process that imports from there runs the product with that bug in it.
 *
 *   whole/                all modules that the entries reach, as they are
 *   <name of the bug>/    those that were edited, and those that reach them; all others come from `whole`
 *
 * The product knows nothing of it, and what a bug cannot reach (checkers, the clock, a machine that was not
 * edited) is one and the same module for all of them. An edit whose text does not stand in its file exactly
 * once is refused: the product has moved on, and the bug with it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

/** One place that is made wrong. */
export interface Edit {
  /** Path of the source within the checkout. */
  readonly file: string;
  /** What stands there, exactly once. */
  readonly find: string;
  /** What is put in its place. */
  readonly put: string;
}

export interface Copies {
  /** URL of a module as it is. @param file path of its source within the checkout */
  whole(file: string): string;
  /**
   * Writes a copy with these edits in it. Returns where a module is found then.
   * @throws {Error} when the text of an edit is not found exactly once, or in a file that nobody imports
   */
  plant(name: string, edits: readonly Edit[]): (file: string) => string;
  /** Removes all copies. */
  remove(): void;
}

interface Module {
  readonly source: string;
  readonly compiled: string;
  /** Modules of the checkout that it imports. */
  readonly imports: readonly string[];
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const SPECIFIER = /(?<=(?:\bfrom|\bimport\(?)\s*)(['"])(\.{1,2}\/[^'"\n]+)\1/g;

/** @param entries sources whose modules are to be imported from the copies */
export function openCopies(entries: readonly string[]): Copies {
  const modules = read(entries);
  const folder = mkdtempSync(join(tmpdir(), 'planted-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [file, { compiled }] of modules) write(join(folder, 'whole', inJs(file)), compiled);
  const urlOf = (copy: string, file: string) => pathToFileURL(join(folder, copy, inJs(file))).href;
  return {
    whole: (file) => urlOf('whole', file),
    plant(name, edits) {
      const edited = editedSources(modules, edits);
      const own = reaching(modules, new Set(edited.keys()));
      for (const file of own) {
        const source = edited.get(file);
        const compiled = source === undefined ? modules.get(file)!.compiled : compile(file, source);
        const own_ = (to: string) => own.has(to.replace(/\.js$/, '.ts'));
        write(join(folder, name, inJs(file)), redirect(file, compiled, own_));
      }
      return (file) => urlOf(own.has(file) ? name : 'whole', file);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** All modules that the entries reach, by path. */
function read(entries: readonly string[]): Map<string, Module> {
  const modules = new Map<string, Module>();
  const left = [...entries];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (modules.has(file)) continue;
    const source = readFileSync(join(ROOT, file), 'utf8');
    const compiled = compile(file, source);
    const imports = importsOf(file, compiled).map((to) => to.replace(/\.js$/, '.ts'));
    modules.set(file, { source, compiled, imports });
    left.push(...imports);
  }
  return modules;
}

function compile(file: string, source: string): string {
  return ts.transpileModule(source, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText;
}

const inJs = (file: string) => file.replace(/\.ts$/, '.js');

const importsOf = (file: string, compiled: string) =>
  [...compiled.matchAll(SPECIFIER)].map(([, , to]) => join(dirname(file), to!));

/** The sources that the edits change, as they are then. */
function editedSources(modules: ReadonlyMap<string, Module>, edits: readonly Edit[]) {
  const edited = new Map<string, string>();
  for (const { file, find, put } of edits) {
    const source = edited.get(file) ?? modules.get(file)?.source;
    if (source === undefined) throw new Error(`Nobody imports ${file}: the product has moved on.`);
    const found = source.split(find).length - 1;
    if (found !== 1) {
      throw new Error(
        `This stands in ${file} ${found} times, not once; the product has moved on:\n${find}`,
      );
    }
    edited.set(
      file,
      source.replace(find, () => put),
    );
  }
  return edited;
}

/** These modules, and all that import them, directly or not. */
function reaching(modules: ReadonlyMap<string, Module>, from: Set<string>): ReadonlySet<string> {
  const found = new Set(from);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const [file, { imports }] of modules)
      if (imports.some((to) => found.has(to))) found.add(file);
  }
  return found;
}

/** Has a module of a copy import what the copy does not have from `whole`. */
function redirect(file: string, compiled: string, isOwn: (to: string) => boolean): string {
  return compiled.replace(SPECIFIER, (specifier: string, quote: string, to: string) => {
    const path = join(dirname(file), to);
    if (isOwn(path)) return specifier;
    return `${quote}${relative(join('copy', dirname(file)), join('whole', path))}${quote}`;
  });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
