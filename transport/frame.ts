/**
 * What travels on the link between one controller and one agent, and its schemas.
 *
 *   controller ── ControllerFrame ──▶ <ns>.to.<agent>      requests 1, 2, 3 … per (term, boot, link)
 *   agent      ── AgentFrame ───────▶ <ns>.from.<agent>    answers, pulses, outbox entries, log bytes
 *
 * Every frame names controllerId, term, agent, boot (store and number) and link, and carries the
 * highest number its sender has seen from the other side. Either side drops what names an older term,
 * another boot or an older link, whatever it says (protocol A3, R2).
 */
import { Type, type Static, type TSchema } from 'typebox';
import { bytes, count, id, instant, value } from './shapes.ts';

export const PROTOCOL_VERSION = 1;

/** Longest time that Node's timers take, about 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** So that a hello fits into a frame with what else it carries. */
export const POLICIES_MAX = 500;

const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** (birth, attempt): a birth is given once, when a sub-transaction is accepted, and only grows. */
const fence = { birth: count, attempt: count };

/** One life of an agent: its store and a number that only grows in it. */
const boot = { storeId: id, boot: count };

/** Place of an entry in the outbox of one agent store: the boot it was written in, and its number there. */
const place = object({ boot: count, n: count });

export const Fence = object(fence);
export const OutboxPlace = place;

/** How a handler that an agent offers has its work tried, as its code says; bounds as for `defineHandler`. */
export const OfferedPolicy = object({
  handler: id,
  maxRetries: Type.Integer({ minimum: 0, maximum: 100 }),
  /** The last one repeats. */
  delaysMs: Type.Array(Type.Integer({ minimum: 0, maximum: LONGEST_MS }), { maxItems: 100 }),
  timeoutMs: Type.Integer({ minimum: 1, maximum: LONGEST_MS }),
  onUnknown: Type.Union([Type.Literal('retry'), Type.Literal('park')]),
  maxLosses: Type.Integer({ minimum: 0, maximum: 100 }),
});

/** Name of a step within a task that is done at most once over all its attempts. */
const stepKey = Type.String({ minLength: 1, maxLength: 200 });

/** A step that an earlier attempt has begun; not done: how it ended is unknown. */
export const KnownStep = object({
  key: stepKey,
  isDone: Type.Boolean(),
  /** What it came to; left out: a person said that it is done. */
  result: Type.Optional(value),
});

/** One attempt handed to an agent. */
export const Assignment = object({
  ...fence,
  id,
  job: Type.Union([id, Type.Null()]),
  handler: id,
  input: value,
  /** What the handler's configuration gives to the work. */
  properties: Type.Optional(value),
  /** Left out: no step of it has been begun. */
  known: Type.Optional(Type.Array(KnownStep)),
  /** Longest run of the handler, in ms. */
  timeoutMs: count,
  /** From the abort signal and SIGTERM to SIGKILL when it is cancelled or out of time, in ms. */
  graceMs: count,
});

export const Request = Type.Union([
  /** Always number 1 of a link: what do you hold? Only here does absence mean anything (R4). */
  object({ n: count, kind: Type.Literal('report') }),
  object({ n: count, kind: Type.Literal('assign'), tasks: Type.Array(Assignment) }),
  /** The same fence again is a question: how far is it? It starts nothing. */
  object({ n: count, kind: Type.Literal('ask'), fences: Type.Array(Fence) }),
  object({
    n: count,
    kind: Type.Literal('kill'),
    fences: Type.Array(Fence),
    reason: Type.String({ maxLength: 200 }),
  }),
  /** Drop intent, exit, result and log of these fences (R5). */
  object({ n: count, kind: Type.Literal('forget'), fences: Type.Array(Fence) }),
  /** Asks for nothing but an answer: sent to a suspect when no request is open. */
  object({ n: count, kind: Type.Literal('probe') }),
]);

/**
 * How far the agent is with a fence. `done` and `ended`: its ending is in the outbox. `intentOnly`: ended
 * too, as `lost`: an intent of an older boot without an exit. `unknown`: it holds nothing of it.
 */
export const HeldState = Type.Union([
  Type.Literal('received'),
  Type.Literal('inProgress'),
  Type.Literal('killing'),
  Type.Literal('done'),
  Type.Literal('ended'),
  Type.Literal('intentOnly'),
  Type.Literal('unknown'),
]);

export const HeldTask = object({
  ...fence,
  state: HeldState,
  /** Bytes of log written so far. */
  logLength: count,
  /** Where its ending stands in the outbox; null until it has ended. */
  place: Type.Union([place, Type.Null()]),
});

export const Answer = Type.Union([
  object({ n: count, kind: Type.Literal('ok') }),
  object({ n: count, kind: Type.Literal('tasks'), tasks: Type.Array(HeldTask) }),
  /** A report may need several frames; it counts when the part with `last` is there and none is missing. */
  object({
    n: count,
    kind: Type.Literal('report'),
    part: count,
    last: Type.Boolean(),
    tasks: Type.Array(HeldTask),
  }),
  /** The number was answered and its answer is no longer kept. */
  object({ n: count, kind: Type.Literal('expired') }),
  /** A number is missing before this one; `next` is the one awaited. */
  object({ n: count, kind: Type.Literal('gap'), next: count }),
  /** The number came again with another body; the first one stands. */
  object({ n: count, kind: Type.Literal('conflict') }),
]);

/**
 * Asked to stop (the abort signal, SIGTERM), the whole tree killed (SIGKILL), nothing of it lives; or killed by the
 * agent's guard, since the lease was over while the agent itself did not run.
 */
export const KillStep = object({
  at: instant,
  step: Type.Union([
    Type.Literal('abort'),
    Type.Literal('kill'),
    Type.Literal('gone'),
    Type.Literal('guard'),
  ]),
});

/** How it was stopped, in order; left out when nothing had to be. */
const steps = Type.Optional(Type.Array(KillStep, { maxItems: 4 }));

/** How an attempt ended, as the agent recorded it. */
export const Ending = Type.Union([
  object({ kind: Type.Literal('done'), result: value }),
  object({
    kind: Type.Literal('failed'),
    /** `error`: the handler said so; `timedOut`: it ran longer than it may; `refused`: unknown handler or bad input. */
    cause: Type.Union([
      Type.Literal('error'),
      Type.Literal('timedOut'),
      Type.Literal('refused'),
      /** It came to a step that an earlier attempt had begun: whether that was done is not known. */
      Type.Literal('onceUnknown'),
    ]),
    message: Type.String({ maxLength: 8192 }),
    detail: value,
    steps,
  }),
  /** Killed on request, or because the lease or the agent ended. */
  object({ kind: Type.Literal('killed'), reason: Type.String({ maxLength: 200 }), steps }),
  /** Found after a crash: intent without exit (R6). `crashed`: the process died while the handler ran. */
  object({ kind: Type.Literal('lost'), crashed: Type.Boolean() }),
  /** The lease was over, or the agent was leaving, before the handler was started. */
  object({ kind: Type.Literal('neverStarted'), reason: Type.String({ maxLength: 200 }) }),
]);

const entry = {
  place,
  /** The entry written before this one, or null for the first of the store. */
  after: Type.Union([place, Type.Null()]),
  ...fence,
  at: instant,
};

/** The end of an attempt. */
export const EndEntry = object({
  ...entry,
  startedAt: Type.Union([instant, Type.Null()]),
  ending: Ending,
  /** Bytes of log the attempt has written in all. */
  logLength: count,
});

/** A step is about to be begun, and is not before this is recorded by the controller; or it is done. */
export const StepEntry = object({
  ...entry,
  step: object({ key: stepKey, isDone: Type.Boolean(), result: Type.Optional(value) }),
});

/** A pulse that must not be lost: kept on the agent's disk until the controller has recorded it (A18). */
export const OutboxEntry = Type.Union([EndEntry, StepEntry]);

/** Bytes of one attempt's log, addressed by fence and offset, so that nothing is twice or missing. */
export const LogChunk = object({ ...fence, offset: count, bytes });

export const Timing = object({ version: count, periodMs: count, delayMs: count, timeoutMs: count });

export const ControllerFrame = object({
  v: Type.Literal(PROTOCOL_VERSION),
  controllerId: id,
  term: count,
  agent: id,
  ...boot,
  /** With request 1: of the boot that is meant, as its hello names it. Its first link comes with no other (R2). */
  bootId: Type.Optional(id),
  link: count,
  /** Newest stamp received from this boot: the proof that renews its lease (R11). Null: none yet. */
  echo: Type.Union([instant, Type.Null()]),
  timing: Timing,
  /** Highest request number sent on this link. */
  sent: count,
  /** Every request up to this number is answered; their answers need not be kept. */
  settled: count,
  /** Outbox entries recorded, up to and including this place. */
  recorded: Type.Union([place, Type.Null()]),
  /** Log bytes recorded, per attempt that has sent some. */
  logs: Type.Array(object({ ...fence, length: count })),
  /** Something came after a hole: send again what follows `recorded` and `logs`. */
  missing: Type.Boolean(),
  requests: Type.Array(Request),
  /**
   * `gone`: this boot was declared lost; kill all and start a new one. `stale`: your boot or term is
   * below what I know (`known`). `inUse`: another store speaks under this id. `held`: another store did,
   * is silent, and may hold its lease yet. Of these two, `silentMs`: since the last word of the other, if
   * there was one in this term.
   */
  notice: Type.Optional(
    object({
      kind: Type.Union([
        Type.Literal('gone'),
        Type.Literal('stale'),
        Type.Literal('inUse'),
        Type.Literal('held'),
      ]),
      known: count,
      silentMs: Type.Optional(count),
    }),
  ),
});

export const AgentFrame = object({
  v: Type.Literal(PROTOCOL_VERSION),
  agent: id,
  ...boot,
  /** Empty and 0 until the agent has heard a controller. */
  controllerId: Type.Union([id, Type.Literal('')]),
  term: count,
  link: count,
  /** The agent's own elapsed clock in ms, read before the frame is handed to the transport. */
  stamp: instant,
  /** Version of the timing it holds; 0: none yet. */
  timing: count,
  /** Highest request number applied on this link. */
  seen: count,
  /** True when it has not heard the controller for longer than period + delay. */
  deaf: Type.Boolean(),
  beat: object({
    slots: count,
    running: count,
    waiting: count,
    lagMs: count,
    leaving: Type.Boolean(),
  }),
  /** Sent until the boot has a link. `oldest`: what precedes the first outbox entry still held. */
  hello: Type.Optional(
    object({
      /** Made for this boot alone: a store that was put back may give its number again (R2). */
      bootId: id,
      handlers: Type.Array(id),
      /** Of those handlers; left out by agents from before it was told. */
      policies: Type.Optional(Type.Array(OfferedPolicy, { maxItems: POLICIES_MAX })),
      oldest: Type.Union([place, Type.Null()]),
      /** For people: how its processes are kept from outliving their task. */
      containment: Type.Optional(Type.String({ maxLength: 500 })),
      /** What process classes may call it by beside its id (machines/agent-address.ts). */
      address: Type.Optional(Type.String({ maxLength: 300 })),
    }),
  ),
  answers: Type.Array(Answer),
  /** Attempts in progress and what they say of it; no promise, the next beat says it again. */
  progress: Type.Array(object({ ...fence, progress: value })),
  outbox: Type.Array(OutboxEntry),
  /** The last outbox entry sent on this link, so that a lost one shows at the next frame. */
  out: Type.Union([place, Type.Null()]),
  logs: Type.Array(LogChunk),
  /** The last word of this boot: it has been closed, nothing of it lives, and its outbox is in this frame. */
  bye: Type.Optional(Type.Literal(true)),
});

export type Fence = Static<typeof Fence>;
export type OutboxPlace = Static<typeof OutboxPlace>;
export type Assignment = Static<typeof Assignment>;
export type Request = Static<typeof Request>;
export type HeldState = Static<typeof HeldState>;
export type HeldTask = Static<typeof HeldTask>;
export type Answer = Static<typeof Answer>;
export type KillStep = Static<typeof KillStep>;
export type Ending = Static<typeof Ending>;
export type EndEntry = Static<typeof EndEntry>;
export type StepEntry = Static<typeof StepEntry>;
export type OutboxEntry = EndEntry | StepEntry;
export type OfferedPolicy = Static<typeof OfferedPolicy>;
export type KnownStep = Static<typeof KnownStep>;
export type LogChunk = Static<typeof LogChunk>;
export type Timing = Static<typeof Timing>;
export type ControllerFrame = Static<typeof ControllerFrame>;
export type Notice = NonNullable<ControllerFrame['notice']>;
export type AgentFrame = Static<typeof AgentFrame>;
