/**
 * Compares values of a store: as they were decided with as they are read. A property that is undefined is not
 * there, since the codec leaves it out.
 */
import type { Value } from '../../store/store.ts';

/** Whether two values are the same, whatever the order of their properties. */
export function isSame(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return false;
  if (one instanceof Uint8Array || other instanceof Uint8Array)
    return (
      one instanceof Uint8Array && other instanceof Uint8Array && Buffer.compare(one, other) === 0
    );
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const a = one as Readonly<Record<string, Value | undefined>>;
  const b = other as Readonly<Record<string, Value | undefined>>;
  for (const name in a) if (!isSame(a[name], b[name])) return false;
  for (const name in b) if (!(name in a) && b[name] !== undefined) return false;
  return true;
}
