/**
 * Which actors are shown, and what is told of them: a bounded number, since an inspector that is told of hundreds
 * of actors shows nothing any more.
 *
 *   sightings ─▶ too many at once? the last of each actor ─▶ has it a place? ─▶ event, snapshot
 *                        │                                        └ no: left out
 *                        └ the others: left out                       what is left out is counted, and said
 *
 * What has not ended keeps its place; what has ended gives it to what is new. New actors come in at a limited
 * rate, so that thousands of short tasks show as a sample of them.
 */
import type { MachineName } from '../../machines/definitions.ts';
import type { Value } from '../../store/store.ts';
import { createWriter, hasEnded, type Message, type Shown } from './message.ts';
import { eventBetween, type Sighting } from './sighting.ts';

/** Actors of each kind that are shown at once. */
export const PLACES: Readonly<Record<MachineName, number>> = {
  controller: 1,
  job: 10,
  agentConnection: 20,
  subTransaction: 60,
  task: 60,
  lease: 20,
};

/** Sightings that are told one by one; of more only the last of each actor. */
export const TOLD_AT_ONCE = 60;
/** New actors: so many at once, and so many a second. */
export const NEW_AT_ONCE = 60;
export const NEW_PER_SECOND = 2;

export interface PictureOptions {
  /** Session of the controller. */
  readonly root: string;
  readonly tell: (message: Message) => void;
  /** In ms, only growing. */
  readonly elapsed: () => number;
}

export class Picture {
  readonly #shown = new Map<string, Shown>();
  readonly #root: string;
  readonly #tell: (message: Message) => void;
  readonly #write: ReturnType<typeof createWriter>;
  readonly #elapsed: () => number;
  #newLeft = NEW_AT_ONCE;
  #newAtMs: number;
  #leftOut = 0;

  constructor({ root, tell, elapsed }: PictureOptions) {
    this.#root = root;
    this.#tell = tell;
    this.#write = createWriter(root);
    this.#elapsed = elapsed;
    this.#newAtMs = elapsed();
  }

  /** Every actor as it is now, for whoever has just begun to look. */
  present(): readonly Message[] {
    return [...this.#shown.values()].map((shown) => this.#write.actor(shown));
  }

  /** Actors of a kind that are shown and have not ended. */
  *unended(machine: MachineName): Iterable<Shown> {
    for (const shown of this.#shown.values())
      if (shown.machine === machine && !hasEnded(shown)) yield shown;
  }

  /**
   * Takes what has happened, in order, and tells it.
   * @param skipped facts that were not even read
   */
  take(sightings: readonly Sighting[], skipped = 0): void {
    const told = sightings.length > TOLD_AT_ONCE ? lastOfEach(sightings) : sightings;
    let leftOut = skipped + sightings.length - told.length;
    for (const sighting of told) if (!this.#see(sighting)) leftOut++;
    if (leftOut > 0) this.#sayLeftOut(leftOut, sightings.at(-1));
  }

  /** Takes how things are now: it was asked for, and nothing is left out by it. */
  know(found: readonly Sighting[]): void {
    for (const sighting of found) this.#see(sighting);
  }

  /** Shows it no more, although it has not ended: nobody knows what became of it. */
  drop(shown: Shown): void {
    this.#shown.delete(shown.session);
    this.#tell(this.#write.farewell(shown));
  }

  /** False: there is no place for it. */
  #see(sighting: Sighting): boolean {
    const before = this.#shown.get(sighting.session);
    const { state, machine, event, n, source } = sighting;
    if (!before || (hasEnded(before) && state !== null && state !== before.state))
      return this.#enter(before, sighting);
    const from = before.state;
    const shown = {
      ...before,
      ...(state !== null && { state }),
      atMs: sighting.atMs,
      context: { ...before.context, ...sighting.context },
    };
    this.#shown.set(shown.session, shown);
    if (event === null) {
      if (state !== from) this.#tell(this.#write.snapshot(shown, n, { type: 'found' }));
      return true;
    }
    const type = state === null ? event.type : eventBetween(machine, from, shown.state, event.type);
    this.#tellChange(shown, n, { ...event, type }, source);
    if (event.type === 'controller.term') this.#beginTerm(shown, n);
    return true;
  }

  /** A new actor, or one that begins anew. */
  #enter(before: Shown | undefined, sighting: Sighting): boolean {
    const { machine, session, name, parent, state, context, atMs, event, n, source } = sighting;
    if (state === null) return false;
    if (!before && !(this.#hasPlace(machine) && this.#mayCome(machine))) return false;
    const shown = { machine, session, name, parent, state, context, atMs };
    // It goes to the end: the one that was shown first gives way first.
    this.#shown.delete(session);
    this.#shown.set(session, shown);
    this.#tell(this.#write.actor(shown));
    if (event) this.#tellChange(shown, n, event, source);
    if (event?.type === 'controller.term') this.#beginTerm(shown, n);
    return true;
  }

  #tellChange(shown: Shown, n: number, event: Sighting['event'] & object, source: string | null) {
    this.#tell(this.#write.event(shown, n, event, source));
    this.#tell(this.#write.snapshot(shown, n, event));
  }

  /** Every connection begins anew with a term, and no fact says so. */
  #beginTerm({ session, atMs }: Shown, n: number): void {
    for (const agent of [...this.unended('agentConnection')]) {
      const shown = { ...agent, state: 'reconciling', atMs };
      this.#shown.set(shown.session, shown);
      this.#tellChange(shown, n, { type: 'controller.term' }, session);
    }
  }

  #hasPlace(machine: MachineName): boolean {
    const same = [...this.#shown.values()].filter((shown) => shown.machine === machine);
    if (same.length < PLACES[machine]) return true;
    const ended = same.find(hasEnded);
    return ended !== undefined && this.#shown.delete(ended.session);
  }

  /** Whether work may come in now; of the others there are few. */
  #mayCome(machine: MachineName): boolean {
    if (machine !== 'subTransaction' && machine !== 'task') return true;
    const nowMs = this.#elapsed();
    const gained = ((nowMs - this.#newAtMs) * NEW_PER_SECOND) / 1000;
    this.#newLeft = Math.min(NEW_AT_ONCE, this.#newLeft + gained);
    this.#newAtMs = nowMs;
    if (this.#newLeft < 1) return false;
    this.#newLeft--;
    return true;
  }

  #sayLeftOut(facts: number, last: Sighting | undefined): void {
    this.#leftOut += facts;
    const root = this.#shown.get(this.#root);
    if (!root) return;
    const context: Record<string, Value> = { ...root.context, leftOut: this.#leftOut };
    const shown = { ...root, context, atMs: last?.atMs ?? root.atMs };
    this.#shown.set(shown.session, shown);
    const event = { type: 'leftOut', facts, total: this.#leftOut };
    this.#tellChange(shown, last?.n ?? 0, event, null);
  }
}

/** The last sighting of each actor, in order. */
function lastOfEach(sightings: readonly Sighting[]): readonly Sighting[] {
  const last = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const before = last.get(sighting.session);
    last.delete(sighting.session);
    // A fact that changes no state must not hide one that did.
    const state = sighting.state ?? before?.state ?? null;
    last.set(sighting.session, { ...sighting, state });
  }
  return [...last.values()];
}
