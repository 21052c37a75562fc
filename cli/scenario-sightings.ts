/**
 * What happens in scenario files, as an inspector is told of it: the facts that controllers write, and beside them
 * the tasks that agents write of, which a live controller only hears of.
 *
 *   script ─▶ played in a world ─┐
 *                                ├─▶ entries of each turn ─▶ sightings, with their times
 *   recordings ─▶ replayed ──────┘
 */
import { readFileSync } from 'node:fs';
import type { AgentEntry } from '../actors/agent-records.ts';
import { entryOf } from '../actors/entry-row.ts';
import { factView } from '../actors/views.ts';
import { sessionsOf, sightingOf, type Sighting } from '../dashboard/inspector/sighting.ts';
import type { TaskState } from '../machines/task.ts';
import { readScenario } from '../scenarios/format/read.ts';
import { playScenario } from '../scenarios/play.ts';
import { replay, type Seen } from '../scenarios/replay.ts';
import type { Sight } from '../scenarios/sight.ts';
import type { BootBegan, TermBegan } from '../scenarios/tape/life.ts';
import { isTape } from '../scenarios/tape/read-tape.ts';
import { unspell, type Json } from '../scenarios/tape/spelling.ts';
import type { StepBody } from '../scenarios/tape/step-body.ts';
import type { Value } from '../store/store.ts';
import { pathSentence, usage } from './failure.ts';

export interface ScenarioSightings {
  /** In order of time; `atMs` is that of the story's own clock. */
  readonly sightings: readonly Sighting[];
  /** Why it did not go on as it was to; undefined: it did. */
  readonly failure: string | undefined;
}

const CONTROLLER = 'controller';

/** @throws {ScenarioError} {CommandFailed} when the file cannot be read */
export async function sightingsOf(file: string, showsValues: boolean): Promise<ScenarioSightings> {
  const text = textOf(file);
  return isTape(text) ? replayed(file, showsValues) : played(file, text, showsValues);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(pathSentence('scenario', file, error), error);
  }
}

async function played(file: string, text: string, showsValues: boolean) {
  const story = new Story(showsValues);
  const { failure } = await playScenario(readScenario(text, file), {
    hear: (sight) => story.hear(sight),
  });
  return { sightings: story.sightings, failure };
}

async function replayed(file: string, showsValues: boolean) {
  const story = new Story(showsValues);
  const { divergence } = await replay(file, {
    see: (line) => {
      story.see(line);
      return true;
    },
  });
  return { sightings: story.sightings, failure: divergence?.text };
}

/** Gathers what the controller and the agents write. */
class Story {
  readonly sightings: Sighting[] = [];
  readonly #showsValues: boolean;
  #sessions = sessionsOf('scenario');
  #n = 0;

  constructor(showsValues: boolean) {
    this.#showsValues = showsValues;
  }

  hear(sight: Sight): void {
    if (sight.what === 'term' && sight.seat === CONTROLLER)
      this.#term(sight.life.controllerId, sight.life.batch.entries);
    else if (sight.what === 'decided' && sight.seat === CONTROLLER) this.#facts(sight.step.entries);
    else if (sight.what === 'turned') this.#tasks(sight.seat, sight.step.entries);
  }

  see({ lane, word, body }: Seen): void {
    if (word === 'life' && lane === CONTROLLER) {
      const { controllerId, batch } = unspell(body) as TermBegan;
      this.#term(controllerId, batch.entries);
    } else if (word === 'life') {
      const { batch } = unspell(body) as BootBegan;
      this.#tasks(lane, batch.entries);
    } else if (word === 'turn') {
      const { entries = [] } = body as unknown as StepBody;
      const written = entries.map((entry) => unspell(entry as Json) as Value);
      if (lane === CONTROLLER) this.#facts(written);
      else this.#tasks(lane, written);
    }
  }

  #term(controllerId: string, entries: readonly Value[]): void {
    this.#sessions = sessionsOf(controllerId);
    this.#facts(entries);
  }

  #facts(entries: readonly Value[]): void {
    for (const entry of entries) {
      const fact = factView({ n: ++this.#n, ...entryOf(entry) });
      this.sightings.push(sightingOf(fact, this.#sessions, this.#showsValues));
    }
  }

  #tasks(agent: string, entries: readonly Value[]): void {
    for (const entry of entries) {
      const { kind, at, birth, attempt, id, detail } = entry as unknown as AgentEntry;
      const state = kind === 'exit' ? (detail as TaskState) : TASK_STATES[kind];
      if (state === undefined || birth === undefined || attempt === undefined) continue;
      const fence = `${birth}.${attempt}`;
      this.sightings.push({
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
      });
    }
  }
}

/** What an agent writes of a task before its exit. */
const TASK_STATES: Readonly<Partial<Record<AgentEntry['kind'], TaskState>>> = {
  intent: 'inProgress',
  kill: 'killing',
};
