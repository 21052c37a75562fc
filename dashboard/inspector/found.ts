/**
 * Actors as they are when somebody begins to look, from the lists that every verb asks for: the same names and the
 * same parents as the facts about them give.
 */
import type { AgentSummary } from '../../actors/agent-queries.ts';
import type { JobView, SubTransactionSummary } from '../../actors/views.ts';
import type { StatusView } from '../server/status.ts';
import type { Sessions, Sighting } from './sighting.ts';

const asFound = (atMs: number) => ({ n: 0, atMs, source: null, event: null }) as const;

export const controllerFound = (
  { term, phase }: Pick<StatusView, 'term' | 'phase'>,
  { controller }: Sessions,
  atMs: number,
): Sighting => ({
  ...asFound(atMs),
  machine: 'controller',
  session: controller,
  name: 'controller',
  parent: null,
  state: phase === null || phase === 'ended' ? 'stopped' : phase,
  context: { term },
});

export const agentFound = (
  { id, connection, boot }: AgentSummary,
  { controller, agent }: Sessions,
  atMs: number,
): Sighting => ({
  ...asFound(atMs),
  machine: 'agentConnection',
  session: agent(id),
  name: id,
  parent: controller,
  state: connection,
  context: { agent: id, boot },
});

export const jobFound = (
  { name, generation, state }: JobView,
  { controller, job }: Sessions,
  atMs: number,
): Sighting => ({
  ...asFound(atMs),
  machine: 'job',
  session: job(name),
  name,
  parent: controller,
  state,
  context: { name, generation },
});

export const workFound = (
  work: SubTransactionSummary,
  sessions: Sessions,
  atMs: number,
): Sighting => {
  const { id, birth, job, handler, state, cause, attempt, agent } = work;
  return {
    ...asFound(atMs),
    machine: 'subTransaction',
    session: sessions.work(birth),
    name: id,
    parent: job === null ? sessions.controller : sessions.job(job),
    state,
    context: { id, birth, job, handler, attempt, agent, cause },
  };
};
