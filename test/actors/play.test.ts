/**
 * Lives that are lived again: what a term or a boot took in, given to a new one turn by turn, makes it
 * decide the same.
 *
 *   story (crashes, a cut, a failing disk) ──tap──▶ lives ──play──▶ the same steps
 */
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../actors/clock.ts';
import { Boot } from '../../actors/boot.ts';
import type { BootLife, LifeTap, Step, Tap, TermLife } from '../../actors/tap.ts';
import { Term } from '../../actors/term.ts';
import type { TurnLoop } from '../../actors/turn-loop.ts';
import type { Runner } from '../../handlers/handler.ts';
import type { KeyRange, Store, Value } from '../../store/store.ts';
import { live, stage } from './story.ts';
import { begin } from './turning.ts';

type Event =
  | { readonly turn: Step<unknown, unknown> }
  | { readonly durable: number; readonly readings: readonly number[] };

type Life = TermLife | BootLife;

interface Lived {
  readonly name: string;
  readonly events: Event[];
  /** What the runner has answered, in order. */
  readonly answers: unknown[];
  readonly again: (tap: LifeTap<never, never>, answers: unknown[]) => TurnLoop<unknown, unknown>;
  readonly values: Map<string, Value>;
  readonly position: number;
}

const stopped: Clock = { now: () => 0, elapsed: () => 0, after: () => () => {} };

/** A store that shows what is in the map. */
function storeOf(values: Map<string, Value>, position: number): Store {
  const within = ({ from, to, reverse }: KeyRange) => {
    const found = [...values].filter(([key]) => key >= from && key < to);
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    return reverse ? found.reverse() : found;
  };
  return {
    position: () => position,
    get: (key: string) => values.get(key),
    range: within,
  } as unknown as Store;
}

/** A tap of one life that notes all it is told. */
function noting(events: Event[], store: Store): LifeTap<never, never> {
  return {
    store,
    turn: (step) => void events.push({ turn: structuredClone(step) }),
    durable: (durable, _at, readings) => void events.push({ durable, readings }),
    over: () => {},
  };
}

const READS = ['length', 'read', 'held'] as const;

/** The runner with each reading of a log passed on to `note`. */
function reading(runner: Runner, note: (answer: () => unknown) => unknown): Runner {
  const logs = { ...runner.logs } as unknown as Record<string, (...args: never[]) => unknown>;
  for (const name of READS) {
    const read = logs[name]!;
    logs[name] = (...args) => note(() => read(...args));
  }
  return { ...runner, logs: logs as unknown as Runner['logs'] };
}

function createTap(): { tap: Tap; lives: Lived[] } {
  const lives: Lived[] = [];
  const add = (name: string, life: Life, again: Lived['again']): Lived => {
    const values = new Map(life.store.range({ from: '!', to: '~' }));
    const position = life.position + life.batch.entries.length;
    lives.push({ name, events: [], answers: [], again, values, position });
    return lives.at(-1)!;
  };
  const options = (at: number, tap: LifeTap<never, never>) => {
    const failed = (error: unknown) => {
      throw error;
    };
    return { clock: stopped, store: tap.store, startAt: at, failed, tap };
  };
  const term = (life: TermLife) => {
    const { at, controllerId, term: number, births, config } = life;
    const again: Lived['again'] = (tap) => {
      const meta = { controllerId, term: number, births, timing: config.timing };
      return new Term(meta, config, options(at, tap), () => {}).loop as never;
    };
    return noting(add(`term ${number}`, life, again).events, life.store);
  };
  const boot = (life: BootLife) => {
    const { agent, slots, records, runner, at } = life;
    const inert = { start: () => {}, stop: () => {}, leaseFor: () => {} };
    const again: Lived['again'] = (tap, answers) => {
      const mute = reading({ ...runner, ...inert }, () => answers.shift());
      return new Boot(agent, slots, records, mute, options(at, tap), () => {}).loop as never;
    };
    const lived = add(`${agent} boot ${life.boot}`, life, again);
    const note = (answer: () => unknown) => {
      const value = answer();
      lived.answers.push(value);
      return value;
    };
    return { ...noting(lived.events, life.store), runner: reading(runner, note) };
  };
  return { tap: { term, boot }, lives };
}

/** Lives it again, and compares with what its tap is told then. */
function relive({ name, events, again, answers, values, position }: Lived): void {
  const told: Event[] = [];
  const store = storeOf(values, position);
  const tap = noting(told, store);
  const turn = (step: Step<never, never>) => {
    tap.turn(step);
    for (const [key, value] of step.writes)
      if (value === undefined) values.delete(key);
      else values.set(key, value);
  };
  const loop = again({ ...tap, turn }, [...answers]);
  for (const [i, event] of events.entries()) {
    if ('turn' in event) loop.play(event.turn);
    else loop.playDurable(event.readings);
    expect(told[i], `${name}, event ${i}`).toEqual(event);
  }
}

/** The standard story, with all kinds of trouble; its lives. */
async function livesOf(settings: { termLeaseMs?: number } = {}): Promise<Lived[]> {
  const cluster = stage(settings);
  const { tap, lives } = createTap();
  cluster.tap = tap;
  await live(cluster);
  return lives;
}

describe('a life that is played', () => {
  it.each([{}, { termLeaseMs: 30_000 }])('decides the same: %o', async (settings) => {
    const lives = await livesOf(settings);
    expect(lives.map(({ name }) => name).sort()).toEqual(
      ['term 1', 'term 2', 'a1 boot 1', 'a1 boot 2', 'a2 boot 1', 'a2 boot 2'].sort(),
    );
    for (const lived of lives) {
      expect(lived.events.length).toBeGreaterThan(5);
      relive(lived);
    }
    const readings = lives.flatMap(({ events }) =>
      events.flatMap((event) => ('turn' in event ? event.turn.readings : event.readings)),
    );
    expect(readings.length).toBeGreaterThan('termLeaseMs' in settings ? 50 : 5);
  });

  it('throws when the clock is asked where it was not', async () => {
    const { loop } = await begin({ perform: () => void loop.fresh() });
    loop.play({ at: 5, lateMs: 0, inputs: ['a'], readings: [] });
    expect(() => loop.playDurable([])).toThrow('The clock is asked where it was not asked before.');
    expect(() => loop.playDurable([6])).not.toThrow();
    expect(() => loop.playDurable([6])).toThrow('No turn is under way.');
  });

  it('takes nothing in but what it is given', async () => {
    const { clock, loop, did } = await begin({
      take: (input, turn) => {
        if (input === 'a') loop.post('of itself');
        turn.record(input);
      },
    });
    loop.post('before');
    loop.play({ at: 5, lateMs: 0, inputs: ['a'], readings: [] });
    loop.play({ at: 6, lateMs: 0, inputs: ['b'], readings: [] });
    await clock.advance(1_000);
    expect(did).toEqual(['take a', 'take b']);
  });
});
