/**
 * `lifeline scenario cut`: an incident of a recording as a recording of its own, small enough to be kept as a
 * test.
 *
 *   FILE… ─▶ --job, --id: while it was under way │ --from, --to: times as `play` shows them, or instants ─▶ -o FILE
 */
import { writeFileSync } from 'node:fs';
import { durationMs } from '../scenarios/format/duration.ts';
import { beginOf, cut, type Incident } from '../scenarios/tape/cut.ts';
import { exitCodes, pathSentence, usage } from './failure.ts';
import type { Call } from './verb.ts';

/** Options that only `cut` has, beside `--id`. */
export const cutOptions: readonly (readonly [flags: string, describe: string])[] = [
  ['--job <NAME>', 'cut: while this job was under way'],
  ['--id <ID>', 'cut: while this sub-transaction was under way'],
  ['--from <TIME>', 'cut: from a time as play shows it (90s), or an instant (ISO 8601)'],
  ['--to <TIME>', 'cut: to such a time'],
  ['-o, --out <FILE>', 'cut: where to write it (default: stdout)'],
];

/** Only its owner may read it, as what it was cut from. */
const MODE = 0o600;

export function cutFiles(call: Call, files: readonly string[]): Promise<number> {
  const { print, screen, options } = call;
  const text = cut(files, incidentOf(call, files), (note) => screen.line(`Note: ${note}`));
  const { out } = options;
  if (typeof out !== 'string') {
    print(text.trimEnd());
    return Promise.resolve(exitCodes.done);
  }
  try {
    writeFileSync(out, text, { flag: 'wx', mode: MODE });
  } catch (error) {
    throw usage(pathSentence('file', out, error), error);
  }
  screen.line(`Written to ${out}; \`lifeline scenario play ${out}\` shows it.`);
  return Promise.resolve(exitCodes.done);
}

function incidentOf({ options, values, typed }: Call, files: readonly string[]): Incident {
  const { job, from, to } = options;
  const id = typed.has('id') ? values.id : undefined;
  const isTime = from !== undefined || to !== undefined;
  if ([job !== undefined, id !== undefined, isTime].filter(Boolean).length !== 1) {
    throw usage('Say what to cut out: --job NAME, --id ID, or --from TIME with --to TIME.');
  }
  if (typeof job === 'string') return { job };
  if (id !== undefined) return { id };
  const beginMs = beginOf(files);
  const fromMs = from === undefined ? beginMs : instantOf(from, '--from', beginMs);
  const toMs = to === undefined ? Infinity : instantOf(to, '--to', beginMs);
  if (fromMs <= toMs) return { fromMs, toMs };
  throw usage('--from must not be behind --to.');
}

/** In ms since 1970. */
function instantOf(
  typed: NonNullable<Call['options'][string]>,
  flag: string,
  beginMs: number,
): number {
  const text = String(typed);
  const afterMs = durationMs(text);
  const ms = afterMs === undefined ? Date.parse(text) : beginMs + afterMs;
  if (!Number.isNaN(ms)) return ms;
  throw usage(
    `${flag} must be a time as 90s or 2m, or an instant as 2026-01-01T10:00:00Z, not ${JSON.stringify(text)}.`,
  );
}
