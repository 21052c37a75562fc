/** Facts of the journal as a list: when, about what, what happened. */
import type { FactView } from '../../../actors/views.ts';
import { AgentLink } from './agent-parts.tsx';
import { causeSentence, factWords } from './fact-words.ts';
import { JobLink } from './job-parts.tsx';
import { SubLink } from './sub-parts.tsx';
import { Table, type Column } from './table.tsx';
import { Instant } from './time.tsx';

export interface FactTableProps {
  readonly label: string;
  readonly items: readonly FactView[];
  /** Left out: what all of them are about. */
  readonly about?: 'agent';
}

const at: Column<FactView> = {
  head: 'When',
  width: 108,
  cell: (fact) => <Instant at={fact.at} exact />,
};
const what: Column<FactView> = {
  head: 'What happened',
  isMain: true,
  cell: (fact) => (
    <span title={causeSentence(fact)}>
      <span class="narrow-only">
        <About fact={fact} />:{' '}
      </span>
      {factWords(fact)}
    </span>
  ),
};
const kind: Column<FactView> = {
  head: 'Kind',
  isWide: true,
  cell: (fact) => <span class="mono faint">{fact.kind}</span>,
};
const number: Column<FactView> = {
  head: 'No.',
  isNumber: true,
  isWide: true,
  cell: ({ n }) => <span class="faint">{n}</span>,
};
const about: Column<FactView> = {
  head: 'About',
  isWide: true,
  width: 120,
  cell: (fact) => <About fact={fact} />,
};
const job: Column<FactView> = { head: 'Job', isWide: true, cell: (fact) => <JobOf fact={fact} /> };

export function FactTable({ label, items, about: left }: FactTableProps) {
  const columns = left ? [at, what, kind, number] : [at, about, what, job, kind, number];
  return <Table label={label} columns={columns} items={items} keyOf={({ n }) => n} />;
}

function About({ fact }: { readonly fact: FactView }) {
  if (fact.about === 'agent') return <AgentLink id={fact.agent} />;
  if (fact.about === 'job') return <JobLink name={fact.job} />;
  if (fact.about === 'controller') return <span>controller</span>;
  return fact.id === null ? <span class="faint">–</span> : <SubLink id={fact.id} />;
}

const JobOf = ({ fact }: { readonly fact: FactView }) =>
  fact.about === 'subTransaction' && fact.job !== null ? (
    <JobLink name={fact.job} />
  ) : (
    <span class="faint">–</span>
  );
