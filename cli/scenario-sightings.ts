/**
 * What happens in scenario files, as an inspector is told of it: the facts that controllers write, and beside them
 * the tasks that agents write of, which a live controller only hears of.
 *
 *   files ─▶ timelines (scenario-timeline.ts) ─▶ entries of each turn ─▶ sightings, with their times
 */
import type { AgentEntry } from '../actors/agent-records.ts';
import { entryOf } from '../actors/entry-row.ts';
import { factView } from '../actors/views.ts';
import { sessionsOf, sightingOf, type Sighting } from '../dashboard/inspector/sighting.ts';
import type { TaskState } from '../machines/task.ts';
import type { Moment } from '../scenarios/lanes.ts';
import type { BootBegan, TermBegan } from '../scenarios/tape/life.ts';
import { unspell, type Json } from '../scenarios/tape/spelling.ts';
import type { StepBody } from '../scenarios/tape/step-body.ts';
import type { TapeLine } from '../scenarios/tape/tape-line.ts';
import type { Sight } from '../scenarios/sight.ts';
import type { Value } from '../store/store.ts';
import { toldTimelines, type Teller } from './scenario-timeline.ts';

/** A sighting, and when it was, in ms from the start of its scenario. */
export interface Staged extends Moment {
  readonly sighting: Sighting;
}

export interface ScenarioSightings {
  /** In order of time, one scenario after the other. */
  readonly moments: readonly Staged[];
  /** Why one did not go on as it was to; undefined: all did. */
  readonly failure: string | undefined;
}

const CONTROLLER = 'controller';

/** @throws {ScenarioError} {CommandFailed} when a file cannot be read */
export async function sightingsOf(
  files: readonly string[],
  showsValues: boolean,
): Promise<ScenarioSightings> {
  const moments: Staged[] = [];
  let failure: string | undefined;
  for await (const timeline of toldTimelines(files, () => new Story(showsValues))) {
    moments.push(...timeline.moments);
    failure ??= timeline.failure;
  }
  return { moments, failure };
}

/** Gathers what the controller and the agents of one scenario write. */
class Story implements Teller<Staged> {
  readonly #showsValues: boolean;
  #sessions = sessionsOf('scenario');
  #n = 0;

  constructor(showsValues: boolean) {
    this.#showsValues = showsValues;
  }

  readonly ofSight = (sight: Sight): readonly Staged[] => {
    const { atMs } = sight;
    if (sight.what === 'turned') return this.#tasks(atMs, sight.seat, sight.step.entries);
    if (sight.what === 'decided' && sight.seat === CONTROLLER)
      return this.#facts(atMs, sight.step.entries);
    if (sight.what === 'term' && sight.seat === CONTROLLER)
      return this.#term(atMs, sight.life.controllerId, sight.life.batch.entries);
    return [];
  };

  readonly ofLine = ({ lane, word, body }: TapeLine, atMs: number): readonly Staged[] => {
    if (word === 'life') {
      const began = unspell(body) as TermBegan | BootBegan;
      const { entries } = began.batch;
      return began.kind === 'term'
        ? this.#term(atMs, began.controllerId, entries)
        : this.#tasks(atMs, lane, entries);
    }
    if (word !== 'turn') return [];
    const { entries = [] } = body as unknown as StepBody;
    const written = entries.map((entry) => unspell(entry as Json) as Value);
    return lane === CONTROLLER ? this.#facts(atMs, written) : this.#tasks(atMs, lane, written);
  };

  #term(atMs: number, controllerId: string, entries: readonly Value[]): readonly Staged[] {
    this.#sessions = sessionsOf(controllerId);
    return this.#facts(atMs, entries);
  }

  #facts(atMs: number, entries: readonly Value[]): readonly Staged[] {
    return entries.map((entry) => {
      const fact = factView({ n: ++this.#n, ...entryOf(entry) });
      return staged(atMs, CONTROLLER, sightingOf(fact, this.#sessions, this.#showsValues));
    });
  }

  #tasks(atMs: number, agent: string, entries: readonly Value[]): readonly Staged[] {
    return entries.flatMap((entry) => {
      const { kind, at, birth, attempt, id, detail } = entry as unknown as AgentEntry;
      const state = kind === 'exit' ? (detail as TaskState) : TASK_STATES[kind];
      if (state === undefined || birth === undefined || attempt === undefined) return [];
      const fence = `${birth}.${attempt}`;
      const sighting: Sighting = {
        n: ++this.#n,
        atMs: at,
        machine: 'task',
        session: this.#sessions.task(agent, birth, attempt),
        name: id === undefined ? `task ${fence} at ${agent}` : `${id}#${attempt} at ${agent}`,
        parent: this.#sessions.agent(agent),
        source: this.#sessions.agent(agent),
        event: { type: kind === 'intent' ? 'start' : kind },
        state,
        context: { birth, attempt, agent },
      };
      return [staged(atMs, agent, sighting)];
    });
  }
}

const staged = (atMs: number, lane: string, sighting: Sighting): Staged => ({
  ...{ atMs, lane, text: sighting.name, ids: [], sighting },
});

/** What an agent writes of a task before its exit. */
const TASK_STATES: Readonly<Partial<Record<AgentEntry['kind'], TaskState>>> = {
  intent: 'inProgress',
  kill: 'killing',
};
