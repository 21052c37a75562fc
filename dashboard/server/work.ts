/**
 * The handler that a piece of work names, with the policy it is to have.
 *
 *   known here ─────────────────▶ its schema, its policy
 *   offered by an agent only ───▶ any input (the agent checks it), the policy of defineHandler
 *   neither ────────────────────▶ refused, with the nearest name there is
 */
import { Type, type Static } from 'typebox';
import { under, type AgentRow } from '../../actors/records.ts';
import type { HandlerInfo, WorkItem } from '../../actors/work-item.ts';
import { policyOf } from '../../handlers/define-handler.ts';
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

export function createHandlerSearch({ handlers, store }: ApiAccess): FindHandler {
  const kept = new Map<string, HandlerInfo>();
  const offered = () =>
    new Set(
      [...store.range(under('agent'))].flatMap(([, row]) => (row as unknown as AgentRow).handlers),
    );
  const find = (name: string, wanted: WorkPolicy): HandlerInfo => {
    const policy = policyOf({ name, ...wanted });
    const known = handlers.get(name);
    if (known) return { ...known, policy: { ...known.policy, ...wanted }, wish: wanted };
    const others = offered();
    if (others.has(name)) {
      return { name, policy, wish: wanted, input: undefined, result: undefined };
    }
    throw badRequest(notKnown(name, [...new Set([...handlers.keys(), ...others])].sort()));
  };
  return (name, wanted = {}) => {
    const asked = JSON.stringify([name, wanted]);
    const before = kept.get(asked);
    if (before) return before;
    const found = find(name, wanted);
    if (kept.size === KEPT) kept.clear();
    kept.set(asked, found);
    return found;
  };
}

/** The work with its handlers. @throws as `find` does, naming the item; `after`: how many went before */
export function withHandlers(
  find: FindHandler,
  lines: readonly WorkLine[],
  policy: WorkPolicy | undefined,
  after: number,
): readonly WorkItem[] {
  return lines.map(({ handler, ...rest }, index) => {
    try {
      return { ...rest, handler: find(handler, policy) };
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
