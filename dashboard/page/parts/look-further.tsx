/**
 * Where a page of a list is empty and others follow: what is asked for lies far away, and it is looked for further by
 * itself, some times, and then when somebody says so.
 */
import { useEffect, useRef } from 'preact/hooks';

export interface LookFurtherProps {
  /** The page has nothing. */
  readonly isShort: boolean;
  /** Where to look next; null: everything was looked at. */
  readonly next: unknown;
  readonly onNext: () => void;
}

/** So many pages are looked through without being asked to. */
const BY_ITSELF = 100;

export function LookFurther({ isShort, next, onNext }: LookFurtherProps) {
  const looked = useRef(0);
  const go = isShort && next !== null;
  useEffect(() => {
    if (!go || looked.current >= BY_ITSELF) return;
    looked.current++;
    onNext();
  }, [go, next]);
  if (!go) return null;
  return (
    <p class="look-further" role="status">
      <span class="muted">Nothing in this stretch of the record.</span>
      {looked.current >= BY_ITSELF && (
        <button
          type="button"
          class="button"
          onClick={() => {
            looked.current = 0;
            onNext();
          }}
        >
          Look further
        </button>
      )}
    </p>
  );
}
