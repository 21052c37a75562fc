/**
 * What a controller takes over from the frames of the present link: answers, endings from the outbox,
 * log bytes, progress. Everything here may come twice, late, or behind a hole, and changes nothing then.
 * What an agent says of an attempt that was not given to it changes nothing either.
 *
 *   outbox entry   recorded if what precedes it is recorded (A18); its ending goes to the statechart
 *   log chunk      recorded if it begins where the recorded bytes end
 */
import type { Value } from '../store/store.ts';
import type {
  AgentFrame,
  Answer,
  EndEntry,
  Ending,
  Fence,
  LogChunk,
  OutboxEntry,
  OutboxPlace,
  Request,
} from '../transport/frame.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import { isAfter } from './outbox.ts';
import type { Pace } from './pace.ts';
import type { Peer } from './peer.ts';
import { reconcile } from './reconciliation.ts';
import { key, subject, type SubRow } from './records.ts';
import { takeStep } from './steps.ts';
import type { SubTransactions } from './sub-transaction.ts';
import { confirm } from './unconfirmed.ts';

/** Parts of one report that are kept until it is whole: a million attempts. */
const PARTS_MAX = 500;

/** What an agent last told of a running attempt. */
export interface TaskNews {
  readonly at: number;
  /** Null: it has not said anything of itself. */
  readonly progress: Value;
}

export class Takeover implements Remembering {
  readonly #ground: Ground;
  readonly #subs: SubTransactions;
  readonly #connections: AgentConnections;
  readonly #pace: Pace;
  /** What was last told of running attempts, by birth. */
  readonly told = new Map<number, TaskNews>();

  constructor(ground: Ground, subs: SubTransactions, connections: AgentConnections, pace: Pace) {
    this.#ground = ground;
    this.#subs = subs;
    this.#connections = connections;
    this.#pace = pace;
  }

  content(peer: Peer, frame: AgentFrame): void {
    if (frame.hello) this.#hello(peer, frame.hello.oldest);
    for (const answer of frame.answers) this.#answer(peer, answer);
    this.#outbox(peer, frame.outbox);
    if (frame.out && isAfter(frame.out, peer.row.recorded)) peer.misses(this.#ground.loop.turn.at);
    for (const chunk of frame.logs) this.#log(peer, chunk);
    for (const { birth, attempt, progress } of frame.progress) {
      if (!this.#subs.givenTo(peer.row.id, { birth, attempt })) continue;
      this.#subs.send(birth, { type: 'inProgress', at: this.#ground.loop.turn.at, attempt });
      const row = this.#subs.row(birth);
      const isRunning = row?.state === 'inProgress' && row.context.attempt === attempt;
      if (isRunning) this.#tell(birth, progress as Value);
    }
    const isWhole = frame.out === null || !isAfter(frame.out, peer.row.recorded);
    if (frame.bye && isWhole) this.#goodbye(peer);
  }

  #tell(birth: number, progress: Value): void {
    const at = this.#ground.loop.turn.at;
    this.told.set(birth, { at, progress: progress ?? this.told.get(birth)?.progress ?? null });
  }

  /** Log bytes on record of an attempt. */
  logLength(fence: Fence): number {
    return (
      (this.#ground.loop.turn.get(key.logged(fence.birth, fence.attempt)) as number | undefined) ??
      0
    );
  }

  remember(memory: Memory): void {
    memory.fill('told', this.told);
  }

  /** The agent no longer holds what this controller never got: a gap that is recorded, not waited for. */
  #hello(peer: Peer, oldest: OutboxPlace | null): void {
    if (oldest === null || !isAfter(oldest, peer.row.recorded)) return;
    this.#ground.record({
      subject: subject.agent(peer.row.id),
      kind: 'agent.gap',
      agent: peer.row.id,
      detail: { from: peer.row.recorded, to: oldest },
    });
    this.#connections.save(peer, { recorded: oldest, gap: true });
  }

  /** The boot is over and has told every end: what else is out there was never begun. */
  #goodbye(peer: Peer): void {
    this.#connections.leave(peer);
    reconcile(this.#ground, this.#subs, this.#connections, peer, []);
  }

  #answer(peer: Peer, answer: Answer): void {
    if (answer.kind === 'gap') return this.#connections.repeatFrom(peer, answer.next);
    if (answer.kind === 'report') {
      if (!this.#collect(peer, answer)) return;
    }
    const open = peer.requests.answered(answer);
    if (!open) return;
    const agent = peer.row.id;
    if (open.sends > 1) {
      const detail = { n: answer.n, sends: open.sends };
      this.#ground.record({ subject: subject.agent(agent), kind: 'agent.answered', agent, detail });
      this.#ground.log('info', { agent, ...detail }, 'request answered after repeats');
    }
    if (answer.kind === 'conflict') return this.#connections.openLink(agent);
    if (answer.kind === 'tasks') this.#states(peer, open.request, answer);
    if (answer.kind === 'report') {
      const held = [...peer.report!.values()].flatMap((part) => part.tasks);
      peer.report = null;
      this.#connections.reported(
        agent,
        reconcile(this.#ground, this.#subs, this.#connections, peer, held),
      );
      if (peer.row.gap) this.#connections.save(peer, { gap: false });
    }
  }

  /** Puts a part of the report away; true when it is whole. Only request 1 asks for one, and uses it once. */
  #collect(peer: Peer, answer: Answer & { kind: 'report' }): boolean {
    if (!peer.report || answer.n !== 1 || answer.part >= PARTS_MAX) return false;
    peer.report.set(answer.part, answer);
    const parts = [...peer.report.values()];
    const last = [...peer.report].find(([, part]) => part.last)?.[0];
    return last !== undefined && parts.length === last + 1;
  }

  #states(peer: Peer, request: Request, answer: Answer & { kind: 'tasks' }): void {
    const { at } = this.#ground.loop.turn;
    if (request.kind === 'assign') this.#connections.tookWork(peer.row.id, true);
    for (const { birth, attempt, state } of answer.tasks) {
      if (!this.#subs.givenTo(peer.row.id, { birth, attempt })) continue;
      if (state === 'received') this.#subs.send(birth, { type: 'received', at, attempt });
      else if (state === 'inProgress') this.#subs.send(birth, { type: 'inProgress', at, attempt });
      else if (
        state === 'unknown' &&
        request.kind === 'ask' &&
        this.#isHere(peer, birth, attempt)
      ) {
        // It was given on this link and is not there: only a report may say so (R4), so ask for one.
        this.#connections.openLink(peer.row.id);
        return;
      }
    }
  }

  #isHere(peer: Peer, birth: number, attempt: number): boolean {
    const row = this.#subs.row(birth);
    return (
      row?.context.agent === peer.row.id && row.context.attempt === attempt && row.state === 'idle'
    );
  }

  #outbox(peer: Peer, entries: readonly OutboxEntry[]): void {
    let { recorded } = peer.row;
    for (const entry of entries) {
      if (!isAfter(entry.place, recorded)) continue;
      if (entry.after !== null && isAfter(entry.after, recorded)) {
        peer.misses(this.#ground.loop.turn.at);
        continue;
      }
      recorded = entry.place;
      const fence = { birth: entry.birth, attempt: entry.attempt };
      const row = this.#subs.givenTo(peer.row.id, fence);
      if ('step' in entry) {
        takeStep(this.#ground, this.#subs, peer, entry, row);
        continue;
      }
      this.#end(peer, entry, row);
      if (row) this.told.delete(entry.birth);
      peer.mayForget(fence, row ? entry.logLength : 0);
    }
    if (recorded !== peer.row.recorded) this.#connections.save(peer, { recorded });
  }

  #end(peer: Peer, entry: EndEntry, row: SubRow | undefined): void {
    const { birth, attempt, ending } = entry;
    const { at } = this.#ground.loop.turn;
    const isPresent = row?.context.attempt === attempt;
    const receivedAt = isPresent ? row.context.receivedAt : null;
    const told = { detail: evidence(peer, entry, receivedAt), outcome: outcomeOf(ending) };
    if (row && ending.kind === 'done' && entry.startedAt !== null)
      this.#pace.took(
        row.handler,
        entry.at - entry.startedAt,
        row.context.policy.onUnknown === 'retry',
      );
    if (row && ending.kind === 'neverStarted') {
      this.#pace.waitedInVain(row.handler);
      if (peer.beat.leaving) this.#connections.tookWork(peer.row.id, false);
    }
    if (isPresent) {
      // Where the controller went down as well, the host did, or its owner: no evidence against the work.
      const livedOn = row.term === this.#ground.term;
      if (this.#subs.send(birth, endingEvent(ending, at, attempt, livedOn), told)) return;
    }
    // An older attempt, one that is settled, or none of this agent's: kept in the history, never the result.
    const agent = peer.row.id;
    const fact = { kind: 'superseded', attempt, agent, cause: ending.kind, detail: told.detail };
    if (row) {
      this.#subs.note(row, fact);
      confirm(this.#ground.loop.turn, agent, { birth, attempt });
    } else this.#ground.record({ subject: subject.agent(agent), ...fact });
  }

  #log(peer: Peer, chunk: LogChunk): void {
    const { turn } = this.#ground.loop;
    const fence = { birth: chunk.birth, attempt: chunk.attempt };
    if (!this.#subs.givenTo(peer.row.id, fence)) return;
    const known = peer.logLength(fence);
    const length = known ?? this.logLength(fence);
    if (chunk.offset > length) peer.misses(turn.at);
    const fresh = chunk.bytes.subarray(length - chunk.offset);
    if (chunk.offset > length || fresh.length === 0)
      return peer.setLogLength(fence, length, known === undefined);
    turn.put(key.log(fence.birth, fence.attempt, length), fresh);
    turn.put(key.logged(fence.birth, fence.attempt), length + fresh.length);
    peer.setLogLength(fence, length + fresh.length, false);
  }
}

function endingEvent(ending: Ending, at: number, attempt: number, livedOn: boolean) {
  switch (ending.kind) {
    case 'failed':
      return { type: 'failed', at, attempt, cause: ending.cause } as const;
    case 'lost':
      return {
        type: 'lost',
        at,
        attempt,
        death: ending.crashed && livedOn,
        releaseAt: null,
      } as const;
    default:
      return { type: ending.kind, at, attempt } as const;
  }
}

function outcomeOf(ending: Ending) {
  if (ending.kind === 'done') return { result: ending.result as Value };
  if (ending.kind === 'failed') return { message: ending.message, detail: ending.detail as Value };
  return { message: 'reason' in ending ? ending.reason : ending.kind };
}

/** What an ending adds to its fact: when it was received here, when it ran, by the agent's clock, and what it said. */
function evidence(peer: Peer, entry: EndEntry, receivedAt: number | null): Value {
  const { ending } = entry;
  return {
    endedAt: entry.at,
    ...(receivedAt !== null && { receivedAt }),
    startedAt: entry.startedAt,
    logLength: entry.logLength,
    lagMs: peer.beat.lagMs,
    ...(ending.kind === 'failed'
      ? { message: ending.message, failure: ending.detail as Value }
      : {}),
    ...('reason' in ending ? { reason: ending.reason } : {}),
    ...('steps' in ending ? { steps: ending.steps } : {}),
  };
}
