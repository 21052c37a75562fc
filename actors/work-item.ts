/**
 * Work as people hand it in, and the checks that it passes before anything of it is recorded.
 *
 *   { handler, input, id?, key? } ─▶ names legal? fits the schema? can be sent (256 KB)? ─▶ Item, a copy
 *
 * A copy, since an iterator may use one object again and again while a batch is being gathered.
 */
import type { Handler, Policy } from '../handlers/handler.ts';
import type { Value } from '../store/store.ts';
import { parseId } from '../transport/ids.ts';
import { checkValue } from '../transport/value.ts';
import type { Item } from './commands.ts';

/** What the controller needs to know of a handler: its name, its policy, the schema of its input. */
export interface HandlerInfo extends Pick<Handler, 'name' | 'policy' | 'input' | 'result'> {
  /** What of the policy was said with the work, and holds against the handler's configuration. */
  readonly wish?: Partial<Policy>;
  /** What runs before and after the jobs of this handler. */
  readonly preJob?: { readonly name: string };
  readonly postJob?: { readonly name: string };
}

/** One piece of work of a job. */
export interface WorkItem {
  readonly handler: HandlerInfo;
  readonly input: unknown;
  /** 1 to 64 of A-Z a-z 0-9 _ and -, used by no other work. Default: made from the job's name. */
  readonly id?: string;
  /** Names the work within its run, in at most 1,024 bytes: a key that was handed in before is skipped. */
  readonly key?: string;
}

/** Makes the check of a handler's input: a function from an input to what is wrong with it. */
export type InputCheck = (
  handler: HandlerInfo,
  what: 'input',
) => (given: unknown) => string | undefined;

/** An input that does not fit the schema of its handler, or a key that cannot be used. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  readonly retryable = false;
}

/** So that a key of the store can be built from it. */
const KEY_BYTES_MAX = 1_024;

/** Checks work and copies it. One per controller: a schema is compiled once. */
export function createItemCheck(checkOf: InputCheck): (work: WorkItem) => Item {
  const checks = new WeakMap<HandlerInfo, (given: unknown) => string | undefined>();
  const checkFor = (handler: HandlerInfo) => {
    const known = checks.get(handler);
    if (known) return known;
    parseId(handler.name, 'handler name');
    const check = checkOf(handler, 'input');
    checks.set(handler, check);
    return check;
  };
  return ({ handler, input, id, key }) => {
    const flaw = checkFor(handler)(input);
    if (flaw !== undefined) throw new InvalidInput(flaw);
    const bytes = checkValue(input, 'input');
    return {
      ...(id === undefined ? {} : { id: parseId(id, 'id') }),
      ...(key === undefined ? {} : { key: parseKey(key) }),
      handler: handler.name,
      input: copyOf(input as Value),
      bytes,
      policy: handler.policy,
      ...(handler.wish === undefined ? {} : { wish: handler.wish }),
    };
  };
}

/** Checks a batch. @param after items that came before it @throws {InvalidInput} which names the item */
export function checkEach(
  items: readonly WorkItem[],
  after: number,
  check: (work: WorkItem) => Item,
): readonly Item[] {
  return items.map((work, index) => {
    try {
      return check(work);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new InvalidInput(`Item ${after + index + 1}: ${why}`, { cause: error });
    }
  });
}

function parseKey(key: string): string {
  if (checkValue(key, 'key') <= KEY_BYTES_MAX && key !== '') return key;
  throw new InvalidInput(
    `A key must have 1 to ${KEY_BYTES_MAX} bytes: use a hash of what it names, not ${JSON.stringify(key.slice(0, 40))}.`,
  );
}

/** A copy of a value that `checkValue` has let pass. (structuredClone would copy the whole pool of a Buffer.) */
function copyOf(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return (value as readonly Value[]).map(copyOf);
  const copy: Record<string, Value | undefined> = {};
  for (const [name, item] of Object.entries(value))
    copy[name] = item === undefined ? item : copyOf(item);
  return copy;
}
