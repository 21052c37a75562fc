/**
 * Stately's end of the socket: the receiver of its own package, and what an inspector makes of the messages. It
 * knows nothing of Lifeline but what it is told, and holds every message to the charts that it was sent. It has no
 * end of its own: its socket closes with the server.
 */
import {
  createWebSocketReceiver,
  type StatelyActorEvent,
  type StatelyEventEvent,
  type StatelyInspectionEvent,
  type StatelySnapshotEvent,
} from '@statelyai/inspect';
import { createMachine, type AnyStateMachine } from 'xstate';

/** An actor as the inspector shows it. */
export interface Inspected {
  readonly machine: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly chart: AnyStateMachine;
  value: string;
  context: Readonly<Record<string, unknown>>;
  status: string | undefined;
}

export interface Received {
  readonly actors: ReadonlyMap<string, Inspected>;
  readonly messages: readonly StatelyInspectionEvent[];
  /** Resolves when it is so. */
  readonly until: (isSo: (actors: ReadonlyMap<string, Inspected>) => boolean) => Promise<void>;
  /** What no inspector could have shown. */
  readonly flaws: readonly string[];
}

/** @param url of the page */
export function receive(url: string): Received {
  const actors = new Map<string, Inspected>();
  const messages: StatelyInspectionEvent[] = [];
  const flaws: string[] = [];
  const waiting = new Set<() => void>();
  const receiver = createWebSocketReceiver({ server: url.replace('http', 'ws') });
  receiver.subscribe((message) => {
    messages.push(message);
    const flaw = take(actors, message);
    if (flaw !== undefined) flaws.push(flaw);
    for (const look of [...waiting]) look();
  });
  return {
    actors,
    messages,
    flaws,
    until: (isSo) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isSo(actors)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Returns what is wrong with it. */
function take(actors: Map<string, Inspected>, message: StatelyInspectionEvent): string | undefined {
  const { sessionId, rootId, createdAt } = message;
  if (!/^\d{13}$/.test(createdAt)) return `${sessionId}: no instant: ${createdAt}`;
  if (message.type === '@xstate.actor') return enter(actors, message);
  const actor = actors.get(sessionId);
  if (!actor) return `${sessionId}: never heard of`;
  if (!rootId || !actors.has(rootId)) return `${sessionId}: its root is not there`;
  return message.type === '@xstate.event' ? given(actors, message) : move(actor, message);
}

function enter(actors: Map<string, Inspected>, message: StatelyActorEvent): string | undefined {
  const { sessionId, name, parentId, definition, snapshot } = message;
  const chart = createMachine(JSON.parse(definition!) as Parameters<typeof createMachine>[0]);
  const { value, context, status } = snapshot as unknown as Inspected;
  actors.set(sessionId, {
    ...{ machine: chart.id, name, parent: parentId, chart, value, status, context },
  });
  if (parentId !== undefined && !actors.has(parentId)) return `${sessionId}: no parent`;
  return chart.states[value] ? undefined : `${sessionId}: ${value} is no state`;
}

function given(actors: Map<string, Inspected>, message: StatelyEventEvent): string | undefined {
  const { sessionId, sourceId, event } = message;
  if (sourceId !== undefined && !actors.has(sourceId))
    return `${sessionId}: ${event.type} comes from nobody`;
  return undefined;
}

function move(actor: Inspected, message: StatelySnapshotEvent): string | undefined {
  const { sessionId, event } = message;
  const { value, context, status } = message.snapshot as unknown as Inspected;
  const before = actor.value;
  Object.assign(actor, { value, context, status });
  if (value === before || status === 'stopped') return undefined;
  const own = actor.chart.states[before]!.transitions.get(event.type);
  // What is no event of the chart is a fact: it may gather all that a turn did.
  const ways = own?.map(({ target }) => target?.[0]?.key) ?? [...reached(actor.chart, before)];
  const isBegun = ['agent.boot', 'controller.term', 'job.started'].includes(event.type);
  return isBegun || ways.includes(value)
    ? undefined
    : `${sessionId}: ${event.type} leads not from ${before} to ${value}`;
}

/** The states that something can lead to from that one. */
function reached(chart: AnyStateMachine, from: string): ReadonlySet<string> {
  const states = new Set([from]);
  for (const state of states) {
    for (const { target } of [...chart.states[state]!.transitions.values()].flat())
      if (target?.[0]) states.add(target[0].key);
  }
  return states;
}
