/**
 * Both sides compare notes: the report of a new link against what the controller has written down.
 *
 *   for each fence in the report        verdict(view, what the agent says)
 *   for each fence that is not in it    verdict(view, absent)
 *
 * The table itself is pure (`machines/reconciliation.ts`); here it is asked and acted on.
 */
import { verdict, viewOf, type Report, type Verdict } from '../machines/reconciliation.ts';
import type { Fence, HeldTask } from '../transport/frame.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Given } from './assignment.ts';
import type { Ground } from './ground.ts';
import { isAfter } from './outbox.ts';
import { fenceKey, type Peer } from './peer.ts';
import { countedAs, key, subject, type SubRow } from './records.ts';
import type { SubTransactions } from './sub-transaction.ts';
import { addAssigns } from './hand-out.ts';
import { confirm, unconfirmedAt } from './unconfirmed.ts';

const BY_VERDICT = { rule: 'verdict' } as const;

/** Judges a whole report. Returns how often each verdict was given. */
export function reconcile(
  ground: Ground,
  subs: SubTransactions,
  connections: AgentConnections,
  peer: Peer,
  held: readonly HeldTask[],
): { readonly [verdict: string]: number } {
  const given: Record<string, number> = {};
  const again: Given[] = [];
  const judge = (row: SubRow | undefined, fence: Fence, report: Report) => {
    const judged = verdict(
      viewOf(row && { state: row.state, ...row.context }, fence.attempt, peer.row.id),
      report,
    );
    given[judged.verdict] = (given[judged.verdict] ?? 0) + 1;
    if (judged.verdict !== 'none') note(ground, subs, peer, row, fence, judged);
    return judged;
  };

  const compare = (task: HeldTask) => {
    const fence = { birth: task.birth, attempt: task.attempt };
    const row =
      subs.givenTo(peer.row.id, fence) ?? recalled(ground, subs.row(task.birth), fence, peer);
    const judged = judge(row, fence, reportOf(task));
    const { at } = ground.loop.turn;
    if (judged.hold)
      subs.send(task.birth, { type: 'hold', at, until: at + connections.heldForMs(peer.row.id) });
    if (judged.verdict === 'kill') peer.kill(fence, 'reconciliation');
    else if (judged.verdict === 'continue') goOn(subs, task, at);
    // An ending that is not recorded yet comes with the outbox and is forgotten then.
    if (!task.place || isAfter(task.place, peer.row.recorded)) return;
    // Passed over as a gap, since this store went back in time: nobody knows any more how it ended.
    if (row && countedAs[row.state] === 'active' && row.context.attempt === task.attempt) {
      const { attempt } = task;
      const event = { type: 'lost', at, attempt, death: false, releaseAt: null } as const;
      subs.send(task.birth, event, BY_VERDICT);
    }
    peer.mayForget(fence, row ? task.logLength : 0);
  };

  // What is of a later attempt than is known here comes last: by then the work may wait for its next one.
  const later: HeldTask[] = [];
  for (const task of held) {
    if (task.attempt > (subs.row(task.birth)?.context.attempt ?? Infinity)) later.push(task);
    else compare(task);
  }

  const reported = new Set(held.map(fenceKey));
  const { at } = ground.loop.turn;
  for (const birth of [...subs.onAgent(peer.row.id), ...subs.heldBy(peer.row.id)]) {
    const row = subs.row(birth)!;
    const { attempt, boot } = row.context;
    const fence = { birth, attempt };
    if (reported.has(fenceKey(fence))) continue;
    const judged = judge(row, fence, absence(peer, boot));
    if (judged.verdict === 'assignAgain') again.push(subs.again(birth));
    else if (judged.verdict === 'neverStarted')
      subs.send(birth, { type: 'neverStarted', at, attempt }, BY_VERDICT);
    else if (judged.verdict === 'lost') {
      const event = { type: 'lost', at, attempt, death: false, releaseAt: null } as const;
      subs.send(birth, event, BY_VERDICT);
    } else subs.send(birth, { type: 'release', at });
  }
  for (const task of later) compare(task);

  witness(ground, subs, peer, reported);
  addAssigns(peer, again);
  return given;
}

/**
 * Work that waits here, as it is known once an agent says that it has a later attempt of it: that one was given out
 * in a life which this store has forgotten. It counts as the last one, so that its number is not given out again
 * and the next one waits for its end. Written with the verdict.
 */
function recalled(
  { loop }: Ground,
  row: SubRow | undefined,
  { birth, attempt }: Fence,
  { row: { id: agent, boot } }: Peer,
): SubRow | undefined {
  if (!row || !WAITS.has(row.state) || row.context.held) return undefined;
  const { context } = row;
  if (attempt <= context.attempt) return undefined;
  if (context.agent !== null) loop.turn.put(key.holder(birth, context.attempt), context.agent);
  return { ...row, context: { ...context, attempt, agent, boot } };
}

const WAITS = new Set<SubRow['state']>(['queued', 'waiting', 'parked']);

/** What was given up before, and is not in the report, is over. */
function witness(
  ground: Ground,
  subs: SubTransactions,
  { row: { id: agent, boot, storeId } }: Peer,
  reported: ReadonlySet<string>,
): void {
  const { turn } = ground.loop;
  for (const { fence, ...given } of [...unconfirmedAt(turn, agent)]) {
    if (given.storeId !== storeId || reported.has(fenceKey(fence))) continue;
    confirm(turn, agent, fence);
    const { attempt } = fence;
    subs.note(subs.row(fence.birth)!, { kind: 'confirmed', attempt, agent, boot });
  }
}

function absence({ row }: Peer, boot: number | null): Report {
  if (row.gap) return 'absentAfterGap';
  return boot === row.boot && row.state === 'present' ? 'absentSameBoot' : 'absentOlderBoot';
}

const reportOf = ({ state }: HeldTask): Report =>
  state === 'done' || state === 'ended' || state === 'intentOnly' ? state : 'running';

function goOn(subs: SubTransactions, task: HeldTask, at: number): void {
  const type = task.state === 'inProgress' ? 'inProgress' : 'received';
  subs.send(task.birth, { type, at, attempt: task.attempt });
}

function note(
  ground: Ground,
  subs: SubTransactions,
  peer: Peer,
  row: SubRow | undefined,
  fence: Fence,
  judged: Verdict,
): void {
  const { id: agent, boot } = peer.row;
  const fact = {
    kind: 'verdict',
    attempt: fence.attempt,
    agent,
    boot,
    cause: judged.verdict,
    detail: { why: judged.why },
  };
  if (row) subs.note(row, fact);
  else ground.record({ subject: subject.agent(agent), ...fact });
}
