/**
 * Compiled checks of a handler's input and result, with a sentence instead of a list of errors.
 *
 *   checkOf(handler, 'input')({ width: 'x' })   'The input of handler "resize" does not fit: /width must be integer.'
 */
import { Compile } from 'typebox/compile';
import type { Handler } from './handler.ts';

/**
 * @returns a function from a value to what is wrong with it, or undefined when it fits
 */
export function checkOf(
  handler: Pick<Handler, 'name' | 'input' | 'result'>,
  what: 'input' | 'result',
): (given: unknown) => string | undefined {
  const schema = handler[what];
  if (schema === undefined) return () => undefined;
  const validator = Compile(schema);
  return (given) => {
    if (validator.Check(given)) return undefined;
    const first = validator.Errors(given)[0];
    const where = first?.instancePath === undefined ? '' : first.instancePath || '/';
    const why = first === undefined ? 'it was refused' : `${where} ${first.message}`;
    return `The ${what} of handler "${handler.name}" does not fit: ${why}.`;
  };
}
