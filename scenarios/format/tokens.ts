/**
 * A line of a scenario file, cut into what stands between the blanks.
 *
 *   5s  submit  x  result={"size": 7}  # a comment
 *   5s│ submit│ x│ result = {"size": 7}│
 */

/** `name` is there for `name=value`. */
export interface Token {
  readonly name?: string;
  readonly text: string;
}

const NAME = /^([a-z][a-z-]*)=/;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

/** Undefined when a text in quotes or brackets has no end. */
export function tokensOf(line: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; ;) {
    while (line[at] === ' ' || line[at] === '\t') at++;
    if (at >= line.length || line[at] === '#') return tokens;
    const name = NAME.exec(line.slice(at))?.[1];
    const from = name === undefined ? at : at + name.length + 1;
    const to = endOf(line, from);
    if (to === undefined) return undefined;
    const text = line.slice(from, to);
    tokens.push(name === undefined ? { text } : { name, text });
    at = to;
  }
}

/** Where the value ends that begins at `from`: at a blank, or behind the bracket or quote that closes it. */
function endOf(line: string, from: number): number | undefined {
  const open: string[] = [];
  for (let at = from; at < line.length; at++) {
    const letter = line[at]!;
    if (letter === '"') {
      const quote = quoteEnd(line, at);
      if (quote === undefined) return undefined;
      at = quote;
    } else if (CLOSING[letter]) open.push(CLOSING[letter]);
    else if (letter === open.at(-1)) open.pop();
    else if (open.length === 0 && (letter === ' ' || letter === '\t')) return at;
  }
  return open.length === 0 ? line.length : undefined;
}

/** Where the quote is that closes the one at `from`. */
function quoteEnd(line: string, from: number): number | undefined {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === '"') return at;
  }
  return undefined;
}
