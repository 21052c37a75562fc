/**
 * A divergence as people read it: where, and what was decided then beside what is decided now.
 *
 *   a1, turn 7 (incident.scenario:123, 2026-11-22T05:41:10.400Z) is decided otherwise, at later[0].frame.echo:
 *     then                 │ now
 *     1767225612345        │ null
 */
import type { Json } from './spelling.ts';
import type { Difference } from './difference.ts';

/** Where it was found, beside what differs. */
export interface Found extends Difference {
  readonly file: string;
  readonly line: number;
  readonly lane: string;
  readonly turn: number;
  readonly atMs: number;
  readonly why?: string;
}

/** A column is at most so wide; what is longer is cut. */
const COLUMN = 58;

/** So many lines of what differs are shown, from the first that does. */
const LINES = 24;

export function sideBySide(found: Found): string {
  const { file, line, lane, turn, atMs, path, why } = found;
  const place = `${lane}, turn ${turn} (${file}:${line}, ${new Date(atMs).toISOString()})`;
  if (why !== undefined) return `${place} cannot be decided as it was then. ${why}`;
  const [then, now] = [linesOf(found.expected), linesOf(found.actual)];
  const first = then.findIndex((text, i) => text !== now[i]);
  const from = Math.max(0, (first < 0 ? then.length : first) - 2);
  const rows: (readonly [string, string])[] = [['then', 'now']];
  for (let i = from; i < Math.min(Math.max(then.length, now.length), from + LINES); i++)
    rows.push([then[i] ?? '', now[i] ?? '']);
  const width = Math.max(...rows.map(([text]) => Math.min(text.length, COLUMN)));
  const table = rows.map(([left, right]) => `  ${cut(left).padEnd(width)} │ ${cut(right)}`);
  return [`${place} is decided otherwise, at ${path}:`, ...table].join('\n');
}

const linesOf = (json: Json | undefined): readonly string[] =>
  json === undefined ? ['(nothing)'] : JSON.stringify(json, null, 2).split('\n');

const cut = (text: string) => (text.length > COLUMN ? `${text.slice(0, COLUMN - 1)}…` : text);
