/**
 * What happens in a scenario, told for a picture that moves: the moments of each lane, the messages between
 * them, and into which state each statechart comes by it.
 *
 *   sight of a played script │ line of a replayed recording ──▶ Told, Told, …  in order of time
 *
 *     at 1.002s  controller ──assign x#1──▶ a1            a message, with what became of it on its way
 *     at 1.004s  a1  x#1 intent                           a moment;  task x#1: inProgress
 *
 * A message leaves when the record it waits for is durable. Beats, and what only confirms, are left out.
 */
import type { TaskRow } from '../actors/agent-records.ts';
import { entryOf } from '../actors/entry-row.ts';
import type { JobRow } from '../actors/records.ts';
import { rowOf } from '../actors/sub-row.ts';
import type { Value } from '../store/store.ts';
import type { AgentFrame, ControllerFrame } from '../transport/frame.ts';
import { momentsOf, type Moment } from './lanes.ts';
import { createWords, type Said } from './message-words.ts';
import type { Sight } from './sight.ts';
import { momentsOfLine } from './tape/moments.ts';
import { unspell, type Json } from './tape/spelling.ts';
import type { StepBody } from './tape/step-body.ts';
import type { TapeLine } from './tape/tape-line.ts';

/** What may become of a frame on its way. */
export type Fate = Extract<Sight, { what: 'frame' }>['fate'];

/** A statechart comes into a state. */
export interface StateChange {
  /** As machines/definitions.ts calls them. */
  readonly machine: 'subTransaction' | 'job' | 'agentConnection' | 'task';
  /** Id of the work or agent, name of the job, `x#1` of a task. */
  readonly of: string;
  /** Null: it is forgotten. */
  readonly state: string | null;
}

/** A moment, or a message from its lane to another one. */
export interface Told extends Moment {
  /** The lane it goes to; left out: it is no message. */
  readonly to?: string;
  /** The same was said before. */
  readonly isAgain?: true;
  /** What befell it; left out: nothing that is known. */
  readonly fate?: Fate;
  readonly states?: readonly StateChange[];
}

/** A turn, as a sight or a line of a recording has it. */
interface Turn {
  readonly turn: number;
  readonly writes: Iterable<readonly [key: string, value?: Value | undefined]>;
  readonly entries: readonly Value[];
  readonly frames: readonly (ControllerFrame | AgentFrame)[];
}

export interface Telling {
  ofSight(sight: Sight): readonly Told[];
  /** @param atMs instant, from the start of what is shown */
  ofLine(line: TapeLine, atMs: number): readonly Told[];
}

/** One for each scenario: it remembers what was said. */
export function createTelling(): Telling {
  const words = createWords();
  const states = createStates();
  /** What was decided and has not left, by lane and turn. */
  const waiting = new Map<string, readonly Said[]>();
  let fates = new Map<string, Fate>();

  const turned = (
    lane: string,
    atMs: number,
    turn: Turn,
    moments: readonly Moment[],
  ): readonly Told[] => {
    waiting.set(`${lane}/${turn.turn}`, words.of(turn.frames));
    const changes = states.of(turn);
    if (changes.length === 0) return moments;
    const [first = unwritten(lane, atMs, changes), ...rest] = moments;
    return [{ ...first, states: changes }, ...rest];
  };
  const left = (lane: string, turn: number, atMs: number): readonly Told[] => {
    const said = waiting.get(`${lane}/${turn}`) ?? [];
    waiting.delete(`${lane}/${turn}`);
    const befell = fates;
    fates = new Map();
    return said.map((each) => {
      const fate = befell.get(each.agent);
      return { atMs, lane, ...each.told, ...(fate === undefined ? {} : { fate }) };
    });
  };
  return {
    ofSight(sight) {
      const moments = momentsOf(sight);
      switch (sight.what) {
        case 'decided':
        case 'turned': {
          const { turn, writes, entries, now, later } = sight.step;
          const frames = [...now, ...later].flatMap(frameIn);
          return turned(sight.seat, sight.atMs, { turn, writes, entries, frames }, moments);
        }
        case 'frame':
          fates.set(sight.agent, sight.fate);
          return [];
        case 'durable':
          return left(sight.seat, sight.turn, sight.atMs);
        default:
          return moments;
      }
    },
    ofLine(line, atMs) {
      const moments = momentsOfLine(line, atMs);
      const { lane, word, body } = line;
      if (word === 'durable') return left(lane, (body as { readonly turn: number }).turn, atMs);
      return word === 'turn' ? turned(lane, atMs, turnOf(body), moments) : moments;
    },
  };
}

/** A state that a turn brings about without a fact. */
const unwritten = (lane: string, atMs: number, changes: readonly StateChange[]): Moment => ({
  atMs,
  lane,
  text: changes.map(({ of, state }) => `${of} ${state ?? 'forgotten'}`).join(', '),
  ids: changes.map(({ of }) => of),
});

const frameIn = (effect: { readonly kind: string }) =>
  effect.kind === 'frame'
    ? [(effect as unknown as { readonly frame: ControllerFrame | AgentFrame }).frame]
    : [];

function turnOf(body: Json): Turn {
  const step = unspell(body) as StepBody;
  const effects = [...(step.now ?? []), ...(step.later ?? [])] as { readonly kind: string }[];
  return {
    turn: step.turn,
    writes: (step.writes ?? []) as readonly (readonly [key: string, value?: Value | undefined])[],
    entries: (step.entries ?? []) as readonly Value[],
    frames: effects.flatMap(frameIn),
  };
}

/** Into which states the statecharts come by a turn: by the rows it writes, and the facts about agents. */
function createStates(): { of(turn: Turn): readonly StateChange[] } {
  const present = new Map<string, string>();
  /** Keys of rows that are removed say no name. */
  const rows = new Map<string, Omit<StateChange, 'state'>>();
  const come = (change: StateChange): readonly StateChange[] => {
    const name = `${change.machine} ${change.of}`;
    if (present.get(name) === (change.state ?? undefined)) return [];
    if (change.state === null) present.delete(name);
    else present.set(name, change.state);
    return [change];
  };
  const wrote = ([key, value]: readonly [
    key: string,
    value?: Value | undefined,
  ]): readonly StateChange[] => {
    if (value === undefined) {
      const known = rows.get(key);
      rows.delete(key);
      return known ? come({ ...known, state: null }) : [];
    }
    const change = changeIn(key, value);
    if (!change) return [];
    rows.set(key, { machine: change.machine, of: change.of });
    return come(change);
  };
  return {
    of: ({ writes, entries }) => [
      ...[...writes].flatMap(wrote),
      ...entries.flatMap((entry) => connectionIn(entry).flatMap(come)),
    ],
  };
}

function changeIn(key: string, value: Value): StateChange | undefined {
  const [kind] = key.split('/', 1);
  if (kind === 'sub') {
    const { id, state } = rowOf(value);
    return { machine: 'subTransaction', of: id, state };
  }
  if (kind === 'job') {
    const { name, state } = value as unknown as JobRow;
    return { machine: 'job', of: name, state };
  }
  if (kind === 'task') {
    const { id, attempt, ended } = value as unknown as TaskRow;
    return { machine: 'task', of: `${id}#${attempt}`, state: endOf(ended) };
  }
  return undefined;
}

/** A task that never began has no state of its own to end in. */
const endOf = (ended: TaskRow['ended']) =>
  ended === null ? 'inProgress' : ended.ending === 'neverStarted' ? 'killed' : ended.ending;

const CONNECTION = /^agent\.(connected|suspect|lost|reconciling|reconciled|left|boot)$/;

function connectionIn(value: Value): readonly StateChange[] {
  // The entries of agents have names already.
  if (!Array.isArray(value)) return [];
  const { kind, agent } = entryOf(value as readonly Value[]);
  const [, state] = CONNECTION.exec(kind) ?? [];
  if (state === undefined || agent === undefined) return [];
  const next = state === 'boot' ? 'reconciling' : state;
  return [{ machine: 'agentConnection', of: agent, state: next }];
}
