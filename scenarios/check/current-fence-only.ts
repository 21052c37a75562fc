/**
 * The result of the current fence only: an end that changes a sub-transaction was told in that very turn, by
 * the agent that holds its current attempt, about that attempt.
 */
import type { AgentFrame } from '../../transport/frame.ts';
import type { Fact } from './books.ts';
import { property } from './checker.ts';

/** Ends that only their agent can tell. */
const TOLD = new Set(['done', 'failed', 'killed']);

export const currentFenceOnly = property('current-fence-only', (books, fail) => ({
  see(sight) {
    const { decision } = books;
    for (const fact of decision?.facts ?? []) {
      if (fact.birth === undefined || !TOLD.has(fact.kind)) continue;
      if (decision!.heard.some((frame) => tells(frame, fact))) continue;
      const name = `${fact.id}#${fact.attempt} (birth ${fact.birth})`;
      fail(sight.atMs, `${name} counts as ${fact.kind}, which ${fact.agent} has not told of it.`);
    }
  },
}));

const tells = ({ agent, outbox }: AgentFrame, { agent: by, birth, attempt, kind }: Fact) =>
  agent === by &&
  outbox.some(
    (entry) =>
      entry.birth === birth &&
      entry.attempt === attempt &&
      'ending' in entry &&
      entry.ending.kind === kind,
  );
