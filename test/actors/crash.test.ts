/**
 * The crash test: a node dies between any two phases of any of its turns, and the story still ends well.
 *
 *   rehearse once, note the places  ──▶  for each: play, die there, restart 1 s later, play to the end
 *
 * Where a batch was under way, it dies twice: with a disk that has nothing of it, and with one that has all.
 * Of many places of a phase every third is enough: the simulator lets nodes die anywhere, in worse weather.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Phase } from '../../actors/turn-loop.ts';
import type { Cluster } from './cluster.ts';
import { isOver, leftOver, stage, tell, type Story } from './story.ts';
import { wrongs } from './verdict.ts';

const PHASES: readonly Phase[] = ['taken', 'decided', 'appending', 'recorded', 'acted'];
const VICTIMS = ['controller', 'a1'] as const;
type Victim = (typeof VICTIMS)[number];

/** Turns in which a life takes up what the one before left; an agent is given work after that. */
const RECOVERING = { controller: 5, a1: 2 };

const DOWN_MS = 1_000;
const WITHIN_MS = 400_000;

/** So many places of one phase are few: each is played. */
const FEW = 20;

/** Where to die. */
interface Place {
  readonly phase: Phase;
  readonly turn: number;
  /** The phase `acted` is passed after each effect of a turn; the others once. */
  readonly passage: number;
  /** Batches that were under way and are on the disk all the same. */
  readonly keepUnsynced: number;
}

/** Calls `seen` at every phase of the victim's turns. */
function watch(
  cluster: Cluster,
  victim: Victim,
  seen: (phase: Phase, turn: number, passage: number) => void,
): void {
  let last = '';
  let passage = 0;
  const count = (phase: Phase, turn: number) => {
    passage = last === `${phase} ${turn}` ? passage + 1 : 1;
    last = `${phase} ${turn}`;
    seen(phase, turn, passage);
  };
  if (victim === 'controller') cluster.observeController = count;
  else
    cluster.observeAgent = (agent, phase, turn) => {
      if (agent === victim) count(phase, turn);
    };
}

async function begin(cluster: Cluster): Promise<Story> {
  const opened = Promise.all([
    cluster.startController(),
    cluster.startAgent('a1'),
    cluster.startAgent('a2'),
  ]);
  await cluster.advance(20);
  await opened;
  return tell(cluster);
}

interface Played {
  readonly wrong: readonly string[];
  /** The places that the victim's last life has passed. */
  readonly passed: readonly Place[];
}

/** Plays the story: each life of the victim ends at its place, the last one goes on to the end. */
async function play(victim: Victim, places: readonly Place[]): Promise<Played> {
  const cluster = stage();
  const ahead = [...places];
  const passed = new Passed();
  let diedAt = Infinity;
  let isUp = true;
  watch(cluster, victim, (phase, turn, passage) => {
    if (!isUp) return;
    const place = ahead[0];
    if (!place) return passed.note(phase, turn, passage);
    if (phase !== place.phase || turn !== place.turn || passage !== place.passage) return;
    ahead.shift();
    isUp = false;
    diedAt = Math.min(diedAt, cluster.clock.now());
    if (victim === 'controller') cluster.crashController(place);
    else cluster.crashAgent(victim, place);
    cluster.clock.after(DOWN_MS, () => {
      isUp = true;
      void (victim === 'controller' ? cluster.startController() : cluster.startAgent(victim));
    });
  });
  const story = await begin(cluster);
  try {
    await cluster.until(() => ahead.length === 0 && isOver(cluster, story), WITHIN_MS);
  } catch (trouble) {
    return { wrong: [String(trouble), ...leftOver(cluster, story)], passed: [] };
  }
  const crash = { victim: victim === 'controller' ? null : victim, at: diedAt };
  return { wrong: wrongs(cluster, crash), passed: passed.places() };
}

/** The places of one life, each once; of many effects of a turn the first and the last. */
class Passed {
  readonly #places = new Map<string, Place>();
  readonly #underWay = new Set<number>();
  readonly #recording = new Set<number>();

  note(phase: Phase, turn: number, passage: number): void {
    if (phase === 'appending') {
      this.#underWay.add(turn);
      this.#recording.add(turn);
    }
    if (phase === 'recorded') this.#underWay.delete(turn);
    const which = passage === 1 ? 'first' : 'last';
    for (const keepUnsynced of this.#underWay.size === 0 ? [0] : [0, Infinity]) {
      const place = { phase, turn, passage, keepUnsynced };
      this.#places.set(`${phase} ${turn} ${which} ${keepUnsynced}`, place);
    }
  }

  /**
   * Of the turns that record nothing (beats, probes) every third is enough; and `taken` and `decided` leave
   * the same disk behind, so that they take turns.
   */
  places(): readonly Place[] {
    return [...this.#places.values()].filter(
      ({ phase, turn }) =>
        (this.#recording.has(turn) || turn % 3 === 0) &&
        (phase !== 'taken' || turn % 2 === 0) &&
        (phase !== 'decided' || turn % 2 === 1),
    );
  }
}

/** Plays one story after the other; what is wrong, by the places of death. */
async function playAll(victim: Victim, deaths: readonly (readonly Place[])[]): Promise<object> {
  const found = new Map<string, readonly string[]>();
  for (const places of deaths) {
    const { wrong } = await play(victim, places);
    if (wrong.length > 0) found.set(JSON.stringify(places), wrong);
  }
  return Object.fromEntries(found);
}

describe.each(VICTIMS)('a crash of %s', (victim) => {
  let places: readonly Place[];
  beforeAll(async () => {
    const { wrong, passed } = await play(victim, []);
    expect(wrong).toEqual([]);
    places = passed;
  });

  it.each(PHASES)('at %s, in any turn, loses nothing and repeats nothing', async (phase) => {
    const here = places.filter((place) => place.phase === phase);
    expect(here.length).toBeGreaterThan(7);
    const some = here.filter((_place, i) => here.length <= FEW || i % 3 === 0);
    const deaths = some.map((place) => [place]);
    expect(await playAll(victim, deaths)).toEqual({});
  });

  it('while it recovers from a crash loses nothing and repeats nothing', async () => {
    const recorded = places.filter(({ phase }) => phase === 'recorded');
    const first = recorded[Math.floor(recorded.length / 2)]!;
    const { passed } = await play(victim, [first]);
    const deaths = passed
      .filter(({ turn }) => turn <= RECOVERING[victim])
      .map((second) => [first, second]);
    expect(deaths.length).toBeGreaterThan(3);
    expect(await playAll(victim, deaths)).toEqual({});
  });
});
