/**
 * Follows the log of a sub-transaction: what is here now, then what comes, until it is at rest and its log is
 * whole. Where it stands is a number of bytes of one attempt, so that neither an agent that was away nor a
 * controller that was started again makes it skip or repeat a byte.
 *
 *   page ─▶ written ─▶ attempt goes on ─▶ a moment later, page …
 *                       over, and whole ─▶ the next attempt  (or the end, when there is none to come)
 *                       over, and the rest is on its way ─▶ a moment later
 *                       over, and its agent is gone with the rest ─▶ that is told; the next attempt, or the end
 *
 * What its agent cannot send now is told once; nobody who answers is asked on (patience.ts).
 */
import type { AgentView } from '../actors/views.ts';
import type { LogItem, LogPage } from '../dashboard/server/log-page.ts';
import type { Api } from './api-client.ts';
import type { Patience } from './patience.ts';
import { counted } from './shown.ts';
import type { Call } from './verb.ts';

const LOOK_EVERY_MS = 250;
/** After so long without a word it is enough to look now and then. */
const LONG_QUIET_MS = 60_000;
const LOOK_NOW_AND_THEN_MS = 1_000;
/** Without a word for that long, and as often again, it is asked how the agent is. */
const ASK_ABOUT_AGENT_MS = 2_000;

/** Asks for a page of the log. */
export type AskPage = (query: {
  readonly attempt?: number;
  readonly from: number;
}) => Promise<LogPage>;

/** `quiet`: nothing more for now. `over`: nothing more will come. */
type Seen = 'more' | 'quiet' | 'over';

export class LogFollow {
  readonly #call: Pick<Call, 'screen' | 'clock'>;
  readonly #follows: boolean;
  readonly #take: (item: LogItem, attempt: number) => void;
  /** Whose log comes next, and from which byte. */
  #attempt: number | undefined;
  #from = 0;
  #shown = 0;
  #agent: string | null = null;
  #agentIsAway = false;
  /** Where an attempt is over whose log is not whole here yet. */
  #rest: LogPage | undefined;

  /** @param attempt only this one; undefined: the last one, and all that come after it */
  constructor(
    call: Pick<Call, 'screen' | 'clock'>,
    attempt: number | undefined,
    take: (item: LogItem, attempt: number) => void,
  ) {
    this.#call = call;
    this.#follows = attempt === undefined;
    this.#take = take;
    this.#attempt = attempt;
  }

  /**
   * Resolves with true at the end, with false when somebody interrupted.
   *
   * @param onRecord reads on where nobody is at work any more; true when that was the end
   */
  async toEnd(
    askPage: AskPage,
    { get }: Pick<Api, 'get'>,
    patience: Patience,
    onRecord: () => Promise<true | undefined>,
  ): Promise<boolean> {
    const { clock } = this.#call;
    let heardAt = clock.elapsed();
    let askedAt = heardAt;
    for (;;) {
      const before = this.#from;
      const seen = await patience.ask<Seen | true>(() => this.#look(askPage, true), onRecord);
      if (seen === undefined) return false;
      if (seen === 'over' || seen === true) return true;
      const now = clock.elapsed();
      if (seen === 'more' || this.#from !== before) heardAt = askedAt = now;
      if (seen === 'more') continue;
      if (now - askedAt >= ASK_ABOUT_AGENT_MS) {
        askedAt = now;
        const isThere = await patience.ask(() => this.#askAboutAgent(get));
        if (isThere === undefined) return false;
        if (!isThere && this.#rest && this.#goOn(this.#rest) === 'over') return true;
      }
      const isLong = now - heardAt >= LONG_QUIET_MS;
      await patience.pause(isLong ? LOOK_NOW_AND_THEN_MS : LOOK_EVERY_MS);
    }
  }

  /** Takes all that is here where no agent is at work. True when nothing more will come. */
  async ofRecords(askPage: AskPage): Promise<boolean> {
    let seen: Seen;
    do seen = await this.#look(askPage, false);
    while (seen === 'more');
    return seen === 'over';
  }

  /** Takes the next page. @param isLive what is missing may come */
  async #look(askPage: AskPage, isLive: boolean): Promise<Seen> {
    const attempt = this.#attempt;
    const page = await askPage({ from: this.#from, ...(attempt === undefined ? {} : { attempt }) });
    if (this.#shown > 0 && page.attempt > this.#shown)
      this.#call.screen.line(`— attempt ${page.attempt} at ${page.agent} —`);
    this.#shown = page.attempt;
    for (const item of page.items) this.#take(item, page.attempt);
    if (page.attempt === 0) return page.isAtRest ? 'over' : 'quiet';
    if (this.#agent !== page.agent) {
      this.#agent = page.agent;
      this.#agentIsAway = false;
    }
    this.#attempt = page.attempt;
    this.#from = page.to;
    if (page.next !== null) return 'more';
    // Where its end is not told nobody knows of a rest.
    const restComes = isLive && page.isOver && page.expected !== null && !page.complete;
    this.#rest = restComes ? page : undefined;
    return restComes || !page.isOver ? 'quiet' : this.#goOn(page);
  }

  /** The attempt is over. */
  #goOn(page: LogPage): Seen {
    if (this.#follows && page.attempt < page.latest) {
      this.#tellMissing(page);
      this.#attempt = page.attempt + 1;
      this.#from = 0;
      this.#rest = undefined;
      return 'more';
    }
    if (this.#follows && !page.isAtRest) return 'quiet';
    this.#tellMissing(page);
    return 'over';
  }

  #tellMissing({ complete, expected, length, attempt, agent }: LogPage): void {
    if (complete) return;
    const here = expected === null ? counted(length, 'byte') : `${length} of ${expected} bytes`;
    this.#call.screen.line(
      `Of attempt ${attempt} ${here} are here; what else it wrote comes when its agent ${agent} runs again.`,
    );
  }

  /** Tells when the agent goes away and when it is back. False when it is not awaited any more. */
  async #askAboutAgent(get: Api['get']): Promise<boolean> {
    if (this.#agent === null) return true;
    const { state, connection } = await get<AgentView>(`/api/v1/agents/${this.#agent}`);
    const isThere = state === 'present';
    const isAway = !isThere || connection === 'suspect';
    if (isAway !== this.#agentIsAway)
      this.#call.screen.line(
        isAway
          ? `The agent ${this.#agent} is ${isThere ? connection : state}: what it writes meanwhile is kept there, and comes when it is back.`
          : `The agent ${this.#agent} is back.`,
      );
    this.#agentIsAway = isAway;
    return isThere;
  }
}
