/** Why something is where it is: the sentences of `lifeline explain`, in order. */
import type { Sentence } from '../../../actors/explain.ts';
import type { Live } from '../live.ts';
import { Shown } from './nothing.tsx';
import { Instant } from './time.tsx';

export function Sentences({
  live,
}: {
  readonly live: Live<{ readonly items: readonly Sentence[] }>;
}) {
  return (
    <Shown live={live}>
      {({ items }) => (
        <ol class="sentences" tabIndex={0} aria-label="Why it is where it is">
          {items.map(({ at, text }, index) => (
            <li key={index}>
              <Instant at={at} /> <span>{text}</span>
            </li>
          ))}
        </ol>
      )}
    </Shown>
  );
}
