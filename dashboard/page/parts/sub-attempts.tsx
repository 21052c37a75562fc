/** The attempts of a sub-transaction: why each was made, where it was, how it ended, who decided that, on what. */
import { Link } from 'wouter-preact';
import type { AttemptView } from '../../../actors/attempt-view.ts';
import { causeInWords } from '../../../actors/cause-codes.ts';
import { Chip, lookOf } from './chip.tsx';
import { Empty } from './nothing.tsx';
import { Duration, Instant } from './time.tsx';

export function Attempts({ items }: { readonly items: readonly AttemptView[] }) {
  if (items.length === 0)
    return (
      <Empty hint="It goes out when an agent has a free slot.">No attempt was made yet.</Empty>
    );
  return (
    <ol class="attempts">
      {[...items].reverse().map((one) => (
        <li key={one.attempt}>
          <Attempt attempt={one} />
        </li>
      ))}
    </ol>
  );
}

function Attempt({ attempt: one }: { readonly attempt: AttemptView }) {
  const { attempt, agent, boot, sentAt, startedAt, endedAt, ending, cause } = one;
  const look = lookOf(ending ?? (startedAt === null ? 'sent' : 'inProgress'));
  return (
    <>
      <header class="attempt-head">
        <b>Attempt {attempt}</b>
        <Chip tone={look.tone} icon={look.icon}>
          {ending ?? 'out'}
        </Chip>
        <span>
          at <Link href={`/agents/${encodeURIComponent(agent)}`}>{agent}</Link>{' '}
          <span class="faint">(boot {boot})</span>
        </span>
        <span class="faint">
          sent <Instant at={sentAt} />
          {startedAt !== null && endedAt !== null && (
            <>
              , ran <Duration ms={Math.max(0, Date.parse(endedAt) - Date.parse(startedAt))} />
            </>
          )}
        </span>
      </header>
      <dl class="attempt-why">
        <div>
          <dt>Made because</dt>
          <dd>{madeInWords(one)}</dd>
        </div>
        {ending !== null && ending !== 'done' && (
          <div>
            <dt>Ended because</dt>
            <dd>
              {causeInWords(cause ?? ending)} {one.message !== null && <q>{one.message}</q>}
            </dd>
          </div>
        )}
        {one.decidedBy && ending !== 'done' && (
          <div>
            <dt>Decided by</dt>
            <dd>{decidedInWords(one)}</dd>
          </div>
        )}
        {one.evidence && (
          <div>
            <dt>Known then</dt>
            <dd>{evidenceInWords(one.evidence)}</dd>
          </div>
        )}
        {ending !== null && !one.confirmed && (
          <div>
            <dt>Not confirmed</dt>
            <dd>
              The agent has not told its end itself: only the end of its lease vouches for it.
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}

/** An attempt that another one has led to was made because of how that had ended. */
const madeInWords = ({ attempt, because }: AttemptView): string =>
  because === 'handedIn' || because === 'retry'
    ? causeInWords(because)
    : `Attempt ${attempt - 1} had ended: ${small(causeInWords(because))}`;

const small = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

const RULES = {
  silence: 'not a word of the agent came for its timeout',
  watchdog: 'no pulse of the attempt came for too long',
  verdict: 'the report of the agent was compared with the records',
  run: 'its run could not go on',
  lease: 'the agent heard no echo for the timeout and killed what it ran',
  timeLimit: 'it ran longer than its timeoutMs',
} as const;

function decidedInWords({ decidedBy, agent }: AttemptView): string {
  const { who, rule, by } = decidedBy!;
  const whom = { controller: 'the controller', agent: `agent ${agent}`, person: by ?? 'a person' }[
    who
  ];
  return rule === null ? whom : `${whom}: ${RULES[rule]}`;
}

const age = (ms: number | null, none: string) =>
  ms === null ? none : ms < 1_000 ? `${ms} ms old` : `${(ms / 1_000).toFixed(1)} s old`;

function evidenceInWords(evidence: NonNullable<AttemptView['evidence']>): string {
  const { pulseAgeMs, wordAgeMs, connection, lagMs, boot, term } = evidence;
  return [
    `last pulse ${age(pulseAgeMs, 'never came')}`,
    `last word of the agent ${age(wordAgeMs, 'not in this term')}`,
    `connection ${connection}`,
    ...(lagMs === null ? [] : [`event loop ${lagMs} ms late`]),
    ...(boot === null ? [] : [`boot ${boot}`]),
    `term ${term}`,
  ].join(', ');
}
