/**
 * Takes an incident out of recordings: the turns of all lanes between two instants, and each life as it was
 * when they began.
 *
 *   FILE ──replay──▶ quiet ─freeze─▶ frozen │ had, turn, durable, … of the time asked for │ ─▶ a recording of its own
 *
 * The turns stay whole: what is decided of one piece of work hangs on what is decided of the others. What is
 * read of the store after the beginning is told anew, since it may have been told long before.
 */
import { FIRST_LINE } from '../format/problem.ts';
import { Excerpt, type Taken } from './excerpt.ts';
import { QuietLines } from './quiet.ts';
import { EVERY_LANE, lineOf, madeLine } from './tape-line.ts';
import { walk } from './walk.ts';

/** What is taken out: all from the first turn to the last that names it, or what lies between two instants (ms since 1970). */
export type Incident =
  | { readonly job: string }
  | { readonly id: string }
  | { readonly fromMs: number; readonly toMs: number };

/** Nothing in these recordings is about what was asked for. */
export class NothingToCut extends Error {
  override readonly name = 'NothingToCut';
}

interface Between {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The text of a recording that holds the incident.
 *
 * @param note is told for people what could not be read or taken along
 * @throws {ScenarioError} when one is no recording of this version
 * @throws {NothingToCut} {NotReplayed} one sentence
 */
export function cut(
  files: readonly string[],
  incident: Incident,
  note: (text: string) => void,
): string {
  const between = 'fromMs' in incident ? incident : mentions(files, incident);
  const lines = files.flatMap((file) => excerpt(file, between, note));
  lines.sort((one, other) => one.wallMs - other.wallMs);
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) {
    throw new NothingToCut(
      'Nothing was recorded in that time; `lifeline scenario play` shows what was.',
    );
  }
  const made = madeLine({
    ...first.made,
    recording: `${first.made.recording}-${first.wallMs}`,
    segment: 1,
    began: new Date(first.wallMs).toISOString(),
    of: incident,
  });
  const at = (wallMs: number) => ({ atMs: wallMs - first.wallMs });
  const texts = lines.map(({ wallMs, line }) => lineOf({ ...line, ...at(wallMs) }));
  const end = lineOf({ ...at(last.wallMs), lane: EVERY_LANE, word: 'end', body: {} });
  return `${[FIRST_LINE, made, ...texts, end].join('\n')}\n`;
}

/** When the first line of them was written, in ms since 1970. @throws {NothingToCut} when there is none */
export function beginOf(files: readonly string[]): number {
  const firsts = files.flatMap((file) => {
    for (const { wallMs } of walk(file, () => {})) return [wallMs];
    return [];
  });
  if (firsts.length === 0) throw new NothingToCut('Nothing is recorded there.');
  return Math.min(...firsts);
}

function excerpt(file: string, between: Between, note: (text: string) => void): readonly Taken[] {
  const taking = new Excerpt(between.fromMs, beginnings(file, between));
  for (const walked of walk(file, note)) {
    if (walked.wallMs > between.toMs) break;
    taking.take(walked);
  }
  if (taking.left > 0) {
    note(
      `${file}: ${taking.left} turns are left out, of lives whose beginning is not in the recording.`,
    );
  }
  return taking.lines;
}

/** From the first turn to the last that names it. */
function mentions(files: readonly string[], of: { readonly [what: string]: string }): Between {
  const [[what, name]] = Object.entries(of) as [[string, string]];
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const file of files) {
    for (const { event, wallMs } of walk(file, () => {})) {
      if (event.word !== 'turn' || !JSON.stringify(event.body).includes(JSON.stringify(name)))
        continue;
      fromMs = Math.min(fromMs, wallMs);
      toMs = Math.max(toMs, wallMs);
    }
  }
  if (fromMs <= toMs) return { fromMs, toMs };
  const thing = what === 'job' ? 'job' : 'sub-transaction';
  throw new NothingToCut(`No turn of these recordings names the ${thing} "${name}".`);
}

/** For each lane the place of the last line before it behind which its life can be taken up. */
function beginnings(file: string, { fromMs }: Between): ReadonlyMap<string, string> {
  const begins = new Map<string, string>();
  const quiet = new QuietLines();
  for (const { event, place, wallMs, isBroken } of walk(file, () => {})) {
    if (wallMs >= fromMs) break;
    if (isBroken) {
      quiet.forget();
      begins.clear();
    }
    if (event.word === 'over') begins.delete(event.lane);
    if (quiet.isQuietAfter(event)) begins.set(event.lane, place);
  }
  return begins;
}
