/**
 * How far a job is, for people: a bar on a terminal, in a pipe a line at most every second.
 *
 *   ███████████░░░░░░░░░  5,200 of 10,000 done · 1,240/s · 0 failed · 2 retried · 4.2 s
 */
import type { Clock } from '../actors/clock.ts';
import type { Screen } from './screen.ts';
import { shownCount, shownDuration } from './shown.ts';

/** The counts that are shown. */
export interface Counts {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly parked: number;
  readonly cancelled: number;
  readonly retried: number;
  /** False while more may come. */
  readonly sourceEnded: boolean;
}

/** So often something is shown although nothing has changed; without a terminal, so often at most. */
const SHOW_EVERY_MS = 1_000;
const BAR_WIDTH = 24;

export interface Progress {
  show(counts: Counts): void;
  /** Takes the bar away. */
  end(): void;
}

export function createProgress(screen: Screen, clock: Clock): Progress {
  const startedAt = clock.elapsed();
  let latest: Counts | undefined;
  let before = 0;
  let lastLineAt = startedAt;
  let cancel = () => {};
  const draw = (counts: Counts) => {
    const elapsedMs = clock.elapsed() - startedAt;
    const text = progressText(counts, before, elapsedMs);
    if (screen.isTerminal) {
      const width = Math.min(BAR_WIDTH, Math.max(0, screen.columns - text.length - 4));
      screen.bar(`${bar(counts, width, screen)}${text}`);
    } else if (clock.elapsed() - lastLineAt >= SHOW_EVERY_MS) {
      lastLineAt = clock.elapsed();
      screen.line(text);
    }
  };
  const tick = () => {
    if (latest) draw(latest);
    cancel = clock.after(SHOW_EVERY_MS, tick);
  };
  cancel = clock.after(SHOW_EVERY_MS, tick);
  return {
    show(counts) {
      // A resumed run has a past: its rate is that of this part.
      if (!latest) before = counts.done;
      latest = counts;
      draw(counts);
    },
    end() {
      cancel();
      screen.bar(null);
    },
  };
}

/** @param before done before this part of the run began */
export function progressText(counts: Counts, before: number, elapsedMs: number): string {
  const { total, done, failed, parked, cancelled, retried } = counts;
  const rate = elapsedMs > 0 ? (done - before) / (elapsedMs / 1_000) : 0;
  const parts = [
    `${shownCount(done)} of ${shownCount(total)}${counts.sourceEnded ? '' : '+'} done`,
    `${shownCount(rate < 10 ? Number(rate.toFixed(1)) : Math.round(rate))}/s`,
    `${shownCount(failed)} failed`,
    ...(parked > 0 ? [`${shownCount(parked)} parked`] : []),
    ...(cancelled > 0 ? [`${shownCount(cancelled)} cancelled`] : []),
    `${shownCount(retried)} retried`,
    shownDuration(elapsedMs),
  ];
  return parts.join(' · ');
}

function bar({ total, done }: Counts, width: number, screen: Screen): string {
  if (width < 4) return '';
  const filled = total === 0 ? 0 : Math.min(width, Math.floor((done / total) * width));
  const rest = '░'.repeat(width - filled);
  return `${screen.style('green', '█'.repeat(filled))}${screen.style('gray', rest)}  `;
}
