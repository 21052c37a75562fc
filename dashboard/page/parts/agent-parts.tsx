/** What several views show of agents: how bad it is, what it means, and where to read on. */
import { Link } from 'wouter-preact';
import type { AgentSummary } from '../../../actors/agent-queries.ts';
import type { AgentKnown, Liveness } from '../../../actors/views.ts';
import { shownDuration } from '../../../cli/shown.ts';

export const agentPath = (id: string): string => `/agents/${encodeURIComponent(id)}`;

export function AgentLink({ id }: { readonly id: string | null }) {
  if (id === null) return <span class="faint">–</span>;
  return <Link href={agentPath(id)}>{id}</Link>;
}

/** The worst first; `unknown`: nobody can say. */
export const SEVERITY: readonly (Liveness | 'unknown')[] = [
  'gone',
  'cutOff',
  'blocked',
  'rebooted',
  'unknown',
  'alive',
  'left',
];

/** The worst first; among equals the busiest. */
export function bySeverity(one: AgentSummary, other: AgentSummary): number {
  const rank = ({ liveness }: AgentSummary) => SEVERITY.indexOf(liveness ?? 'unknown');
  return rank(one) - rank(other) || other.inFlight - one.inFlight || (one.id < other.id ? -1 : 1);
}

/** What the controller knows of it, as a sentence. */
export function livenessSentence(agent: AgentKnown): string {
  const { liveness, lagMs, draining, leaving, inFlight } = agent;
  const held = inFlight === 1 ? '1 task' : `${inFlight} tasks`;
  switch (liveness) {
    case 'gone':
      return 'Not a word for a whole timeout: it was given up, and what it held was taken from it.';
    case 'cutOff':
      return agent.deaf
        ? `It speaks, but hears nothing of the controller; what it runs goes on (${held}).`
        : `Nothing was heard of it for longer than a beat may take; what it runs goes on (${held}) until its lease ends.`;
    case 'blocked':
      return `It speaks, but its loop has not turned for ${shownDuration(lagMs ?? 0)}: its ${held} stay with it, and it is given nothing new.`;
    case 'rebooted':
      return 'It began anew a short while ago, and works.';
    case 'left':
      return 'It has left in order: nothing of it runs.';
    case 'alive':
      if (leaving) return `It is about to end, and finishes what it has: ${held}.`;
      if (draining)
        return `It is drained: it finishes what it has (${held}) and is given nothing new.`;
      return inFlight === 0
        ? 'It speaks, its loop turns, and it waits for work.'
        : `It speaks, its loop turns, and it has ${held}.`;
    default:
      return 'Nobody can say whether it lives: no controller has heard it in this term.';
  }
}
