/**
 * What is otherwise in a scenario: an expectation that is not met, or a turn that is decided otherwise than when it
 * was recorded, then and now side by side.
 */
import type { ScenarioFailure } from '../../server/scenario-player.ts';
import { timeText } from '../scenario-steps.ts';
import { Card } from './card.tsx';
import { Icon } from './icon.tsx';

export interface OtherwiseProps {
  readonly failure: ScenarioFailure;
  /** Moves the cursor to an instant, in ms from the start. */
  readonly onGo: (atMs: number) => void;
}

export function Otherwise({ failure, onGo }: OtherwiseProps) {
  const { text, atMs, divergence } = failure;
  const goes = atMs !== null && (
    <button type="button" class="button small" onClick={() => onGo(atMs)}>
      To {timeText(atMs)}
    </button>
  );
  if (!divergence) {
    return (
      <Card title="Otherwise than expected" actions={goes}>
        <div class="failed">
          <Icon name="failed" /> <span>{text}</span>
        </div>
      </Card>
    );
  }
  const { lane, turn, path, then, now, line } = divergence;
  const isThrown = then === '' && now === '';
  return (
    <Card title="Decided otherwise than when it was recorded" actions={goes} isFlush={!isThrown}>
      {isThrown ? (
        <div class="failed">
          <Icon name="failed" /> <span>{text}</span>
        </div>
      ) : (
        <>
          <p class="scenario-otherwise">
            {lane}, turn {turn} (line {line} of the recording), at <code>{path}</code>. What follows
            is not shown: it would not follow.
          </p>
          <div class="scenario-then-now">
            <Side title="Then" text={then} other={now} />
            <Side title="Now" text={now} other={then} />
          </div>
        </>
      )}
    </Card>
  );
}

function Side({
  title,
  text,
  other,
}: {
  readonly title: string;
  readonly text: string;
  readonly other: string;
}) {
  const others = new Set(other.split('\n'));
  const lines = text === '' ? ['(nothing)'] : text.split('\n');
  return (
    <section>
      <h3>{title}</h3>
      <pre tabIndex={0}>
        {lines.map((line, i) =>
          others.has(line) ? (
            <span key={i}>{`${line}\n`}</span>
          ) : (
            <mark key={i}>{`${line}\n`}</mark>
          ),
        )}
      </pre>
    </section>
  );
}
