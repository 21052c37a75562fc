/**
 * What a controller keeps in memory of one agent within one term: the link, the echo it owes, what it has
 * taken over and may therefore acknowledge, and which fences the agent may forget.
 *
 *   decided   what this turn or an earlier one has taken over
 *   durable   what is on disk: only this may be acknowledged in a frame that does not wait for the disk
 */
import type {
  AgentFrame,
  ControllerFrame,
  Fence,
  HeldTask,
  OutboxPlace,
  Request,
} from '../transport/frame.ts';
import { PROTOCOL_VERSION } from '../transport/frame.ts';
import type { Timing } from '../machines/timing.ts';
import type { Memory, Remembering } from './freezing.ts';
import { isSamePlace } from './outbox.ts';
import type { AgentRow } from './records.ts';
import { Requests } from './requests.ts';

/** Fences of one `forget` request, so that it fits into a frame. */
const FENCES_PER_REQUEST = 2_000;

/** Acknowledgements of logs in one frame; the rest follows. */
const LOGS_PER_FRAME = 1_000;

/** An agent is told at most this often that something is missing. */
const MISSING_EVERY_MS = 200;

export const fenceKey = (fence: Fence) => `${fence.birth}/${fence.attempt}`;

/** Log bytes taken over of an attempt, decided and durable. */
interface Log {
  readonly fence: Fence;
  length: number;
  durable: number;
}

/** An attempt whose ending is recorded and whose log may not be complete yet. */
interface Ended {
  readonly fence: Fence;
  readonly logLength: number;
}

export class Peer implements Remembering {
  row: AgentRow;
  beat: AgentFrame['beat'];
  requests: Requests;
  /** Newest stamp received from this boot, and when. */
  stamp: number | null = null;
  stampAt: number;
  /** Its last word: when, and whether it said that it hears nothing; null: none in this term. */
  word: { readonly at: number; readonly deaf: boolean } | null = null;
  /** Since when its loop does not turn; null: it turns. */
  blockedAt: number | null = null;
  /** Newest stamp that was sent back. */
  echoed: number | null = null;
  /** Highest request number of this link that has left. */
  #sent = 0;
  /** When the agent was last told that something came behind a hole. */
  #missingAt = -Infinity;
  #missing = false;
  /** Parts of the report of this link; null once it has been used. */
  report: Map<number, { readonly last: boolean; readonly tasks: readonly HeldTask[] }> | null =
    new Map();
  /** Requests to be repeated with the next frame. */
  repeats: Request[] = [];
  durableRecorded: OutboxPlace | null;
  /** Those that something is owed of, or that are not on disk. */
  readonly #logs = new Map<string, Log>();
  /** Logs of which an acknowledgement is owed, and those of which not all is on disk. */
  readonly #owed = new Set<string>();
  readonly #undurable = new Set<string>();
  readonly #ended = new Map<string, Ended>();
  /** Of those that have ended: news of them, or of their log, since it was last asked what is ripe. */
  readonly #stirred = new Set<string>();
  readonly #kills = new Map<string, Fence[]>();
  #asks: Fence[] = [];
  readonly #owing: Set<Peer>;

  /**
   * @param owing the set of those that something is owed to
   * @param before the boot before, of the same store: what was decided of it need not be on disk yet; left out,
   *   all that the row says is
   */
  constructor(
    row: AgentRow,
    beat: AgentFrame['beat'],
    at: number,
    owing: Set<Peer>,
    before?: Peer,
  ) {
    this.#owing = owing;
    this.row = row;
    this.beat = beat;
    this.stampAt = at;
    this.durableRecorded = before ? before.durableRecorded : row.recorded;
    this.requests = new Requests(0, Infinity);
    if (!before) return;
    for (const name of before.#undurable) {
      this.#logs.set(name, before.#logs.get(name)!);
      this.#undurable.add(name);
    }
  }

  /** Something is owed: an echo, an acknowledgement, a request. */
  set owes(owes: boolean) {
    if (owes) this.#owing.add(this);
    else this.#owing.delete(this);
  }

  /** Something came behind a hole: the agent is told, but not with every frame until it has sent it again. */
  misses(at: number): void {
    if (at - this.#missingAt < MISSING_EVERY_MS) return;
    this.#missingAt = at;
    this.#missing = true;
    this.owes = true;
  }

  /** A frame has left: its echo is out, and its requests are on their way. */
  hasSent(frame: ControllerFrame): void {
    this.echoed = frame.echo;
    if (frame.link === this.requests.link) this.#sent = Math.max(this.#sent, frame.sent);
  }

  /**
   * True when the agent has followed this link further than it went here: the store has forgotten a term of this
   * number, and the wall clock went back since.
   */
  isAhead({ link, seen }: AgentFrame): boolean {
    return link > this.requests.link || (link === this.requests.link && seen > this.#sent);
  }

  /**
   * Opens the next link: what the last one left unanswered is void (R3); request 1 asks for the report.
   *
   * @param above its number is higher, and than that of the last link
   */
  openLink(everyMs: number, above: number): void {
    this.requests = new Requests(Math.max(this.requests.link, above) + 1, everyMs);
    this.#sent = 0;
    this.requests.add({ kind: 'report' });
    this.report = new Map();
    this.repeats = [];
    this.#asks = [];
    this.#kills.clear();
    this.owes = true;
  }

  /** Log bytes taken over of an attempt, or undefined when none are known here. */
  logLength(fence: Fence): number | undefined {
    return this.#logs.get(fenceKey(fence))?.length;
  }

  /** Notes how many log bytes of an attempt are taken over, and owes an acknowledgement. */
  setLogLength(fence: Fence, length: number, durable: boolean): void {
    const name = fenceKey(fence);
    const known = this.#logs.get(name);
    const log = { fence, length, durable: durable ? length : (known?.durable ?? 0) };
    this.#logs.set(name, log);
    if (log.durable < length) this.#undurable.add(name);
    else this.#undurable.delete(name);
    this.#owed.add(name);
    if (this.#ended.has(name)) this.#stirred.add(name);
    this.owes = true;
  }

  /** What was decided up to now is on disk. */
  durable(recorded: OutboxPlace | null, logs: readonly (readonly [string, number])[]): void {
    this.durableRecorded = recorded;
    for (const [fence, length] of logs) {
      const known = this.#logs.get(fence);
      if (!known) continue;
      known.durable = Math.max(known.durable, length);
      if (known.durable < known.length) continue;
      this.#undurable.delete(fence);
      this.#letGo(fence);
    }
  }

  /** The ending of an attempt is recorded: the agent may forget it once its log is complete here (R5). */
  mayForget(fence: Fence, logLength: number): void {
    this.#ended.set(fenceKey(fence), { fence, logLength });
    this.#stirred.add(fenceKey(fence));
  }

  /** Asks how far an attempt is, with the next frame. */
  ask(fence: Fence): void {
    this.#asks.push(fence);
    this.owes = true;
  }

  /** Has an attempt killed, with the next frame. */
  kill(fence: Fence, reason: string): void {
    const fences = this.#kills.get(reason);
    if (fences) fences.push(fence);
    else this.#kills.set(reason, [fence]);
    this.owes = true;
  }

  /** Turns what has gathered during the turn into requests: questions, kills, and what may be forgotten. */
  gather(logLengthOf: (fence: Fence) => number): void {
    const ripe: Fence[] = [];
    for (const name of this.#stirred) {
      const ended = this.#ended.get(name)!;
      if (ended.logLength > 0 && logLengthOf(ended.fence) < ended.logLength) continue;
      ripe.push(ended.fence);
      this.#ended.delete(name);
      this.#owed.delete(name);
      this.#letGo(name);
    }
    this.#stirred.clear();
    for (const fences of inParts(ripe)) this.requests.add({ kind: 'forget', fences });
    for (const fences of inParts(this.#asks)) this.requests.add({ kind: 'ask', fences });
    for (const [reason, all] of this.#kills) {
      for (const fences of inParts(all)) this.requests.add({ kind: 'kill', fences, reason });
    }
    this.#asks = [];
    this.#kills.clear();
  }

  /** What is known of a log is on disk, once all of it is; until then that is known here alone. */
  #letGo(name: string): void {
    if (!this.#owed.has(name) && !this.#undurable.has(name)) this.#logs.delete(name);
  }

  /** Acknowledgements that have been decided and are not on disk yet. */
  undurable(): readonly (readonly [string, number])[] {
    return [...this.#undurable].map((name) => [name, this.#logs.get(name)!.length]);
  }

  get hasUndurable(): boolean {
    return !isSamePlace(this.durableRecorded, this.row.recorded) || this.#undurable.size > 0;
  }

  /** Its row and its beat come with its making. */
  remember(memory: Memory): void {
    memory.part('requests', this.requests);
    this.stamp = memory.keep('stamp', this.stamp);
    this.stampAt = memory.keep('stampAt', this.stampAt);
    this.word = memory.keep('word', this.word);
    this.blockedAt = memory.keep('blockedAt', this.blockedAt);
    this.echoed = memory.keep('echoed', this.echoed);
    this.#sent = memory.keep('sent', this.#sent);
    this.#missingAt = memory.keep('missingAt', this.#missingAt);
    this.#missing = memory.keep('missing', this.#missing);
    this.report = memory.keep('report', this.report);
    this.repeats = memory.keep('repeats', this.repeats);
    this.durableRecorded = memory.keep('durableRecorded', this.durableRecorded);
    memory.fill('logs', this.#logs);
    memory.fill('owed', this.#owed);
    memory.fill('undurable', this.#undurable);
    memory.fill('ended', this.#ended);
    memory.fill('stirred', this.#stirred);
    memory.fill('kills', this.#kills);
    this.#asks = memory.keep('asks', this.#asks);
  }

  /**
   * The next frame to the agent.
   * @param waits true when it is sent after the record of this turn: it may then acknowledge all of it
   */
  frame(
    from: { readonly controllerId: string; readonly term: number },
    timing: Timing,
    requests: readonly Request[],
    waits: boolean,
  ): ControllerFrame {
    const logs: Log[] = [];
    if (this.#owed.size > LOGS_PER_FRAME) this.owes = true;
    for (const name of this.#owed) {
      if (logs.length === LOGS_PER_FRAME) break;
      logs.push(this.#logs.get(name)!);
      if (!waits) continue;
      this.#owed.delete(name);
      this.#letGo(name);
    }
    const missing = this.#missing;
    this.#missing = false;
    const { bootId } = this.row;
    return {
      v: PROTOCOL_VERSION,
      controllerId: from.controllerId,
      term: from.term,
      agent: this.row.id,
      storeId: this.row.storeId,
      boot: this.row.boot,
      ...(bootId && requests[0]?.n === 1 && { bootId }),
      link: this.requests.link,
      echo: this.stamp,
      timing,
      sent: requests.reduce((highest, { n }) => Math.max(highest, n), this.#sent),
      settled: this.requests.settled,
      recorded: waits ? this.row.recorded : this.durableRecorded,
      logs: logs.map(({ fence, length, durable }) => ({
        ...fence,
        length: waits ? length : durable,
      })),
      missing,
      requests: [...requests],
    };
  }
}

function* inParts(fences: readonly Fence[]): Iterable<Fence[]> {
  for (let i = 0; i < fences.length; i += FENCES_PER_REQUEST)
    yield fences.slice(i, i + FENCES_PER_REQUEST);
}
