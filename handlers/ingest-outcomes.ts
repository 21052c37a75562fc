/**
 * Gathers what becomes of the entries of one item, as its result: counts, and a letter for each entry.
 *
 *   c copied   a appended   l linked   u unchanged   d directory   m directory that a dry run would make
 *   x excluded   s skipped   f failed
 *
 * Names are not repeated, since the item has them. Every list is cut before a result can be larger than
 * 256 KB, however long the names are.
 */
import type { IngestInput, IngestResult, Skipped } from './ingest-items.ts';
import { rawName, shownName } from './raw-name.ts';

const LETTERS = {
  copied: 'c',
  appended: 'a',
  linked: 'l',
  unchanged: 'u',
  directory: 'd',
  missingDirectory: 'm',
  excluded: 'x',
  skipped: 's',
  failed: 'f',
} as const;

export type EntryOutcome = keyof typeof LETTERS;

const MOST_NAMED = 100;
/** Of the paths of a list; a third more when they are no UTF-8. */
const PATH_BYTES = 32 * 1024;
const REASON_LENGTH = 300;
const REASONS_MOST = 100;

export interface Outcomes {
  readonly result: IngestResult;
  readonly failures: readonly Skipped[];
  readonly failedCount: number;
  /** The next entry of the item, and the bytes of it. */
  readonly wrote: (outcome: Written, bytes: number) => void;
  /** The next entry of the item. */
  readonly entry: (outcome: Exclude<EntryOutcome, Written | Reasoned>) => void;
  /** The next entry, and why. */
  readonly left: (outcome: Reasoned, path: Buffer, why: string) => void;
  /** Something besides the entries of the item that was left as it is, or refused. */
  readonly beside: (outcome: 'skipped' | 'failed', path: Buffer, why: string) => void;
  readonly deleted: (path: Buffer) => void;
}

type Written = 'copied' | 'appended';
type Reasoned = 'excluded' | 'skipped' | 'failed';

/** @param log hears of failures, and of what is deleted and finds no room in the result */
export function createOutcomes(
  { tree, dryRun }: Pick<IngestInput, 'tree' | 'dryRun'>,
  log: (text: string) => void,
): Outcomes {
  const result: IngestResult = {
    copied: 0, appended: 0, bytes: 0, unchanged: 0, links: 0, directories: 0, times: 0, excluded: 0,
    deleted: 0, skipped: [], skippedCount: 0, outcomes: '', sizes: [], why: [], reasons: [], deletions: [],
    ...(tree === undefined ? {} : { tree }),
    ...(dryRun ? { dryRun } : {}),
  }; // prettier-ignore
  const failures: Skipped[] = [];
  const room = { skipped: PATH_BYTES, failed: PATH_BYTES, deletions: PATH_BYTES };
  const counts = { failed: 0 };

  const name = (list: Skipped[], of: 'skipped' | 'failed', path: Buffer, why: string): void => {
    room[of] -= path.length;
    if (room[of] >= 0 && list.length < MOST_NAMED) {
      list.push({ path: rawName(path), why: why.slice(0, REASON_LENGTH) });
    }
  };
  const beside: Outcomes['beside'] = (outcome, path, why) => {
    if (outcome === 'skipped') {
      result.skippedCount += 1;
      return name(result.skipped, outcome, path, why);
    }
    counts.failed += 1;
    name(failures, outcome, path, why);
    log(`${shownName(path)}: ${why}`);
  };
  return {
    result,
    failures,
    get failedCount() {
      return counts.failed;
    },
    wrote(outcome, bytes) {
      result.outcomes += LETTERS[outcome];
      result[outcome] += 1;
      result.bytes += bytes;
      result.sizes.push(bytes);
    },
    entry(outcome) {
      result.outcomes += LETTERS[outcome];
      if (outcome === 'linked') result.links += 1;
      else if (outcome === 'unchanged') result.unchanged += 1;
      else result.directories += 1;
    },
    left(outcome, path, why) {
      result.outcomes += LETTERS[outcome];
      result.why.push(placeOf(result.reasons, why));
      if (outcome === 'excluded') result.excluded += 1;
      else beside(outcome, path, why);
    },
    beside,
    deleted(path) {
      result.deleted += 1;
      room.deletions -= path.length;
      if (room.deletions >= 0) result.deletions.push(rawName(path));
      else log(`deleted: ${shownName(path)}`);
    },
  };
}

/** Of a reason among those told before. The last place is for all that find no room. */
function placeOf(reasons: string[], reason: string): number {
  const cut = reason.slice(0, REASON_LENGTH);
  const known = reasons.indexOf(cut);
  if (known >= 0) return known;
  if (reasons.length === REASONS_MOST) return REASONS_MOST - 1;
  return (
    reasons.push(reasons.length === REASONS_MOST - 1 ? 'the log of the task says why' : cut) - 1
  );
}

/** What one letter of a result stands for. */
export const outcomeOfLetter = (letter: string): EntryOutcome | undefined =>
  (Object.keys(LETTERS) as EntryOutcome[]).find((outcome) => LETTERS[outcome] === letter);
