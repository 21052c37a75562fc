/**
 * The shapes of the OpenAPI document, made from the types of the answers and the comments above them.
 *
 *   Answers (dashboard/server/answers.ts) ─▶ TypeScript's checker ─▶ JSON Schema ─▶ dashboard/server/shapes.ts
 *
 * A type that is exported under a name of its own is a component; all others stand where they are used.
 */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

type Schema = Record<string, unknown>;

const root = fileURLToPath(new URL('../../', import.meta.url));
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

/** The text of dashboard/server/shapes.ts. */
export function shapesFile(): string {
  const path = `${root}dashboard/server/answers.ts`;
  const program = ts.createProgram([path], OPTIONS, withoutLibraries());
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path)!;
  const answers = checker
    .getExportsOfModule(checker.getSymbolAtLocation(file)!)
    .find(({ name }) => name === 'Answers')!;
  const shapes = new Shapes(checker);
  const operations = checker.getDeclaredTypeOfSymbol(answers).getProperties();
  const lines = operations.map((operation) => {
    const type = checker.getTypeOfSymbol(operation);
    const told = { says: shapes.commentOf(operation), gives: shapes.of(type) };
    return `  ${JSON.stringify(operation.name)}: ${JSON.stringify(told)},`;
  });
  const components = [...shapes.components].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '/**',
    ' * The shapes of what the routes answer, as JSON Schema. Made by `npm run docs:openapi` from answers.ts and the',
    ' * types that it names: change those.',
    ' */',
    "import type { Answers } from './answers.ts';",
    '',
    '/** What each route is for, and the shape of its answer. */',
    '// prettier-ignore',
    'export const OPERATIONS: Readonly<Record<keyof Answers, { readonly says: string; readonly gives: object }>> = {',
    ...lines,
    '};',
    '',
    '/** Shapes that have a name. */',
    '// prettier-ignore',
    'export const SHAPES: Readonly<Record<string, object>> = {',
    ...components.map(([name, schema]) => `  ${name}: ${JSON.stringify(schema)},`),
    '};',
    '',
  ].join('\n');
}

/** Of the libraries only the one that types come from is read: to read all takes most of the time. */
function withoutLibraries(): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const isNeeded = (name: string, from: string) =>
    name.startsWith('.') || name === 'typebox' || from.includes('/node_modules/typebox/');
  host.resolveModuleNameLiterals = (names, from, redirected, options) =>
    names.map(({ text }) =>
      isNeeded(text, from)
        ? ts.resolveModuleName(
            text,
            from,
            options,
            host,
            undefined,
            redirected,
            ts.ModuleKind.ESNext,
          )
        : { resolvedModule: undefined },
    );
  return host;
}

class Shapes {
  readonly components = new Map<string, Schema>();
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  commentOf(symbol: ts.Symbol): string {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
    return text.replace(/\s+/g, ' ').trim();
  }

  /** The schema of a type. @param name of the property that has it */
  of(type: ts.Type, name = ''): Schema {
    const own = nameOf(type);
    if (own === undefined) return this.#inline(type, name);
    if (!this.components.has(own)) {
      this.components.set(own, {});
      const says = this.commentOf((type.aliasSymbol ?? type.getSymbol())!);
      this.components.set(own, { ...described(says), ...this.#inline(type, name) });
    }
    return { $ref: `#/components/schemas/${own}` };
  }

  #inline(type: ts.Type, name: string): Schema {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
    if (type.isUnion()) return this.#union(type, name);
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral)
      return { const: this.#checker.typeToString(type) === 'true' };
    if (type.flags & ts.TypeFlags.StringLike)
      return { type: 'string', ...(isInstant(name) && { format: 'date-time' }) };
    if (type.flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
    if (this.#checker.isArrayType(type) || this.#checker.isTupleType(type)) {
      const [item] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return { type: 'array', items: this.of(item!) };
    }
    return this.#object(type);
  }

  #union(type: ts.UnionType, name: string): Schema {
    const parts = type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
    // Any JSON: the type refers to itself, and loses its name in a union with others.
    if (parts.some((part) => part.getSymbol()?.name === 'Uint8Array')) return {};
    const literals = parts.filter((part) => part.isStringLiteral() || part.isNumberLiteral());
    const booleans = parts.filter(({ flags }) => flags & ts.TypeFlags.BooleanLiteral);
    const rest = parts.filter(
      (part) => !literals.includes(part as never) && !booleans.includes(part),
    );
    const schemas = [
      ...(literals.length > 1 ? [{ enum: literals.map(({ value }) => value).sort() }] : literals.map((one) => this.of(one))),
      ...(booleans.length > 1 ? [{ type: 'boolean' }] : booleans.map((one) => this.of(one))),
      ...rest.map((part) => this.of(part, name)),
    ]; // prettier-ignore
    // The checker's own order depends on what it has seen before.
    const anyOf = schemas.map((one) => JSON.stringify(one)).sort().map((text) => JSON.parse(text) as Schema); // prettier-ignore
    return anyOf.length === 1 ? anyOf[0]! : { anyOf };
  }

  #object(type: ts.Type): Schema {
    const values = type.getStringIndexType();
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const property of this.#checker.getPropertiesOfType(type)) {
      const schema = this.of(this.#checker.getTypeOfSymbol(property), property.name);
      const says = this.commentOf(property);
      properties[property.name] = { ...described(says), ...schema };
      if (!(property.flags & ts.SymbolFlags.Optional)) required.push(property.name);
    }
    return {
      type: 'object',
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.length > 0 && { required }),
      ...(values && { additionalProperties: this.of(values) }),
    };
  }
}

const described = (says: string): Schema => (says === '' ? {} : { description: says });

/** Instants are called so throughout. */
const isInstant = (name: string) => /(^at|At|^until)$/.test(name);

/** What an exported type of the product is called, if it is no generic one; undefined: it has no name of its own. */
function nameOf(type: ts.Type): string | undefined {
  const symbol = type.aliasSymbol ?? type.getSymbol();
  const declaration = symbol?.declarations?.[0];
  if (!declaration || declaration.getSourceFile().fileName.includes('node_modules'))
    return undefined;
  if (!ts.isInterfaceDeclaration(declaration) && !ts.isTypeAliasDeclaration(declaration))
    return undefined;
  if (declaration.typeParameters || type.aliasTypeArguments?.length) return undefined;
  return symbol.name;
}
