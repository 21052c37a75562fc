/**
 * What Stately's inspector is told: the three messages of `@statelyai/inspect`, as plain JSON.
 *
 *   @xstate.actor      somebody is there: name, chart, parent, and the state it is in
 *   @xstate.event      it was given an event, by whom
 *   @xstate.snapshot   the state it is in after that
 *
 * They are made here and not by the package's `createInspector`: that one stamps them with the time of sending,
 * drops parent and root of actors that are not XState's own, and knows no chart of theirs. A test holds them
 * against the package's types, its receivers, and what it makes of a real actor.
 */
import { machineDefinitions, type MachineName } from '../../machines/definitions.ts';
import type { Value } from '../../store/store.ts';

/** The version of the package whose messages these are; a receiver wants to be told one. */
export const PROTOCOL_VERSION = '0.7.2';

/** An actor as it is shown. */
export interface Shown {
  readonly machine: MachineName;
  /** Names it for ever, over restarts of the bridge and of the controller. */
  readonly session: string;
  /** For people. */
  readonly name: string;
  readonly parent: string | null;
  readonly state: string;
  readonly context: Facts;
  /** When it came into that state, or was last told of, in ms since 1970. */
  readonly atMs: number;
}

/** What is told beside the state. */
export type Facts = Readonly<Record<string, Value>>;

/** An event that an actor was given. */
export interface Given extends Facts {
  readonly type: string;
}

interface Base {
  readonly sessionId: string;
  readonly rootId: string;
  /** In ms since 1970, as text: when it happened, not when it was sent. */
  readonly createdAt: string;
  /** Number of the fact that it was made from; of an actor as it is now its session. */
  readonly id: string;
  readonly _version: string;
}

interface Snapshot {
  readonly status: 'active' | 'done' | 'stopped';
  readonly value: string;
  readonly context: Facts;
  readonly historyValue: Facts;
  readonly children: Facts;
  readonly tags: readonly string[];
}

export type Message = Base &
  (
    | {
        readonly type: '@xstate.actor';
        readonly name: string;
        readonly parentId: string | undefined;
        /** The chart, as JSON. */
        readonly definition: string;
        readonly snapshot: Snapshot;
      }
    | {
        readonly type: '@xstate.event';
        readonly sourceId: string | undefined;
        readonly event: Given;
      }
    | { readonly type: '@xstate.snapshot'; readonly event: Given; readonly snapshot: Snapshot }
  );

const definitions = new Map<MachineName, string>();

function definitionText(machine: MachineName): string {
  const known = definitions.get(machine) ?? JSON.stringify(machineDefinitions[machine]);
  definitions.set(machine, known);
  return known;
}

/** Whether nothing leads out of the state it is in. */
export const hasEnded = ({ machine, state }: Pick<Shown, 'machine' | 'state'>): boolean =>
  machineDefinitions[machine].states[state]?.type === 'final';

/** Writes the messages about one system, whose root is the session of its controller. */
export function createWriter(rootId: string) {
  const base = ({ session: sessionId, atMs }: Pick<Shown, 'session' | 'atMs'>, id: string) => ({
    ...{ sessionId, rootId, createdAt: String(atMs), id, _version: PROTOCOL_VERSION },
  });
  return {
    actor: (shown: Shown): Message => ({
      type: '@xstate.actor',
      ...base(shown, shown.session),
      name: shown.name,
      parentId: shown.parent ?? undefined,
      definition: definitionText(shown.machine),
      snapshot: snapshotOf(shown, hasEnded(shown) ? 'done' : 'active'),
    }),
    event: (shown: Shown, n: number, event: Given, source: string | null): Message => ({
      type: '@xstate.event',
      ...base(shown, String(n)),
      sourceId: source ?? undefined,
      event,
    }),
    snapshot: (shown: Shown, n: number, event: Given): Message => ({
      type: '@xstate.snapshot',
      ...base(shown, String(n)),
      event,
      snapshot: snapshotOf(shown, hasEnded(shown) ? 'done' : 'active'),
    }),
    /** It is shown no more, although it has not ended. */
    farewell: (shown: Shown): Message => ({
      type: '@xstate.snapshot',
      ...base(shown, shown.session),
      event: { type: 'shownNoMore' },
      snapshot: snapshotOf(shown, 'stopped'),
    }),
  };
}

const snapshotOf = ({ state, context }: Shown, status: Snapshot['status']): Snapshot => ({
  ...{ status, value: state, context },
  ...{ historyValue: {}, children: {}, tags: [] },
});
