/** What stands where data will be, is not, or could not be had. Each says what to do. */
import type { ComponentChildren } from 'preact';
import type { Live } from '../live.ts';
import { sentenceOf, Unreachable } from '../problem.ts';
import { Icon } from './icon.tsx';

/** Nothing is there, which is no error. */
export function Empty({
  children,
  hint,
}: {
  readonly children: ComponentChildren;
  readonly hint?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p>{children}</p>
      {hint && <p class="empty-hint">{hint}</p>}
    </div>
  );
}

/** It could not be asked for, or was refused. */
export function Failed({ error }: { readonly error: unknown }) {
  return (
    <div class="failed" role="alert">
      <Icon name="warns" /> <span>{sentenceOf(error)}</span>
    </div>
  );
}

/** Asked for, and not here yet. */
export const Loading = () => <div class="loading" role="status" aria-label="Loading" />;

/** Shows what came, and why it may be old; that nobody can be reached is said once, above the view. */
export function Shown<T>({
  live,
  children,
}: {
  readonly live: Live<T>;
  readonly children: (data: T) => ComponentChildren;
}) {
  const { data, error, isStale } = live;
  if (data === undefined) return error === undefined ? <Loading /> : <Failed error={error} />;
  return (
    <div class={isStale ? 'stale' : undefined}>
      {error !== undefined && !(error instanceof Unreachable) && <Failed error={error} />}
      {children(data)}
    </div>
  );
}
