/**
 * `--record FILE`: what the nodes of this process take in and decide is written down, for
 * `lifeline scenario play` and `replay` to decide it again.
 *
 *   --record ─▶ openRecording (scenarios/tape) ─▶ tap of each node ─▶ closed when they are
 */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Tap } from '../actors/tap.ts';
import { pathSentence, usage } from './failure.ts';
import { newId } from './new-id.ts';
import type { Call } from './verb.ts';

/** So many bytes make what is kept out unreadable for whoever has the recording. */
const KEY_BYTES = 32;

/**
 * The tap for all nodes of this process; undefined without `--record`.
 *
 * @param opened is given what closes the recording
 * @throws {CommandFailed} when the file cannot be written
 */
export async function openRecordingOf(
  { values, version, clock, logger }: Pick<Call, 'values' | 'version' | 'clock' | 'logger'>,
  opened: (() => Promise<void>)[],
): Promise<Tap | undefined> {
  const { record, 'record-cap': capBytes, 'record-redact': redaction } = values;
  if (record === undefined) return undefined;
  // It is needed by few, and loads all that a replay needs.
  const { openRecording } = await import('../scenarios/tape/recording.ts');
  try {
    const recording = openRecording({
      file: resolve(record),
      capBytes,
      redaction,
      key: randomBytes(KEY_BYTES),
      id: newId(),
      version,
      clock,
      refused: (error) =>
        logger.error({ err: error, file: record }, 'the recording has a gap: its disk refuses'),
    });
    opened.push(() => Promise.resolve(recording.close()));
    return recording.tap;
  } catch (error) {
    throw usage(pathSentence('recording', record, error), error);
  }
}
