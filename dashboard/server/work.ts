/**
 * The handler that a piece of work names, with the policy it is to have.
 *
 *   known here ─────────────────▶ its schema, its policy
 *   offered by an agent only ───▶ any input (the agent checks it), the policy that agents tell
 *   neither ────────────────────▶ refused, with the nearest name there is
 */
import { Type, type Static } from 'typebox';
import { under, type AgentRow } from '../../actors/records.ts';
import type { HandlerInfo, WorkItem } from '../../actors/work-item.ts';
import type { Policy } from '../../handlers/handler.ts';
import { policyOf } from '../../handlers/define-handler.ts';
import type { OfferedPolicy } from '../../transport/frame.ts';
import type { ApiAccess } from './access.ts';
import { nearest } from '../../actors/nearest.ts';
import { badRequest, problemOf } from './problem.ts';

export const WorkPolicy = Type.Object(
  {
    maxRetries: Type.Optional(Type.Integer()),
    timeoutMs: Type.Optional(Type.Integer()),
    onUnknown: Type.Optional(Type.Enum(['retry', 'park'])),
  },
  { additionalProperties: false },
);
export type WorkPolicy = Static<typeof WorkPolicy>;

/** One piece of work as it is sent. */
export const Work = {
  handler: Type.String(),
  input: Type.Unknown(),
  id: Type.Optional(Type.String()),
};
export const WorkLine = Type.Object(Work, { additionalProperties: false });
export type WorkLine = Static<typeof WorkLine>;

/** Handlers with a policy that somebody wanted: so that the schema of one is not compiled for each request. */
const KEPT = 1_000;

/** @throws {RequestRefused} for a handler that is not known @throws {InvalidHandler} for a policy that cannot be */
export type FindHandler = (name: string, policy?: WorkPolicy) => HandlerInfo;

export function createHandlerSearch({ handlers, store, logger }: ApiAccess): FindHandler {
  const kept = new Map<string, HandlerInfo>();
  const told = new Map<string, Policy | undefined>();
  const keep = <T>(map: Map<string, T>, asked: string, make: () => T): T => {
    if (!map.has(asked)) {
      const made = make();
      if (map.size === KEPT) map.clear();
      map.set(asked, made);
    }
    return map.get(asked) as T;
  };
  /** Of what agents tell now: the same object for as long as they tell the same. */
  const toldOf = (name: string): Policy | undefined => {
    const agents = [...store.range(under('agent'))].map(([, row]) => row as unknown as AgentRow);
    const offering = agents.filter((agent) => agent.handlers.includes(name));
    if (offering.length === 0) {
      const others = agents.flatMap((agent) => agent.handlers);
      throw badRequest(notKnown(name, [...new Set([...handlers.keys(), ...others])].sort()));
    }
    const policies = differing(name, offering);
    return keep(told, JSON.stringify([name, policies]), () => {
      if (policies.length > 1) {
        const message = `Agents tell different policies of the handler "${name}": of each setting the most careful one holds; start them with the same handlers, or lay it down by lifeline handler set.`;
        logger.warn({ handler: name, policies }, message);
      }
      return mostCareful(policies);
    });
  };
  return (name, wanted = {}) => {
    const known = handlers.get(name);
    const base = known ? known.policy : toldOf(name);
    return keep(kept, JSON.stringify([name, wanted, known ? null : base]), () => {
      const policy = { ...policyOf({ name, ...wanted }), ...base, ...wanted };
      return { input: undefined, result: undefined, ...known, name, policy, wish: wanted };
    });
  };
}

/** What agents tell of a handler, each policy once: those that are there, or if none of them tells, those that were. */
function differing(name: string, offering: readonly AgentRow[]): readonly Policy[] {
  const tell = (agents: readonly AgentRow[]) => {
    const policies = agents.flatMap((agent) => agent.policies?.filter(isOf(name)) ?? []);
    return [...new Set(policies.map(spelled))].sort().map((text) => JSON.parse(text) as Policy);
  };
  const present = tell(offering.filter(({ state }) => state === 'present'));
  return present.length > 0 ? present : tell(offering);
}

const isOf = (name: string) => (policy: OfferedPolicy) => policy.handler === name;

const spelled = ({ maxRetries, delaysMs, timeoutMs, onUnknown, maxLosses }: OfferedPolicy) =>
  JSON.stringify({ maxRetries, delaysMs, timeoutMs, onUnknown, maxLosses });

/** Of each setting the one that does least blindly; of delays, those that begin with the longest. */
function mostCareful([first, ...others]: readonly Policy[]): Policy | undefined {
  return others.reduce(
    (one, other) =>
      one && {
        maxRetries: Math.min(one.maxRetries, other.maxRetries),
        delaysMs: (other.delaysMs[0] ?? 0) > (one.delaysMs[0] ?? 0) ? other.delaysMs : one.delaysMs,
        timeoutMs: Math.min(one.timeoutMs, other.timeoutMs),
        onUnknown: [one, other].some(({ onUnknown }) => onUnknown === 'park') ? 'park' : 'retry',
        maxLosses: Math.min(one.maxLosses, other.maxLosses),
      },
    first,
  );
}

/** The work with its handlers. @throws as `find` does, naming the item; `after`: how many went before */
export function withHandlers(
  find: FindHandler,
  lines: readonly WorkLine[],
  policy: WorkPolicy | undefined,
  after: number,
): readonly WorkItem[] {
  const found = new Map<string, HandlerInfo>();
  return lines.map(({ handler: name, ...rest }, index) => {
    try {
      const handler = found.get(name) ?? find(name, policy);
      found.set(name, handler);
      return { ...rest, handler };
    } catch (error) {
      const { status, detail } = problemOf(error);
      throw status === 400 ? badRequest(`Item ${after + index + 1}: ${detail}`) : error;
    }
  });
}

function notKnown(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const all = known.length > 20 ? [...known.slice(0, 20), '…'] : known;
  const hint = meant === undefined ? `known are ${all.join(', ')}.` : `do you mean "${meant}"?`;
  return `There is no handler ${JSON.stringify(name.slice(0, 80))}; ${hint}`;
}
