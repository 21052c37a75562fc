/**
 * Where frames go. Only these functions build subjects, and each passes every id through the one parser,
 * so that no name of a user can address somebody else or everybody (an agent called "*").
 *
 *   <ns>.to.<agent>         the controller speaks to an agent
 *   <ns>.from.<agent>       an agent speaks to the controller
 *   <ns>.control.<client>   a client asks the controller
 *   <ns>.reply.<client>     the controller answers it
 *   <ns>.probe.<controller> the controller speaks to itself, to know whether it hears
 *   <ns>.claim              controllers tell each other that the namespace is taken
 *   <ns>.feed.<…>           public events
 *
 * All throw `InvalidId` for what is no id.
 */
import { parseId } from './ids.ts';

declare const brand: unique symbol;

/** One address, without wildcards. */
export type Subject = string & { readonly [brand]: 'subject' };

/** What can be subscribed to: an address, or many by `*` (one token) and a last `>` (one or more tokens). */
export type SubjectPattern = Subject | (string & { readonly [brand]: 'pattern' });

export function toAgent(namespace: string, agent: string): Subject {
  return join(namespace, 'to', parseId(agent, 'agent id'));
}

export function fromAgent(namespace: string, agent: string): Subject {
  return join(namespace, 'from', parseId(agent, 'agent id'));
}

export function fromAllAgents(namespace: string): SubjectPattern {
  return join(namespace, 'from', '*') as string as SubjectPattern;
}

export function control(namespace: string, client: string): Subject {
  return join(namespace, 'control', parseId(client, 'client name'));
}

export function allControls(namespace: string): SubjectPattern {
  return join(namespace, 'control', '*') as string as SubjectPattern;
}

export function reply(namespace: string, client: string): Subject {
  return join(namespace, 'reply', parseId(client, 'client name'));
}

export function claim(namespace: string): Subject {
  return join(namespace, 'claim');
}

export function probe(namespace: string, controllerId: string): Subject {
  return join(namespace, 'probe', parseId(controllerId, 'controller id'));
}

/** The subject of a public event: `feed('acme', 'job', 'thumbs')` is `acme.feed.job.thumbs`. */
export function feed(namespace: string, ...path: readonly [string, ...string[]]): Subject {
  return join(namespace, 'feed', ...path.map((token) => parseId(token, 'part of a feed subject')));
}

/** All public events. */
export function allFeeds(namespace: string): SubjectPattern {
  return join(namespace, 'feed', '>') as string as SubjectPattern;
}

function join(namespace: string, ...tokens: string[]): Subject {
  return [parseId(namespace, 'namespace'), ...tokens].join('.') as Subject;
}

/** Whether a pattern has wildcards. */
export function isPattern(pattern: string): boolean {
  return pattern.split('.').some((token) => token === '*' || token === '>');
}

/** Whether a subject belongs to a pattern, by the rules of NATS. */
export function matches(subject: string, pattern: string): boolean {
  if (subject === pattern) return true;
  const tokens = subject.split('.');
  const wanted = pattern.split('.');
  for (const [index, want] of wanted.entries()) {
    if (want === '>') return index === wanted.length - 1 && tokens.length > index;
    if (index >= tokens.length) return false;
    if (want !== '*' && want !== tokens[index]) return false;
  }
  return tokens.length === wanted.length;
}
