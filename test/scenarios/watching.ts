/** A world whose sights are kept, for tests of what actions do to it. */
import type { Action, Seat, Setting } from '../../scenarios/plan.ts';
import type { Sight } from '../../scenarios/sight.ts';
import { World } from '../../scenarios/world.ts';

export type Kind = Sight['what'];

export class Watched {
  readonly world: World;
  readonly sights: Sight[] = [];

  constructor(setting: Partial<Setting> = {}) {
    this.world = World.open(
      { seed: 1, agents: [{ id: 'a1' }, { id: 'a2' }], settings: {}, ...setting },
      (sight) => void this.sights.push(sight),
    );
  }

  /** A world that has run for a second: everything is connected. */
  static async open(setting?: Partial<Setting>): Promise<Watched> {
    const watched = new Watched(setting);
    await watched.advance(1_000);
    return watched;
  }

  do(...actions: readonly Action[]): void {
    for (const action of actions) this.world.do(action);
  }

  advance(ms: number): Promise<void> {
    return this.world.advance(ms);
  }

  /** The sights of a kind so far. */
  of<K extends Kind>(what: K): readonly Extract<Sight, { what: K }>[] {
    return this.sights.filter((sight) => sight.what === what) as Extract<Sight, { what: K }>[];
  }

  /** Starts and ends as `1004 start x#1 a1`. */
  get ledger(): readonly string[] {
    return this.of('ledger').map(({ atMs, line: { what, id, fence, agent, exit } }) =>
      [atMs, what, `${id}#${fence.attempt}`, agent, exit].filter(Boolean).join(' '),
    );
  }

  /** What was done and what was healed, as `1000 cut`. */
  get done(): readonly string[] {
    return this.sights.flatMap((sight) =>
      sight.what === 'action' || sight.what === 'healed'
        ? [`${sight.atMs} ${sight.what === 'healed' ? 'healed ' : ''}${sight.action.do}`]
        : [],
    );
  }

  /** Lives that began in a seat, as `2 boot 1`. */
  lives(seat: Seat): readonly string[] {
    return this.sights.flatMap((sight) => {
      if (sight.what === 'term' && sight.seat === seat)
        return [`${sight.atMs} term ${sight.life.term}`];
      if (sight.what === 'boot' && sight.seat === seat)
        return [`${sight.atMs} boot ${sight.life.boot}`];
      return [];
    });
  }

  /** How many frames of an agent met what. */
  fates(agent: string): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const sight of this.of('frame'))
      if (sight.agent === agent) counts[sight.fate] = (counts[sight.fate] ?? 0) + 1;
    return counts;
  }

  /** Moves on until all is at rest; what is left after `withinMs`. */
  async rest(withinMs = 600_000): Promise<readonly string[]> {
    const isAtRest = () => this.world.leftOver().next().done === true;
    return (await this.world.until(isAtRest, withinMs)) ? [] : [...this.world.leftOver()];
  }
}
