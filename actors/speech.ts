/**
 * What an agent says: puts answers, endings, log bytes, progress and beats into frames.
 *
 *   answers, outbox       ─▶ frames of at most 900 KB, sent after the record of their turn
 *   logs                  ─▶ frames of their own, at once: no chunk of a log is overtaken by the next
 *   progress              ─▶ in place of a beat, every 10 s or, if that is longer, every period
 *   a bare beat           ─▶ at once, since it promises nothing: after a period without a frame, every
 *                            second while late (B4)
 */
import type { OfferedPolicy, Runner } from '../handlers/handler.ts';
import {
  defaultLateBeatMs,
  defaultLongRunningMs,
  defaultTiming,
  type Timing,
} from '../machines/timing.ts';
import {
  POLICIES_MAX,
  PROTOCOL_VERSION,
  type AgentFrame,
  type Answer,
  type LogChunk,
  type OutboxEntry,
} from '../transport/frame.ts';
import type { AgentEffect, AgentGround } from './agent-ground.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { LogShipping } from './log-shipping.ts';
import type { Outbox } from './outbox.ts';
import type { Tasks } from './task.ts';
import type { Turn } from './turn.ts';

/** Bytes of answers in one frame; what else it carries is bounded by the outbox and the logs. */
const ANSWER_BYTES_PER_FRAME = 200_000;

/** Bytes that an answer takes at most for each task it tells of, and besides. */
const BYTES_PER_TASK = 120;
const BYTES_PER_ANSWER = 80;

/** Until a controller has answered, the hello is said again this often. */
const HELLO_EVERY_MS = 1_000;

/** How the boot stands with its controller. */
export interface Standing {
  /** 0: there is no link yet, and only a hello may be said. */
  readonly link: number;
  readonly seen: number;
  /** The controller has used the report; until then each frame carries the hello. */
  readonly isLinked: boolean;
  readonly isLate: boolean;
  readonly timing: Timing | undefined;
  readonly heardAt: number;
  readonly isLeaving: boolean;
  /** The boot is over, and this is the last that it says: what is owed once more, and `bye`. */
  readonly isLast: boolean;
}

/** What a frame says beyond that the agent lives. */
interface Words {
  readonly answers: readonly Answer[];
  readonly progress: readonly AgentFrame['progress'][number][];
  readonly outbox: readonly OutboxEntry[];
  readonly logs: readonly LogChunk[];
}

const NO_WORDS: Words = { answers: [], progress: [], outbox: [], logs: [] };

/** What an agent can do, and how. */
type Offer = Pick<Runner, 'handlers' | 'policies' | 'containment'>;

/** Characters of it that a hello has room for. */
const CONTAINMENT_LENGTH = 500;

export class Speech implements Remembering {
  readonly #ground: AgentGround;
  readonly #tasks: Tasks;
  readonly #outbox: Outbox;
  readonly #shipping: LogShipping;
  readonly #offer: Offer;
  readonly #policies: NonNullable<AgentFrame['hello']>['policies'];
  #answers: Answer[] = [];
  #beatDue = true;
  #progressDue = false;
  /** When it was last told how far what runs is. */
  #toldAt = -Infinity;
  /** When what is owed is sent again; whatever is taken over of it meanwhile begins the wait anew. */
  #repeatAt: number | null = null;

  constructor(
    ground: AgentGround,
    tasks: Tasks,
    outbox: Outbox,
    shipping: LogShipping,
    offer: Offer,
  ) {
    this.#ground = ground;
    this.#tasks = tasks;
    this.#outbox = outbox;
    this.#shipping = shipping;
    this.#offer = offer;
    this.#policies = offer.policies?.slice(0, POLICIES_MAX).map(told);
  }

  answer(answers: readonly Answer[]): void {
    this.#answers.push(...answers);
  }

  /** A sign of life is due. */
  beat(): void {
    this.#beatDue = true;
  }

  /** What runs long is to be told. */
  progress(): void {
    this.#progressDue = true;
  }

  /** The transport is back: both sides speak at once. */
  again(): void {
    this.#beatDue = true;
    this.rewind();
  }

  /** The controller has taken over some of what is owed. */
  heeded(): void {
    this.#repeatAt = null;
  }

  /** All that is owed is sent again. */
  rewind(): void {
    this.#repeatAt = null;
    this.#outbox.rewind();
    this.#shipping.rewind();
  }

  /** A new link: answers to the old one are void, and nothing is known of what has arrived. */
  relink(): void {
    this.#answers = [];
    this.#outbox.rewind();
    this.#shipping.relink();
  }

  /** Sends what is owed. Only a bare beat goes at once; all else waits for the record of this turn. */
  speak(turn: Turn<AgentEffect>, standing: Standing): void {
    const hasLink = standing.link > 0;
    if (standing.isLast) this.again();
    let said: AgentFrame | undefined;
    const say = (words: Words) => {
      const frame = this.#compose(turn, standing, words);
      if (isPromise(frame)) turn.act({ kind: 'frame', frame });
      else turn.actNow({ kind: 'frame', frame });
      said = frame;
      this.#beatDue = false;
    };
    if (this.#progressDue) {
      this.#progressDue = false;
      this.#toldAt = turn.at;
      const parts = hasLink ? this.#tasks.progress(defaultLongRunningMs) : [];
      for (const progress of parts) say({ ...NO_WORDS, progress });
    }
    while (this.#hasWords(hasLink)) say(hasLink ? this.#words() : NO_WORDS);
    const { deadlines } = this.#ground.loop;
    if (said) deadlines.set('beat', turn.at + beatEveryMs(standing, said.beat.lagMs));
    if (!this.#outbox.isOwed && !this.#shipping.isOwed) this.#repeatAt = null;
    else this.#repeatAt ??= turn.at + repeatEveryMs(standing);
    deadlines.set('repeat', this.#repeatAt);
    deadlines.set('progress', this.#progressAt(standing));
  }

  remember(memory: Memory): void {
    this.#answers = memory.keep('answers', this.#answers);
    this.#beatDue = memory.keep('beatDue', this.#beatDue);
    this.#progressDue = memory.keep('progressDue', this.#progressDue);
    this.#toldAt = memory.keep('toldAt', this.#toldAt);
    this.#repeatAt = memory.keep('repeatAt', this.#repeatAt);
  }

  /** When there is something to tell of what runs: first of the oldest, then of all that runs long. */
  #progressAt({ timing = defaultTiming }: Standing): number | null {
    const { oldestIntentAt } = this.#tasks;
    if (oldestIntentAt === null) return null;
    const everyMs = Math.max(defaultLongRunningMs, timing.periodMs);
    return Math.max(oldestIntentAt + defaultLongRunningMs, this.#toldAt + everyMs);
  }

  #hasWords(hasLink: boolean): boolean {
    return this.#beatDue || (hasLink && this.#hasUnsaid);
  }

  get #hasUnsaid(): boolean {
    return this.#answers.length > 0 || this.#outbox.hasUnsent || this.#shipping.hasUnsent;
  }

  #words(): Words {
    const answers: Answer[] = [];
    for (let bytes = 0; this.#answers.length > 0;) {
      bytes += bytesOf(this.#answers[0]!);
      if (answers.length > 0 && bytes > ANSWER_BYTES_PER_FRAME) break;
      answers.push(this.#answers.shift()!);
    }
    const outbox = this.#outbox.take();
    const waits = answers.length + outbox.length > 0;
    return { ...NO_WORDS, answers, outbox, logs: waits ? [] : this.#shipping.take() };
  }

  #compose(turn: Turn<AgentEffect>, standing: Standing, words: Words): AgentFrame {
    const { id, slots, meta, loop } = this.#ground;
    const { periodMs, delayMs } = standing.timing ?? defaultTiming;
    const { handlers, containment } = this.#offer;
    const hello = {
      bootId: meta.bootId,
      handlers: [...handlers],
      ...(this.#policies && { policies: this.#policies }),
      oldest: this.#outbox.oldest,
      ...(containment !== undefined && { containment: containment.slice(0, CONTAINMENT_LENGTH) }),
      ...(meta.address !== undefined && { address: meta.address }),
    };
    const frame: Omit<AgentFrame, 'out'> = {
      v: PROTOCOL_VERSION,
      agent: id,
      storeId: meta.storeId,
      boot: meta.boot,
      controllerId: meta.controllerId,
      term: meta.term,
      link: standing.link,
      stamp: turn.at,
      timing: standing.timing?.version ?? 0,
      seen: standing.seen,
      deaf: turn.at - standing.heardAt > periodMs + delayMs,
      beat: {
        slots,
        running: this.#tasks.running,
        waiting: this.#tasks.waiting,
        lagMs: Math.round(loop.takeLag()),
        leaving: standing.isLeaving,
      },
      ...(standing.isLinked ? {} : { hello }),
      answers: [...words.answers],
      progress: [...words.progress],
      outbox: [...words.outbox],
      logs: [...words.logs],
      ...(standing.isLast && this.#outbox.isSaid && !this.#hasUnsaid ? { bye: true as const } : {}),
    };
    return { ...frame, out: isPromise(frame) ? this.#outbox.sent : this.#outbox.left };
  }
}

/** What of a policy a hello tells. */
const told = ({
  handler,
  maxRetries,
  delaysMs,
  timeoutMs,
  onUnknown,
  maxLosses,
}: OfferedPolicy) => ({
  ...{ handler, maxRetries, timeoutMs, onUnknown, maxLosses },
  delaysMs: [...delaysMs],
});

/** What it promises is on disk before it leaves. */
const isPromise = ({ answers, outbox, bye }: Omit<AgentFrame, 'out'>): boolean =>
  answers.length + outbox.length > 0 || bye === true;

const bytesOf = (answer: Answer) =>
  BYTES_PER_ANSWER + ('tasks' in answer ? answer.tasks.length * BYTES_PER_TASK : 0);

/** Whoever has just said that it was blocked says soon that it is no more: until then it is given nothing. */
function beatEveryMs({ timing, isLate }: Standing, lagMs: number): number {
  if (!timing) return HELLO_EVERY_MS;
  const { periodMs } = timing;
  return isLate || lagMs > periodMs ? Math.min(defaultLateBeatMs, periodMs) : periodMs;
}

function repeatEveryMs({ timing = defaultTiming }: Standing): number {
  return timing.periodMs + timing.delayMs;
}
