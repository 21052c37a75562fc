/**
 * Holds an answer against the shape that the OpenAPI document gives it. Nothing may be missing, and nothing may be
 * there that is not told of: here every object is closed, which for clients it is not.
 */
import { Compile } from 'typebox/schema';
import { routes } from '../../dashboard/server/routes.ts';
import { OPERATIONS, SHAPES } from '../../dashboard/server/shapes.ts';

type Schema = Readonly<Record<string, unknown>>;

const components = { schemas: closed(SHAPES) };
const checks = new Map<string, ReturnType<typeof Compile>>();

/** What is wrong with an answer, as sentences; none: it is as it is told. */
export function wrongWith(method: string, path: string, body: unknown): readonly string[] {
  const name = `${method} ${routeOf(method, path)}`;
  const gives = (OPERATIONS as Readonly<Record<string, { readonly gives: object }>>)[name]?.gives;
  if (!gives) return [`${name} is not told of`];
  const check = checks.get(name) ?? Compile({ components, ...closed(gives as Schema) });
  checks.set(name, check);
  if (check.Check(body)) return [];
  const [, errors] = check.Errors(body);
  return errors.map(({ instancePath, message }) => `${name} ${instancePath} ${message}`);
}

function routeOf(method: string, path: string): string | undefined {
  const steps = path.split('?')[0]!.split('/');
  const fits = (route: string) => {
    const own = route.split('/');
    return own.length === steps.length && own.every((step, at) => step === ':name' || step === steps[at]); // prettier-ignore
  };
  return routes.find((route) => route.method === method && fits(route.path))?.path;
}

/** The same with every object closed that says which properties it has. */
function closed(schema: Schema): Schema {
  const inner = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(inner)
      : typeof value === 'object' && value !== null
        ? closed(value as Schema)
        : value;
  const entries = Object.entries(schema).map(([name, value]) => [name, inner(value)] as const);
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  return { ...Object.fromEntries(entries), ...(isOpen && { additionalProperties: false }) };
}
