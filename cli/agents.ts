/** `lifeline agents`: every agent that has ever said hello, and what is known of it now. */
import type { ProcessClassView } from '../actors/obstacles.ts';
import type { AgentSummary } from '../actors/agent-queries.ts';
import { unmatchedLines } from './class-lines.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { everyAgent } from './lists.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { shownDuration } from './shown.ts';
import { tableLines, type Column } from './table.ts';
import type { Verb } from './verb.ts';

const COLUMNS: readonly Column[] = [
  { title: 'AGENT' },
  { title: 'STATE' },
  { title: 'SLOTS', align: 'right' },
  { title: 'RUNNING', align: 'right' },
  { title: 'WAITING', align: 'right' },
  { title: 'UNCONFIRMED', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'BOOT', align: 'right' },
  { title: 'DRAINING' },
  { title: 'HANDLERS' },
  { title: 'LAST WORD' },
];

export const agents: Verb = {
  name: 'agents',
  arguments: '',
  summary: 'the agents: what they are doing, and when they were last heard',
  settings: reachSettings,
  options: [],
  run: (call) =>
    asking(call, async ({ get }) => {
      const list: AgentList = { items: await everyAgent({ get }), next: null };
      if (call.values.json) call.print(jsonDocument(list));
      else {
        const { items } = await get<{ items: readonly ProcessClassView[] }>(
          '/api/v1/process-classes',
        );
        for (const line of [...agentsLines(list.items), ...unmatchedLines(items)]) call.print(line);
      }
      return exitCodes.done;
    }),
};

export interface AgentList {
  readonly items: readonly AgentSummary[];
  readonly next: null;
}

export function agentsLines(agents: readonly AgentSummary[]): readonly string[] {
  if (agents.length === 0) return ['No agent has said hello yet.'];
  return tableLines(COLUMNS, agents.map(cellsOf));
}

/** The state of its connection, and what that does not say: `connected, blocked 4.2 s`. */
export function agentState(
  agent: Pick<AgentSummary, 'state' | 'connection' | 'liveness' | 'lagMs' | 'deaf'>,
): string {
  const { state, connection, liveness, lagMs, deaf } = agent;
  if (connection === null) return state === 'present' ? 'not known: no controller runs' : state;
  if (liveness === null) return `${connection}, not heard yet`;
  if (liveness === 'blocked') return `${connection}, blocked ${shownDuration(lagMs ?? 0)}`;
  if (liveness === 'cutOff') return `${connection}, ${deaf ? 'does not hear us' : 'cut off'}`;
  return liveness === 'rebooted' ? `${connection}, rebooted` : connection;
}

const countOrNot = (n: number | null) => (n === null ? '-' : String(n));

const cellsOf = (agent: AgentSummary): readonly string[] => [
  agent.id,
  agentState(agent),
  String(agent.slots),
  countOrNot(agent.running),
  countOrNot(agent.waiting),
  String(agent.unconfirmed),
  agent.lagMs === null ? '-' : shownDuration(agent.lagMs),
  String(agent.boot),
  agent.draining ? 'yes' : agent.leaving === true ? 'leaving' : 'no',
  agent.handlers.join(', '),
  agent.heardAt ?? '-',
];
