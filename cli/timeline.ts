/** The facts of a journal about agents and their connections, in plain words, a line each. */
import type { FactView } from '../actors/views.ts';
import type { Screen } from './screen.ts';
import { shownDuration, shownTime, verdictsInWords } from './shown.ts';

/** How loud a line is: `trouble` needs an eye, `good` says that it is over. */
export interface EventLine {
  readonly tone: 'plain' | 'trouble' | 'good';
  readonly text: string;
}

interface Detail {
  readonly before?: string;
  readonly silentMs?: number;
  readonly lagMs?: number;
  readonly blockedMs?: number;
  readonly n?: number;
  readonly request?: string;
  readonly sends?: number;
  readonly [verdict: string]: string | number | undefined;
}

const REQUESTS: Readonly<Record<string, string>> = {
  assign: 'here is work',
  report: 'what do you hold',
  ask: 'how far is this',
  kill: 'kill this',
  forget: 'you may forget this',
  probe: 'are you there',
};

/** The line for a fact about an agent, or undefined for one that says nothing to a person. */
export function eventLine(
  entry: Pick<FactView, 'kind' | 'agent' | 'boot' | 'detail'>,
): EventLine | undefined {
  const agent = entry.agent ?? 'an agent';
  const detail = (entry.detail ?? {}) as Detail;
  const silent = shownDuration(detail.silentMs ?? 0);
  const plain = (text: string): EventLine => ({ tone: 'plain', text });
  const trouble = (text: string): EventLine => ({ tone: 'trouble', text });
  switch (entry.kind) {
    case 'agent.boot':
      return detail.silentMs === undefined
        ? plain(`${agent} has joined (its boot ${entry.boot})`)
        : trouble(`${agent} has begun anew (boot ${entry.boot}), after ${silent} without a word`);
    case 'agent.suspect':
      return trouble(`${agent} is suspect: not a word for ${silent}, it is given nothing new`);
    case 'agent.lost':
      return trouble(`${agent} is lost: not a word for ${silent}, its tasks count as lost`);
    case 'agent.left':
      return plain(`${agent} has left: it was closed in order`);
    case 'agent.reconciling':
      return plain(`${agent} is asked what it holds`);
    case 'agent.reconciled':
      return { tone: 'good', text: `${agent} is reconciled: ${verdicts(detail)}` };
    case 'agent.connected':
      if (detail.before !== 'reconciled') return undefined;
      return { tone: 'good', text: `${agent} is connected, as if nothing had been` };
    case 'agent.blocked':
      return trouble(
        `${agent} is blocked: it speaks, but its loop has not turned for ${shownDuration(detail.lagMs ?? 0)}; it is given nothing new`,
      );
    case 'agent.unblocked':
      return {
        tone: 'good',
        text: `${agent} is no longer blocked, after ${shownDuration(detail.blockedMs ?? 0)}`,
      };
    case 'agent.repeat':
      return trouble(
        `request ${detail.n} to ${agent} ("${REQUESTS[detail.request ?? ''] ?? detail.request}") has no answer: sent again, the ${ordinal(detail.sends ?? 2)} time`,
      );
    case 'agent.answered':
      return plain(`${agent} answers request ${detail.n} after ${detail.sends} sendings, once`);
    case 'agent.gap':
      return trouble(`${agent} no longer has what it never could report`);
    default:
      return undefined;
  }
}

/** The kinds of facts that `tellTrouble` has a line for. */
export const TROUBLE_KINDS = [
  'agent.suspect',
  'agent.lost',
  'agent.reconciled',
  'agent.connected',
  'agent.blocked',
  'agent.unblocked',
  'agent.repeat',
  'agent.gap',
] as const;

/** What is worth a line while somebody watches: trouble with agents, and its end. */
export function tellTrouble(screen: Pick<Screen, 'line' | 'style'>, fact: FactView): void {
  const event = eventLine(fact);
  if (event === undefined || event.tone === 'plain') return;
  const colour = event.tone === 'good' ? 'green' : 'yellow';
  screen.line(`${shownTime(Date.parse(fact.at))} ${screen.style(colour, event.text)}`);
}

const verdicts = (detail: Detail): string =>
  verdictsInWords(detail) || 'both sides agree, nothing had to be decided';

function ordinal(n: number): string {
  const last = n % 100 > 10 && n % 100 < 14 ? 0 : n % 10;
  return `${n}${['th', 'st', 'nd', 'rd'][last] ?? 'th'}`;
}
