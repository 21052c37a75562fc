/** How far something is, as a bar in parts; the same in words is its title and what a reader of screens hears. */
import type { Tone } from './chip.tsx';

export interface ProgressPart {
  readonly tone: Tone;
  readonly count: number;
  /** What they are: "done". */
  readonly text: string;
}

/** @param total null: not known yet */
export function Progress({
  parts,
  total,
}: {
  readonly parts: readonly ProgressPart[];
  readonly total: number | null;
}) {
  const counted = parts.filter(({ count }) => count > 0);
  const words = counted.map(({ count, text }) => `${count} ${text}`).join(', ') || 'nothing yet';
  const label = total === null ? words : `${words} of ${total}`;
  return (
    <span class="progress" role="img" aria-label={label} title={label}>
      {counted.map(({ tone, count, text }) => (
        <i
          key={text}
          class={`tone-${tone}`}
          style={{ width: `${(100 * count) / Math.max(1, total ?? count)}%` }}
        />
      ))}
    </span>
  );
}
