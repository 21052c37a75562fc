/**
 * Asks a controller what has happened, for whoever looks on: the facts of its journal, twice a second. It asks as
 * every verb does, over HTTP, NATS or in the controller's own process, and nothing asks while nobody looks.
 *
 *   status ─▶ another store, or the first time? everything as it is now
 *     └─ history after the last number ─▶ picture        more than it reads at once: the newest, the rest is left out,
 *                                                        and then everything as it is now once more
 */
import type { Clock } from '../../actors/clock.ts';
import type { HistoryPage } from '../../actors/history.ts';
import type { SubTransactionPage } from '../../actors/queries.ts';
import type { SubTransactionSummary, SubTransactionView } from '../../actors/views.ts';
import type { OverviewView } from '../server/overview.ts';
import type { StatusView } from '../server/status.ts';
import type { Value } from '../../store/store.ts';
import { agentFound, controllerFound, jobFound, workFound } from './found.ts';
import type { Facts, Message } from './message.ts';
import { PLACES, Picture } from './picture.ts';
import { sessionsOf, sightingOf, type Sessions, type Sighting } from './sighting.ts';

/** Asks what is at a path. */
export type Ask = <T>(
  path: string,
  query?: Readonly<Record<string, string | number>>,
) => Promise<T>;

export interface FeedOptions {
  readonly ask: Ask;
  /** Whether an error of `ask` says that there is no such thing. */
  readonly isUnknown: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly tell: (message: Message) => void;
  /** Inputs, results, messages and names are told, too. */
  readonly showsValues: boolean;
  /** Called when the controller does not answer, with why, and when it does again. */
  readonly said: (trouble: Error | null) => void;
}

const EVERY_MS = 500;
/** Facts that are read each time; more than that a thousand a second are left out. */
const READ_MAX = 500;
/** While facts are left out, what is shown is asked for anew that often. */
const RENEW_EVERY_MS = 5_000;
/** Pieces of work whose values are asked for each time. */
const VALUES_AT_ONCE = 20;
const ACTIVE = 'sent,received,inProgress,idle,cancelling';

export class Feed {
  readonly #options: FeedOptions;
  #picture: Picture | undefined;
  #sessions: Sessions | undefined;
  #controllerId: string | undefined;
  /** Number of the last fact that was read or left out. */
  #position = 0;
  #renewedAtMs = 0;
  #isStale = false;
  #isAnswered = true;
  /** Counts up with each start, so that an older loop knows that it is over. */
  #run = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Every actor as it is now; nobody is known before the first answer. */
  present(): readonly Message[] {
    return this.#picture?.present() ?? [];
  }

  /** Begins to ask, and to tell. */
  start(): void {
    this.#picture = undefined;
    void this.#loop(++this.#run);
  }

  stop(): void {
    this.#run++;
  }

  async #loop(run: number): Promise<void> {
    const { clock, said } = this.#options;
    while (run === this.#run) {
      try {
        await this.#gather(run);
        if (!this.#isAnswered) said(null);
        this.#isAnswered = true;
      } catch (error) {
        if (run !== this.#run) return;
        if (this.#isAnswered) said(error as Error);
        this.#isAnswered = false;
      }
      await new Promise<void>((resolve) => clock.after(EVERY_MS, resolve));
    }
  }

  async #gather(run: number): Promise<void> {
    const { ask, clock, showsValues } = this.#options;
    const status = await ask<StatusView>('/api/v1/status');
    if (run !== this.#run || status.controllerId === null) return;
    if (this.#isOther(status)) await this.#begin(status);
    const picture = this.#picture!;
    const behind = status.position - this.#position;
    const skipped = Math.max(0, behind - READ_MAX);
    this.#position += skipped;
    if (behind > 0) {
      const page = await ask<HistoryPage>('/api/v1/history', {
        ...{ after: this.#position, limit: READ_MAX },
      });
      if (run !== this.#run) return;
      this.#position = page.items.at(-1)?.n ?? status.position;
      const seen = page.items.map((fact) => sightingOf(fact, this.#sessions!, showsValues));
      const sightings = await this.#withValues(seen);
      if (run === this.#run) picture.take(sightings, skipped);
    }
    this.#isStale ||= skipped > 0;
    if (this.#isStale && clock.elapsed() - this.#renewedAtMs >= RENEW_EVERY_MS) await this.#renew();
  }

  /** The first time, another store, or one that went back in time. */
  #isOther({ controllerId, position }: StatusView): boolean {
    return !this.#picture || controllerId !== this.#controllerId || position < this.#position;
  }

  async #begin(status: StatusView): Promise<void> {
    const { clock, tell } = this.#options;
    this.#controllerId = status.controllerId!;
    this.#sessions = sessionsOf(this.#controllerId);
    this.#position = status.position;
    const elapsed = () => clock.elapsed();
    this.#picture = new Picture({ root: this.#sessions.controller, tell, elapsed });
    await this.#renew();
  }

  /** Tells how everything is now: what is in flight first, and what became of what was shown as such. */
  async #renew(): Promise<void> {
    const { ask, clock } = this.#options;
    const picture = this.#picture!;
    const sessions = this.#sessions!;
    const atMs = clock.now();
    const { worst, jobs, status } = await ask<OverviewView>('/api/v1/overview');
    const limit = PLACES.subTransaction;
    const active = await ask<SubTransactionPage>('/api/v1/sub-transactions', {
      ...{ state: ACTIVE, limit },
    });
    const found = new Set(active.items.map(({ birth }) => sessions.work(birth)));
    const missing = [...picture.unended('subTransaction')].filter(
      ({ session }) => !found.has(session),
    );
    const others: SubTransactionSummary[] = [];
    for (const shown of missing) {
      const now = await this.#workNow(shown.name);
      // The id may be that of other work by now.
      if (now && sessions.work(now.birth) === shown.session) others.push(now);
      else picture.drop(shown);
    }
    picture.know([
      controllerFound(status, sessions, atMs),
      ...worst.map((agent) => agentFound(agent, sessions, atMs)),
      ...jobs.map((job) => jobFound(job, sessions, atMs)),
      ...[...active.items, ...others].map((work) => workFound(work, sessions, atMs)),
    ]);
    this.#renewedAtMs = clock.elapsed();
    this.#isStale = false;
  }

  /** Undefined: it is not there any more. */
  async #workNow(id: string): Promise<SubTransactionView | undefined> {
    try {
      return await this.#options.ask<SubTransactionView>(`/api/v1/sub-transactions/${id}`);
    } catch (error) {
      if (this.#options.isUnknown(error)) return undefined;
      throw error;
    }
  }

  /** Adds what work was given and what it came to, where that may be told. */
  async #withValues(sightings: readonly Sighting[]): Promise<readonly Sighting[]> {
    if (!this.#options.showsValues) return sightings;
    const values = new Map<string, Facts>();
    for (const { session, machine, name } of sightings) {
      if (machine !== 'subTransaction' || values.has(session)) continue;
      if (values.size === VALUES_AT_ONCE) break;
      const now = await this.#workNow(name);
      if (!now || this.#sessions!.work(now.birth) !== session) continue;
      const { input, result, failure } = now;
      values.set(session, { input, result, failure: failure as unknown as Value });
    }
    return sightings.map((sighting) => {
      const context = { ...sighting.context, ...values.get(sighting.session) };
      return { ...sighting, context };
    });
  }
}
