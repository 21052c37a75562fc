/**
 * A recording of the nodes of this process: the recorder and its files, joined.
 *
 *   openRecording({ file }) ─▶ tap for ControllerNode and AgentNode ─▶ FILE, FILE.1 … ─▶ close
 */
import type { Clock } from '../../actors/clock.ts';
import type { Tap } from '../../actors/tap.ts';
import { createHide, type Redaction } from './hidden.ts';
import { machinesDigest } from './machines-digest.ts';
import { createRecorder } from './recorder.ts';
import { Segments } from './segments.ts';

/** Where a recording is written, how much is kept, and what is kept out of it. */
export interface RecordingOptions {
  /** What was there under that name is kept as FILE.1. */
  readonly file: string;
  readonly capBytes: number;
  readonly redaction: Redaction;
  /** Random; what is kept out is hashed with it. */
  readonly key: Uint8Array;
  /** Names this recording: made for it. */
  readonly id: string;
  /** Of this package. */
  readonly version: string;
  readonly clock: Clock;
  /** The disk refuses, and lines are lost until it no longer does. */
  readonly refused: (error: unknown) => void;
}

/** A recording that is being written. */
export interface Recording {
  readonly tap: Tap;
  close(): void;
}

/** The second line of a file. */
export interface Made {
  /** Name of the recording; all its files have it. */
  readonly recording: string;
  /** Number of this file in it, from 1. */
  readonly segment: number;
  /** When the recording began, ISO 8601. */
  readonly began: string;
  readonly lifeline: string;
  readonly machines: string;
  readonly redaction: Redaction;
}

/** @throws when the file cannot be opened or written */
export function openRecording(options: RecordingOptions): Recording {
  const { clock, redaction, key, id, version, file, capBytes, refused } = options;
  const began = new Date(clock.now()).toISOString();
  const machines = machinesDigest();
  const made = (segment: number) => ({
    recording: id, segment, began, lifeline: version, machines, redaction,
  }); // prettier-ignore
  const anew = () => recorder.checkpoint();
  const segments = new Segments({ file, capBytes, clock, made, anew, refused });
  const recorder = createRecorder(
    (lane, word, body) => segments.write(lane, word, body),
    createHide(redaction, key),
  );
  return { tap: recorder, close: () => segments.close() };
}
