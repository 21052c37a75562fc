/**
 * What happened, as lanes: time runs down, each node has a column, and each line is one moment.
 *
 *        0s   world             controller           a1
 *     502ms   │                 x#1 assign a1        │
 *     506ms   │                 │                    x#1 intent
 *
 * The moments are data, for whoever shows them otherwise. A played script and a replayed recording make the
 * same ones.
 */
import type { AgentEntry } from '../actors/agent-records.ts';
import { entryOf } from '../actors/entry-row.ts';
import { subject, type Entry } from '../actors/records.ts';
import type { Value } from '../store/store.ts';
import { durationText } from './format/duration.ts';
import { actionText } from './format/write.ts';
import type { Action } from './plan.ts';
import type { Sight } from './sight.ts';

/** One thing that happened in a lane. */
export interface Moment {
  /** Ms from the start of the world, or of the recording. */
  readonly atMs: number;
  readonly lane: string;
  readonly text: string;
  /** Ids of work, names of jobs and agents that it is about. */
  readonly ids: readonly string[];
}

/** Where people's commands and faults stand. */
export const WORLD = 'world';

/** What a sight tells; turns that record nothing tell nothing. */
export function momentsOf(sight: Sight): readonly Moment[] {
  const { atMs } = sight;
  const tell = (lane: string, text: string, ...ids: readonly string[]): Moment[] => [
    { atMs, lane, text, ids },
  ];
  switch (sight.what) {
    case 'term':
      return tell(sight.seat, `begins term ${sight.life.term}`);
    case 'boot':
      return tell(sight.seat, `begins boot ${sight.life.boot}`, sight.life.agent);
    case 'decided':
      return controllerMoments(sight.seat, atMs, sight.step.entries);
    case 'turned':
      return agentMoments(sight.seat, atMs, sight.step.entries);
    case 'over':
      return tell(sight.seat, sight.crashed ? 'dies' : 'ends');
    case 'ledger': {
      const { what, agent, id, fence, exit } = sight.line;
      const how = exit === undefined ? '' : `: ${exit}`;
      return tell(
        agent,
        `${id}#${fence.attempt} ${what === 'start' ? 'starts' : 'ends'}${how}`,
        id,
      );
    }
    case 'action':
      return tell(WORLD, actionText(sight.action), ...namesIn(sight.action));
    case 'healed':
      return tell(WORLD, `over: ${actionText(sight.action)}`, ...namesIn(sight.action));
    case 'answered':
      if (!sight.refusal) return [];
      return tell(WORLD, `${sight.command.kind} refused: ${sight.refusal.message}`);
    case 'lie':
      return tell(sight.seat, 'its disk has lost what it had acknowledged');
    case 'durable':
    case 'frame':
      return [];
  }
}

/** Whom an action is about. */
function namesIn(action: Action): readonly string[] {
  const { id, name, job, agent, seat } = action as Readonly<Record<string, unknown>>;
  return [id, name, job, agent, seat].filter(isText);
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** The facts that a turn of a controller wrote. */
export const controllerMoments = (
  lane: string,
  atMs: number,
  entries: readonly Value[],
): readonly Moment[] =>
  entries.map((entry) => {
    const fact = entryOf(entry);
    const ids = [fact.id, fact.job, fact.agent].filter(isText);
    return { atMs, lane, text: factText(fact), ids };
  });

/** The facts that a turn of an agent wrote. */
export const agentMoments = (
  lane: string,
  atMs: number,
  entries: readonly Value[],
): readonly Moment[] =>
  entries.map((entry) => {
    const { kind, id, birth, attempt, detail } = entry as unknown as AgentEntry;
    const work = attempt === undefined ? undefined : `${id ?? `work ${birth}`}#${attempt}`;
    const text = [work, kind, detail].filter(isText).join(' ');
    return { atMs, lane, text, ids: id === undefined ? [] : [id] };
  });

/** `x#2 lost poison`, `a1 suspect`, `nightly finished`: who it is about, what it is, and why. */
function factText({ kind, subject: about, id, job, attempt, agent, cause, detail }: Entry): string {
  const what = kind.slice(kind.indexOf('.') + 1);
  const isWork = subject.birthOf(about) !== undefined;
  const who = isWork
    ? `${id ?? about}${attempt ? `#${attempt}` : ''}`
    : (agent ?? job ?? undefined);
  const where = isWork && kind === 'assign' ? agent : undefined;
  const more = kind === 'agent.repeat' || kind === 'controller.term' ? listed(detail) : undefined;
  return [who, what, where, cause, more].filter(isText).join(' ');
}

/** `n=3 sends=2`. */
const listed = (detail: Value | undefined) =>
  Object.entries((detail ?? {}) as Record<string, unknown>)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');

const TIME_WIDTH = 11;

/** Writes moments into columns, one for each name. */
export function createLanes(
  names: readonly string[],
  laneWidth = 24,
): { head(): string; line(moment: Moment): string } {
  const put = (row: string, at: number, text: string) =>
    row.slice(0, at).padEnd(at) + text + row.slice(at + text.length);
  const startOf = (lane: string) => Math.max(0, names.indexOf(lane)) * laneWidth;
  const withTime = (time: string, row: string) => `${time.padStart(TIME_WIDTH)}  ${row}`.trimEnd();
  return {
    head: () => withTime('', names.map((name) => name.padEnd(laneWidth)).join('')),
    line({ atMs, lane, text }) {
      const bars = names.map(() => '│'.padEnd(laneWidth)).join('');
      // A long text covers the lanes to its right, and a blank sets it off.
      return withTime(durationText(atMs), put(bars, startOf(lane), `${text} `));
    },
  };
}
