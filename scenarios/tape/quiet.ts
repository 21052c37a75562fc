/**
 * Which lines of a recording a life can be taken up behind: those after which nothing of it is under way.
 *
 *   life · turn 1, turn 2, durable 1, durable 2 · turn 3, durable 3 · …        · : nothing is under way
 */
import { EVERY_LANE, type TapeLine } from './tape-line.ts';

export class QuietLines {
  /** Turns of each lane that are decided and not durable; of those alone whose life is known. */
  readonly #underWay = new Map<string, number>();

  /** What follows does not go on with what was seen. */
  forget(): void {
    this.#underWay.clear();
  }

  /** Whether nothing of its life is under way behind this line. The lines come in order. */
  isQuietAfter({ lane, word }: TapeLine): boolean {
    if (lane === EVERY_LANE) {
      if (word === 'gap') this.forget();
      return false;
    }
    if (word === 'over') this.#underWay.delete(lane);
    if (word === 'life' || word === 'frozen') this.#underWay.set(lane, 0);
    const before = this.#underWay.get(lane);
    if (before === undefined) return false;
    const now = before + (word === 'turn' ? 1 : word === 'durable' ? -1 : 0);
    this.#underWay.set(lane, now);
    return now === 0 && word !== 'had' && word !== 'runner';
  }
}
