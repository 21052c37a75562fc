/** The first line of a view: what it shows, in which state, and what can be done. */
import type { ComponentChildren } from 'preact';

export interface HeadProps {
  readonly title: ComponentChildren;
  /** What is shown, in one sentence. */
  readonly lead?: ComponentChildren;
  /** Above the title: what it belongs to. */
  readonly kicker?: ComponentChildren;
  /** Beside the title: chips. */
  readonly chips?: ComponentChildren;
  /** Buttons, at the end of the line. */
  readonly actions?: ComponentChildren;
}

export function Head({ title, lead, kicker, chips, actions }: HeadProps) {
  return (
    <header class="head">
      <div class="head-words">
        {kicker && <div class="kicker">{kicker}</div>}
        <h1>
          <span class="head-title">{title}</span>
          {chips && <span class="head-chips">{chips}</span>}
        </h1>
        {lead && <p class="lead">{lead}</p>}
      </div>
      {actions && <div class="head-actions">{actions}</div>}
    </header>
  );
}
