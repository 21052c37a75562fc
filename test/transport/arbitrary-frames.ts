/**
 * Arbitrary frames, made from the schemas themselves, so that a field added to a frame is tested from the
 * day it is there. Values of users are arbitrary plain data.
 */
import fc, { type Arbitrary } from 'fast-check';
import type { TSchema } from 'typebox';
import { AgentFrame, ControllerFrame } from '../../transport/frame.ts';
import { ID_PATTERN } from '../../transport/ids.ts';
import { bytes, id, value } from '../../transport/shapes.ts';

/** Text of whole characters, of any script. */
const text = fc.string({ unit: 'binary', maxLength: 80 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);

/** What msgpack carries without extensions. */
export const plainValues: Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    finite,
    text,
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(
      fc.oneof(
        text.filter((key) => key !== '__proto__'),
        fc.constantFrom(
          'constructor',
          'toString',
          'hasOwnProperty',
          'toJSON',
          'length',
          '__proto_',
        ),
      ),
      tie('value'),
      { maxKeys: 6, noNullPrototype: true },
    ),
  ),
})).value;

/** The keywords of JSON schema that frames are made with. */
interface Keywords {
  readonly const?: unknown;
  readonly anyOf?: readonly TSchema[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: TSchema;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

/** Values that satisfy the schema. Refuses a schema that frames have not been made with so far. */
function satisfying(schema: TSchema): Arbitrary<unknown> {
  if (schema === value) return plainValues;
  if (schema === bytes) return fc.uint8Array({ maxLength: 300 });
  const keywords = schema as Keywords;
  // An optional field has a copy of its schema.
  if (keywords.pattern === (id as Keywords).pattern) return fc.stringMatching(ID_PATTERN);
  if ('const' in keywords) return fc.constant(keywords.const);
  if (keywords.anyOf) return fc.oneof(...keywords.anyOf.map(satisfying));
  const { minimum: min = 0, maximum: max = 0 } = keywords;
  switch (keywords.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.oneof(
        fc.integer({ min, max: Math.min(max, 300) }),
        fc.integer({ min, max }),
        fc.constantFrom(min, max),
      );
    case 'number':
      return fc.double({ min, max, noNaN: true });
    case 'string':
      return fc.string({
        minLength: keywords.minLength ?? 0,
        maxLength: Math.min(keywords.maxLength ?? 100, 100),
      });
    case 'array':
      return keywords.items
        ? fc.array(satisfying(keywords.items), { maxLength: 4 })
        : fc.constant([]);
    case 'object': {
      const shape = Object.entries(keywords.properties ?? {});
      return fc.record(Object.fromEntries(shape.map(([key, item]) => [key, satisfying(item)])), {
        requiredKeys: [...(keywords.required ?? [])],
        noNullPrototype: true,
      });
    }
    case undefined:
      if (Object.keys(keywords).length === 0) return plainValues;
      throw new Error(`Teach arbitrary-frames.ts the schema ${JSON.stringify(schema)}.`);
    default:
      throw new Error(`Teach arbitrary-frames.ts the schema ${JSON.stringify(schema)}.`);
  }
}

export const anyControllerFrame = satisfying(ControllerFrame) as Arbitrary<ControllerFrame>;
export const anyAgentFrame = satisfying(AgentFrame) as Arbitrary<AgentFrame>;
