/**
 * Who may import whom, and what nobody needs.
 *
 *   cli, index, exports ──▶ dashboard, scenarios ──▶ actors ──▶ machines | transport | store | handlers/handler.ts
 *
 * Arrows go one way. The four leaves import none of each other. dashboard/page imports types, which are gone when
 * it runs. test/ may import all. A rule takes a file
 * and returns a sentence for each violation.
 */
import ts from 'typescript';
import {
  filesNamedIn,
  importsOf,
  pathFrom,
  treeOf,
  type Import,
  type SourceText,
} from './source.ts';

interface Layer {
  /** What it may import besides itself: a layer, or one file of it. */
  readonly mayImport: readonly string[];
  /** Files that may import `node:` modules. */
  readonly node: 'all' | 'none' | readonly string[];
  /** Libraries it may import; all when left out. */
  readonly libraries?: readonly string[];
  /** What it may import types from besides. */
  readonly typesOf?: readonly string[];
}

const LEAVES = ['machines', 'transport', 'store', 'handlers'];
const INSIDE = [
  ...LEAVES, 'actors', 'scenarios', 'dashboard/server', 'dashboard/inspector', 'cli',
]; // prettier-ignore

const LAYERS: Readonly<Record<string, Layer>> = {
  machines: { mayImport: [], node: 'none', libraries: ['xstate'] },
  transport: { mayImport: [], node: 'all' },
  store: { mayImport: [], node: 'all' },
  handlers: { mayImport: [], node: 'all' },
  actors: {
    mayImport: ['machines', 'transport', 'store', 'handlers/handler.ts'],
    node: ['actors/clock.ts'],
  },
  scenarios: { mayImport: [...LEAVES, 'actors'], node: 'all' },
  'dashboard/server': { mayImport: [...LEAVES, 'actors'], node: 'all' },
  'dashboard/inspector': { mayImport: [...LEAVES, 'actors', 'dashboard/server'], node: 'all' },
  // It runs in a browser. What it imports of others has neither state nor weight.
  'dashboard/page': {
    mayImport: ['actors/cause-codes.ts', 'cli/shown.ts', 'machines/diagram.ts'],
    node: 'none',
    libraries: ['preact', '@preact', 'wouter-preact', 'mermaid', 'uplot', 'eventsource-parser'],
    typesOf: [...LEAVES, 'actors', 'scenarios', 'dashboard/server'],
  },
  cli: { mayImport: INSIDE, node: 'all' },
  'cli.ts': { mayImport: INSIDE, node: 'all' },
  'index.ts': { mayImport: INSIDE, node: 'all' },
  exports: { mayImport: INSIDE, node: 'none', libraries: [] },
};

const layerOf = (path: string) => /^(dashboard\/)?[^/]*/.exec(path)![0];

/** Files of the product: no tests, no measurements, no examples, no settings of tools. */
export function isProduct({ path }: SourceText): boolean {
  return (
    /\.tsx?$/.test(path) && !path.endsWith('.config.ts') && !/^(test|bench|examples)\//.test(path)
  );
}

/** Imports that go against the arrows. */
export function layers(file: SourceText): string[] {
  const own = layerOf(file.path);
  const layer = LAYERS[own];
  if (layer === undefined) {
    return [
      `${file.path}: belongs to no layer; put it into one, or name its layer in test/architecture`,
    ];
  }
  const mayUseNode =
    layer.node === 'all' || (layer.node !== 'none' && layer.node.includes(file.path));
  const complaint = ({ specifier, isType }: Import): string | undefined => {
    if (specifier.startsWith('.')) {
      const target = pathFrom(file, specifier);
      const types = isType ? (layer.typesOf ?? []) : [];
      const isAllowed = [own, ...layer.mayImport, ...types].some((allowed) =>
        allowed.endsWith('.ts') ? allowed === target : layerOf(target) === allowed,
      );
      return isAllowed ? undefined : `${own} may not import ${target}`;
    }
    if (specifier.startsWith('node:')) {
      return mayUseNode ? undefined : `no node: here (${specifier}); take it as a parameter`;
    }
    const library = specifier.split('/')[0]!;
    if (library === 'lifeline') return `import the file itself, not ${specifier}`;
    const isAllowed = layer.libraries === undefined || layer.libraries.includes(library);
    return isAllowed ? undefined : `${own} may not import the library ${specifier}`;
  };
  return importsOf(file).flatMap((one) => {
    const text = complaint(one);
    return text === undefined ? [] : [`${file.path}:${one.line}: ${text}`];
  });
}

/** Files that only pass on what others export, as only those of the package's own entries may. */
export function barrels(file: SourceText): string[] {
  if (file.path === 'index.ts' || file.path.startsWith('exports/')) return [];
  if (/(^|\/)index\.ts$/.test(file.path)) {
    return [`${file.path}: no index.ts in folders; import the file that has the thing`];
  }
  const { statements } = treeOf(file);
  const passesOn = statements.some(
    (statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined,
  );
  const doesMore = statements.some(
    (statement) => !ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement),
  );
  return passesOn && !doesMore
    ? [`${file.path}: only passes on exports; import the file itself`]
    : [];
}

/** The files a user or the package can start from. */
export function isEntry({ path }: SourceText): boolean {
  return (
    /^(cli|index|dashboard\/page\/(main|early))\.tsx?$/.test(path) || path.startsWith('exports/')
  );
}

/** Files of the product that no entry needs, directly or through others. Tests do not count. */
export function deadFiles(files: readonly SourceText[]): string[] {
  const product = new Map(files.filter(isProduct).map((file) => [file.path, file]));
  const alive = new Set<string>();
  const visit = (file: SourceText): void => {
    if (alive.has(file.path)) return;
    alive.add(file.path);
    for (const path of filesNamedIn(file)) {
      const next = product.get(path);
      if (next !== undefined) visit(next);
    }
  };
  for (const file of product.values()) if (isEntry(file)) visit(file);
  return [...product.keys()]
    .filter((path) => !alive.has(path))
    .map((path) => `${path}: nothing in the product needs it; use it or delete it`);
}
