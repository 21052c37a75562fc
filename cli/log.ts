/**
 * The log of the process: pino on stderr. Lines of JSON in a pipe; on a terminal a line for people, above
 * the progress bar.
 */
import { pino } from 'pino';
import type { Logger } from 'pino';
import { harmless, type Screen, type Sink } from './screen.ts';
import { shownTime } from './shown.ts';

/** pino's own fields; the rest is what the line is about. */
const OWN = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err']);

export function createLog(level: string, screen: Screen, stderr: Sink): Logger {
  const toTerminal = { write: (line: string) => screen.line(readable(line, screen)) };
  return pino({ level, base: null }, screen.isTerminal ? toTerminal : stderr);
}

function readable(line: string, screen: Screen): string {
  const fields = JSON.parse(line) as Record<string, unknown> & {
    level: number;
    time: number;
    msg: string;
    err?: { readonly message: string; readonly stack: string };
  };
  const name = pino.levels.labels[fields.level] ?? '';
  const about = Object.entries(fields)
    .filter(([field]) => !OWN.has(field))
    .map(([field, value]) => `${field}=${harmless(JSON.stringify(value) ?? '')}`);
  const colour = fields.level >= 50 ? 'red' : fields.level >= 40 ? 'yellow' : 'gray';
  const head = `${shownTime(fields.time)} ${screen.style(colour, name)} ${harmless(fields.msg)}`;
  const stack = fields.err === undefined ? '' : `\n${fields.err.stack}`;
  return `${[head, ...about].join(' ')}${stack}`;
}
