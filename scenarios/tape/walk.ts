/** All lines of a recording, each with where it stands and when it was written. */
import { readRecording, type TapeEvent } from './read-tape.ts';
import type { Made } from './recording.ts';

export interface Walked {
  readonly event: TapeEvent;
  /** `FILE:LINE`. */
  readonly place: string;
  /** When it was written, in ms since 1970. */
  readonly wallMs: number;
  readonly made: Made;
  /** It does not go on with the lines before it: something is missing between them. */
  readonly isBroken: boolean;
}

/** @throws {ScenarioError} when it is no recording of this version */
export function* walk(file: string, note: (text: string) => void): Iterable<Walked> {
  for (const { made, events, follows } of readRecording(file, note)) {
    const beganMs = Date.parse(made.began);
    let isBroken = !follows;
    for (const event of events) {
      const place = `${event.file}:${event.line}`;
      yield { event, place, wallMs: beganMs + event.atMs, made, isBroken };
      isBroken = false;
    }
  }
}
