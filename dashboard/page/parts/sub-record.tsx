/** The record of a sub-transaction: what it is of, where it is, its instants, and its steps. */
import { Link } from 'wouter-preact';
import { causeInWords } from '../../../actors/cause-codes.ts';
import type { OnceView, SubTransactionView } from '../../../actors/views.ts';
import { Facts } from './card.tsx';
import { Chip, type Look } from './chip.tsx';
import { subPath } from './sub-parts.tsx';
import { Table } from './table.tsx';
import { Instant, Until } from './time.tsx';

export function SubRecord({ sub }: { readonly sub: SubTransactionView }) {
  const { cause, agent, attempt, retryOf, nextAt, policy } = sub;
  return (
    <Facts
      items={[
        ['Handler', sub.handler],
        ['Attempt', attempt === 0 ? 'none yet' : String(attempt)],
        [
          'Agent',
          agent === null ? null : (
            <Link href={`/agents/${encodeURIComponent(agent)}`}>{agent}</Link>
          ),
        ],
        ...(cause === null ? [] : ([['Because', causeInWords(cause)]] as const)),
        ...(nextAt === null ? [] : ([['Next attempt', <Until at={nextAt} />]] as const)),
        ...(retryOf === null
          ? []
          : ([['Does again', <Link href={subPath(retryOf)}>{retryOf}</Link>]] as const)),
        ['Accepted', <Instant at={sub.acceptedAt} />],
        ['Ended', sub.endedAt === null ? null : <Instant at={sub.endedAt} />],
        ['Retries allowed', retriesAllowed(policy)],
        [
          'Unknown outcome',
          policy.onUnknown === 'park' ? 'is parked: a person decides' : 'is run again',
        ],
      ]}
    />
  );
}

const retriesAllowed = ({ maxRetries, maxLosses, onUnknown }: SubTransactionView['policy']) =>
  onUnknown === 'park'
    ? `${maxRetries} after failures`
    : `${maxRetries} after failures, ${maxLosses} after losses`;

const STEPS: Readonly<Record<OnceView['state'], Look>> = {
  begun: { tone: 'busy', icon: 'runs', text: 'begun' },
  done: { tone: 'good', icon: 'done', text: 'done' },
  unknown: { tone: 'warn', icon: 'asks', text: 'nobody knows' },
};

export const Steps = ({ items }: { readonly items: readonly OnceView[] }) => (
  <Table
    label="Steps that are done at most once"
    items={items}
    keyOf={({ key }) => key}
    columns={[
      { head: 'Step', isMain: true, cell: ({ key }) => <span class="mono">{key}</span> },
      {
        head: 'State',
        cell: ({ state, by }) => (
          <>
            <Chip {...STEPS[state]}>{STEPS[state].text}</Chip> {by && <small>said {by}</small>}
          </>
        ),
      },
      { head: 'Attempt', isNumber: true, cell: ({ attempt }) => attempt },
      { head: 'At', cell: ({ at }) => <Instant at={at} /> },
    ]}
  />
);
