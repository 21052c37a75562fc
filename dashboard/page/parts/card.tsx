/** A part of a view with a title: a section that can be found by its heading. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface CardProps {
  readonly title: string;
  /** Beside the title. */
  readonly note?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
  /** What is inside reaches the edges: tables, charts. */
  readonly isFlush?: boolean;
}

export function Card({ title, note, actions, children, isFlush = false }: CardProps) {
  const id = useId();
  return (
    <section class={isFlush ? 'card flush' : 'card'} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span class="card-note">{note}</span>}
        {actions !== undefined && <span class="card-actions">{actions}</span>}
      </header>
      <div class="card-body">{children}</div>
    </section>
  );
}

/** Names and values, the plainest way to show a record. `null` values are shown as a dash. */
export function Facts({
  items,
}: {
  readonly items: readonly (readonly [string, ComponentChildren])[];
}) {
  return (
    <dl class="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value === null || value === undefined || value === '' ? (
              <span class="faint">–</span>
            ) : (
              value
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
