/**
 * The body of a POST: JSON, held against a schema, and a sentence for what does not fit.
 *
 *   { "handlr": "shell" }  ──▶  'The body has "handlr", which is not known; do you mean "handler"?'
 *
 * Nothing is left out, converted or filled in: what passes is what was sent.
 */
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { nearest } from '../../actors/nearest.ts';
import { badRequest } from './problem.ts';

/** @throws {RequestRefused} for bytes that are no JSON */
export function parseBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) {
    throw badRequest('The body is empty: send JSON, and {} when there is nothing to say.');
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is not UTF-8';
    throw badRequest(`The body is not JSON: ${why.slice(0, 200)}.`);
  }
}

/** Compiles a schema when it is first needed; returns what throws `RequestRefused` for what does not fit. */
export function createBodyCheck(schema: TSchema): (body: unknown) => void {
  let validator: ReturnType<typeof Compile> | undefined;
  return (body) => {
    validator ??= Compile(schema);
    if (validator.Check(body)) return;
    const flaws = validator.Errors(body) as readonly Flaw[];
    // A property that is not known is told twice; the first time without its name.
    const flaw = flaws.find(({ keyword }) => keyword !== 'boolean');
    throw badRequest(flaw ? sentenceOf(flaw, schema) : 'The body does not fit.');
  };
}

interface Flaw {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message: string;
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  object: 'an object',
  string: 'text',
};

function sentenceOf({ keyword, schemaPath, instancePath, params, message }: Flaw, schema: TSchema) {
  const where = instancePath === '' ? 'The body' : `${instancePath.slice(1)} of the body`;
  switch (keyword) {
    case 'required':
      return `${where} lacks "${(params['requiredProperties'] as string[])[0]}".`;
    case 'additionalProperties': {
      const name = (params['additionalProperties'] as string[])[0]!;
      const known = propertiesAt(schema, schemaPath);
      const meant = nearest(name, known);
      const hint =
        known.length === 0
          ? 'send {}.'
          : meant === undefined
            ? `use ${known.join(', ')}.`
            : `do you mean "${meant}"?`;
      return `${where} has ${JSON.stringify(name.slice(0, 80))}, which is not known; ${hint}`;
    }
    case 'type':
      return `${where} must be ${TYPES[params['type'] as string] ?? String(params['type'])}.`;
    case 'enum':
      return `${where} must be one of ${(params['allowedValues'] as string[]).join(', ')}.`;
    default:
      return `${where} ${message}.`;
  }
}

/** Names of the properties of the object that a pointer like `#/properties/items/items` leads to. */
function propertiesAt(schema: TSchema, pointer: string): readonly string[] {
  let place: unknown = schema;
  for (const step of pointer.split('/').slice(1)) {
    place = (place as Readonly<Record<string, unknown>> | undefined)?.[step];
  }
  return Object.keys((place as { readonly properties?: object } | undefined)?.properties ?? {});
}
