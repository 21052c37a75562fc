/**
 * Replays a recording: the controllers and agents of this lifeline are given what those of then took in, under
 * the time of then, without a network, a disk or a handler; and have to decide the same.
 *
 *   const replayed = await replay('incident.scenario');
 *   expect(replayed.divergence).toBeUndefined();
 *
 * It stops at the first divergence. A life whose beginning is not in the recording cannot be replayed; it is
 * counted and noted, and the next life of that node is.
 */
import { LifeReplay, type Divergent } from './tape/life.ts';
import { machinesDigest } from './tape/machines-digest.ts';
import { readRecording, type Segment, type TapeEvent } from './tape/read-tape.ts';
import { sideBySide } from './tape/side-by-side.ts';
import { EVERY_LANE } from './tape/tape-line.ts';

/** Where this lifeline decides something else than the one that was recorded. */
export interface Divergence extends Divergent {
  /** For people: then and now side by side. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
  /** `controller`, or the id of an agent. */
  readonly lane: string;
  /** Instant of the turn, in ms since 1970, as it was recorded. */
  readonly atMs: number;
}

/** What was replayed of one node. */
export interface LaneReplayed {
  readonly lane: string;
  /** Terms or boots that began in the recording, or were frozen in it. */
  readonly lives: number;
  /** Turns that were decided again. */
  readonly turns: number;
  /** Turns of lives whose beginning is not in the recording. */
  readonly skipped: number;
}

/** What became of a replay. */
export interface Replayed {
  readonly lanes: readonly LaneReplayed[];
  /** Undefined: the same was decided. */
  readonly divergence: Divergence | undefined;
  /** False: there are lines that could not be read, or not be replayed; the notes say which. */
  readonly isWhole: boolean;
  /** For people: lines that were torn, lives without a beginning, other machines. */
  readonly notes: readonly string[];
}

/** A line of the recording that was replayed. */
export interface Seen extends TapeEvent {
  /** In ms since 1970, by the clock of the recording. */
  readonly wallMs: number;
}

/** Who looks on while a recording is replayed. */
export interface ReplayOptions {
  /** Called after each line; false: stop here. */
  readonly see?: (seen: Seen) => boolean | Promise<boolean>;
}

/**
 * @param files recordings of one process each, or what was cut out of them; with each go its older files
 * @throws {ScenarioError} when one is no recording of this version; the message names file and line
 */
export async function replay(
  files: string | readonly string[],
  { see = () => true }: ReplayOptions = {},
): Promise<Replayed> {
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  let isWhole = true;
  const miss = (text: string) => {
    isWhole = false;
    note(text);
  };
  const lanes = new Map<string, Lane>();
  const replayed = (divergence?: Divergence): Replayed => {
    for (const [name, { skipped }] of lanes) if (skipped > 0) miss(sentence(name, skipped));
    const told = [...lanes].map(([lane, { lives, turns, skipped }]) => ({
      lane, lives, turns, skipped,
    })); // prettier-ignore
    return { lanes: told, divergence, isWhole, notes };
  };
  for (const file of typeof files === 'string' ? [files] : files) {
    for (const segment of readRecording(file, miss)) {
      if (!segment.follows) begin(lanes, segment, note);
      for (const event of segment.events) {
        const divergent = take(lanes, event);
        const atMs = Date.parse(segment.made.began) + event.atMs;
        if (divergent) {
          const found = { ...divergent, ...placeOf(event), atMs };
          return replayed({ ...found, text: sideBySide(found) });
        }
        if (!(await see({ ...event, wallMs: atMs }))) return replayed();
      }
    }
  }
  return replayed();
}

interface Lane {
  lives: number;
  turns: number;
  skipped: number;
  life: LifeReplay | undefined;
}

/** Nothing goes on here of what stood before. */
function begin(lanes: Map<string, Lane>, { made, file }: Segment, note: (text: string) => void) {
  for (const lane of lanes.values()) lane.life = undefined;
  if (made.machines === machinesDigest()) return;
  note(`${file}: The machines have changed since this was recorded, so it may well diverge.`);
}

function take(lanes: Map<string, Lane>, event: TapeEvent): Divergent | undefined {
  if (event.lane === EVERY_LANE) {
    if (event.word === 'gap') for (const lane of lanes.values()) lane.life = undefined;
    return undefined;
  }
  const lane = lanes.get(event.lane) ?? { lives: 0, turns: 0, skipped: 0, life: undefined };
  lanes.set(event.lane, lane);
  if (event.word === 'life' || (event.word === 'frozen' && !lane.life)) {
    lane.life = new LifeReplay(event.body);
    lane.lives++;
    return undefined;
  }
  if (event.word === 'turn') {
    if (lane.life) lane.turns++;
    else lane.skipped++;
  }
  const divergent = lane.life?.take(event);
  if (event.word === 'over') lane.life = undefined;
  return divergent;
}

const placeOf = ({ file, line, lane }: TapeEvent) => ({ file, line, lane });

const sentence = (lane: string, turns: number) =>
  `${lane}: ${turns} turns are of a life whose beginning is not in the recording; they are shown, not replayed.`;
