/**
 * Why something is where it is: the sentences of `lifeline explain`, in order. The last ones decide, so of a long
 * story the beginning is folded.
 */
import { useState } from 'preact/hooks';
import type { Sentence } from '../../../actors/explain.ts';
import { counted } from '../../../cli/shown.ts';
import type { Live } from '../live.ts';
import { Shown } from './nothing.tsx';
import { Instant, Timed } from './time.tsx';

/** Sentences at the end that are never folded. */
const UNFOLDED = 14;

export function Sentences({
  live,
}: {
  readonly live: Live<{ readonly items: readonly Sentence[] }>;
}) {
  const [isWhole, setWhole] = useState(false);
  return (
    <Shown live={live}>
      {({ items }) => {
        const folded = isWhole || items.length <= UNFOLDED + 1 ? 0 : items.length - UNFOLDED;
        return (
          <>
            {folded > 0 && (
              <button type="button" class="button small quiet" onClick={() => setWhole(true)}>
                Show the {counted(folded, 'sentence')} before these
              </button>
            )}
            <ol class="sentences">
              {items.slice(folded).map(({ at, text }, index) => (
                <li key={folded + index}>
                  <Instant at={at} />{' '}
                  <span>
                    <Timed text={text} />
                  </span>
                </li>
              ))}
            </ol>
          </>
        );
      }}
    </Shown>
  );
}
