/**
 * What a person watching sees on stderr: lines, and on a terminal a bar below them that is drawn again in
 * place. stdout is left to results.
 *
 *   12:00:01.200 agent-2 is suspect …
 *   12:00:04.310 agent-2 is reconciled …
 *   ██████████░░░░░░░░░░ 52 %  5,200 of 10,000 …      ← the bar, on a terminal only
 */
import { stripVTControlCharacters, styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** The part of a stream that is written to. */
export interface Sink {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Screen {
  /** True on a terminal: there is a bar. */
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Writes a line above the bar. */
  line(text: string): void;
  /** Draws the bar, or takes it away. Without a terminal nothing. */
  bar(text: string | null): void;
  /** Colours on a terminal, plain text elsewhere and where NO_COLOR is set. */
  style(format: Format, text: string): string;
}

export function createScreen(
  sink: Sink,
  env: Readonly<Record<string, string | undefined>>,
): Screen {
  const isTerminal = sink.isTTY === true && env['TERM'] !== 'dumb';
  const isColoured = isTerminal && (env['NO_COLOR'] ?? '') === '';
  // A terminal that does not know its width says 0.
  const columns = () => sink.columns || 80;
  let shown: string | null = null;
  const clear = () => (shown === null ? '' : '\r\u001b[2K');
  return {
    isTerminal,
    get columns() {
      return columns();
    },
    line(text) {
      sink.write(`${clear()}${text}\n${shown ?? ''}`);
    },
    bar(text) {
      if (!isTerminal) return;
      const before = clear();
      // A line that wraps could not be taken away again.
      const fits = text === null || stripVTControlCharacters(text).length < columns();
      shown = fits ? text : stripVTControlCharacters(text).slice(0, columns() - 1);
      sink.write(`${before}${shown ?? ''}`);
    },
    style: (format, text) =>
      isColoured ? styleText(format, text, { validateStream: false }) : text,
  };
}

/** A text from outside, safe to print: control characters are shown, not obeyed. */
export const harmless = (text: string): string =>
  text.replace(/\p{Cc}/gu, (c) => {
    if (c === '\n') return '\\n';
    if (c === '\t') return '\\t';
    return `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
