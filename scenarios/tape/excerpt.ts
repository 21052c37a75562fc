/**
 * The lines of one recording that an incident takes, lane by lane.
 *
 *   before    replayed, so that the life is known
 *   begins    behind a line after which nothing was under way: frozen {all that it remembers}
 *   within    its turns as they stand, and before each what it reads that was not told since the beginning
 *
 * A life that begins within is taken as it stands.
 */
import { LifeReplay } from './life.ts';
import type { Made } from './recording.ts';
import { EVERY_LANE, type TapeLine } from './tape-line.ts';
import type { Walked } from './walk.ts';

/** A line of the excerpt; its `atMs` is that of the recording it comes from. */
export interface Taken {
  readonly wallMs: number;
  readonly line: TapeLine;
  readonly made: Made;
}

/** A recording cannot be replayed up to the incident. */
export class NotReplayed extends Error {
  override readonly name = 'NotReplayed';
}

interface Lane {
  readonly life: LifeReplay;
  /** Null: before the incident. `asItStands`: its beginning is there. `anew`: what it reads is told anew. */
  taken: 'asItStands' | 'anew' | null;
}

export class Excerpt {
  readonly lines: Taken[] = [];
  /** Turns that were left out: nothing is known of the beginning of their life. */
  left = 0;
  readonly #lanes = new Map<string, Lane>();
  readonly #begins: ReadonlyMap<string, string>;
  readonly #fromMs: number;
  /** The present line. */
  #walked: Walked | undefined;

  /** @param begins place of the line behind which a lane is taken up */
  constructor(fromMs: number, begins: ReadonlyMap<string, string>) {
    this.#fromMs = fromMs;
    this.#begins = begins;
  }

  /** @throws {NotReplayed} */
  take(walked: Walked): void {
    this.#walked = walked;
    const { event, isBroken, wallMs } = walked;
    if (isBroken) this.#lanes.clear();
    if (event.lane === EVERY_LANE) {
      if (event.word === 'gap') this.#lanes.clear();
      return;
    }
    const isBeginning = this.#begins.get(event.lane) === walked.place;
    const lane = this.#lanes.get(event.lane);
    if (event.word === 'life' || (event.word === 'frozen' && !lane)) {
      const taken = isBeginning || wallMs >= this.#fromMs ? 'asItStands' : null;
      this.#lanes.set(event.lane, this.#begin(walked, taken));
      if (taken) this.#add(walked);
    } else if (lane) this.#goOn(lane, walked, isBeginning);
    else if (event.word === 'turn' && wallMs >= this.#fromMs) this.left++;
  }

  #begin(walked: Walked, taken: Lane['taken']): Lane {
    const lane: Lane = {
      taken,
      life: new LifeReplay(walked.event.body, (word, body) => {
        if (lane.taken === 'anew') this.#add(this.#walked!, { word, body });
      }),
    };
    return lane;
  }

  #goOn(lane: Lane, walked: Walked, isBeginning: boolean): void {
    const { event } = walked;
    const { taken } = lane;
    // What it reads meanwhile is told before its own line.
    const divergent = lane.life.take(event);
    if (divergent) {
      const why = divergent.why ?? `it differs at ${divergent.path}`;
      throw new NotReplayed(
        `${walked.place}: This lifeline decides ${event.lane}, turn ${divergent.turn}, otherwise (${why}); cut it with the one that recorded it.`,
      );
    }
    if (taken === 'asItStands' || (taken === 'anew' && isOwn(event))) this.#add(walked);
    if (isBeginning && taken === null) {
      lane.taken = 'anew';
      this.#add(walked, { word: 'frozen', body: lane.life.freeze() });
    }
    if (event.word === 'over') this.#lanes.delete(event.lane);
  }

  #add({ event, wallMs, made }: Walked, { word, body }: Pick<TapeLine, 'word' | 'body'> = event) {
    const { lane, atMs } = event;
    this.lines.push({ wallMs, made, line: { atMs, lane, word, body } });
  }
}

/** Whether a line is not among those that are told anew. */
const isOwn = ({ word, body }: TapeLine) =>
  word === 'runner'
    ? !('length' in (body as object) || 'killable' in (body as object))
    : word !== 'had' && word !== 'frozen';
