/**
 * Says when what is shown may not be so: above the view, as long as that is the case and a moment longer.
 *
 *   down      since when, and when it is tried again        gap, term, reconnect   until everything shown is repaired
 *   sampled   more changes than can be shown: counts are right, the stream of facts is not whole
 */
import { connection, missed, repairing, sampledAt, type Missed } from './following.ts';
import { reconnect } from './live.ts';
import { Icon, type IconName } from './parts/icon.tsx';
import { shownInstant } from './parts/time.tsx';
import type { StatusView } from '../server/status.ts';
import { standing } from './standing.ts';
import { isTokenMissing, keepToken } from './token.ts';
import { now } from './time.ts';
import type { ComponentChildren } from 'preact';

/** What was repaired is told for that long. */
const LINGER_MS = 6_000;
/** Facts were left out lately. */
const SAMPLED_MS = 3_000;

const GAPS = {
  pruned: 'they are older than what is kept',
  tooFar: 'there were too many of them',
  otherStore: 'this is another store',
} as const;

function sentenceOfMissed(what: Missed): string {
  if (what.what === 'reconnect') return 'The connection was cut and is back';
  if (what.what === 'term')
    return `A new term of the controller began${what.term === null ? '' : ` (${what.term})`}`;
  const { from, to, why } = what.gap;
  return `Facts ${from} to ${to} cannot be told here: ${GAPS[why]}`;
}

/** What of the controller itself makes what is shown less than true. */
function troubleOf(status: StatusView | undefined): string | undefined {
  if (status?.hears === false) {
    return 'The controller hears nothing of the agents: its broker is away. What is shown of them is what was last known.';
  }
  switch (status?.phase) {
    case 'recovering':
      return 'The controller is between two terms: nothing is decided until the next one has begun.';
    case 'draining':
      return 'The controller is about to end: what is handed in is kept, and nothing more is given out.';
    case 'ended':
      return 'The controller has ended: start it again with `lifeline up`.';
    default:
      return undefined;
  }
}

export function Banner() {
  if (isTokenMissing.value) return <AskToken />;
  const link = connection.value;
  if (link.kind === 'down') {
    const again = Math.max(0, Math.ceil((link.nextAt - now.value) / 1_000));
    return (
      <Bar tone="bad" icon="cut">
        <strong>Not connected since {shownInstant(link.since, now.value)}.</strong> {link.why} What
        you see is from before; {again > 0 ? `tried again in ${again} s.` : 'trying again.'}{' '}
        <button type="button" class="button small" onClick={reconnect}>
          Try now
        </button>
      </Bar>
    );
  }
  const what = missed.value;
  if (what && (repairing.value > 0 || now.value - what.at < LINGER_MS)) {
    const isRepaired = repairing.value === 0;
    return (
      <Bar tone={isRepaired ? 'good' : 'warn'} icon={isRepaired ? 'done' : 'again'}>
        {sentenceOfMissed(what)}.{' '}
        {isRepaired
          ? 'Everything shown has been asked again.'
          : 'Asking again for everything shown …'}
      </Bar>
    );
  }
  const trouble = troubleOf(standing.value);
  if (trouble !== undefined) {
    return (
      <Bar tone="warn" icon="warns">
        {trouble}
      </Bar>
    );
  }
  if (now.value - (sampledAt.value ?? 0) < SAMPLED_MS) {
    return (
      <Bar tone="wait" icon="info">
        More is happening than can be shown: lists of facts are samples now. Counts and states are
        exact.
      </Bar>
    );
  }
  return null;
}

function Bar({
  tone,
  icon,
  children,
}: {
  readonly tone: string;
  readonly icon: IconName;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`banner tone-${tone}`} role="status">
      <Icon name={icon} />
      <span>{children}</span>
    </div>
  );
}

function AskToken() {
  return (
    <form
      class="banner tone-warn"
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget).get('token');
        if (typeof given === 'string') keepToken(given);
      }}
    >
      <Icon name="warns" />
      <label>
        This controller tells nothing without its token: the file <code>token</code> in its data
        directory holds it. <input name="token" type="password" autocomplete="off" required />
      </label>
      <button type="submit" class="button small">
        Use it
      </button>
    </form>
  );
}
