/**
 * The elements of the source system's process classes, each attribute with its line; whatever does not
 * belong there is refused.
 *
 *   process_class ─▶ remote_schedulers ─▶ remote_scheduler …        around them: anything
 *
 * The parser knows the five entities of XML and no others, and opens no other file.
 */
import { SaxesParser } from 'saxes';
import { nearest } from '../../actors/nearest.ts';
import { flawAt, type Told } from './told.ts';

export interface Element {
  readonly tag: string;
  readonly where: string;
  readonly attributes: ReadonlyMap<string, Told>;
  readonly children: Element[];
  /** A process class, or within one. */
  readonly isOfClass: boolean;
}

export const CLASS = 'process_class';
export const AGENTS = 'remote_schedulers';
export const AGENT = 'remote_scheduler';

const HEARTBEAT = [
  'http_heartbeat_period', 'http_heartbeat_timeout', 'heartbeat_period', 'heartbeat_timeout',
]; // prettier-ignore

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  [CLASS]: ['name', 'max_processes', 'select', 'timeout', AGENT, ...HEARTBEAT],
  [AGENTS]: ['select'],
  [AGENT]: [AGENT, ...HEARTBEAT],
};

const CHILD: Readonly<Record<string, string>> = { [CLASS]: AGENTS, [AGENTS]: AGENT };

/** Every process class of a file. @throws {CommandFailed} one sentence with file and line */
export function classElements(bytes: Uint8Array, file: string): readonly Element[] {
  const parser = new SaxesParser();
  const here = () => `${file}:${parser.line}`;
  const found: Element[] = [];
  const open: Element[] = [];
  let where = here();
  let attributes = new Map<string, Told>();
  parser.on('opentagstart', () => {
    // The character behind the name has been read: it may have been the end of the line.
    where = `${file}:${parser.line - (parser.column === 0 ? 1 : 0)}`;
    attributes = new Map();
  });
  parser.on('attribute', ({ name, value }) => {
    attributes.set(name, { text: value, word: name, where: here() });
  });
  parser.on('opentag', ({ name: tag }) => {
    const parent = open.at(-1);
    const isWithin = parent?.isOfClass === true;
    const element = { tag, where, attributes, children: [], isOfClass: isWithin || tag === CLASS };
    if (element.isOfClass) checkElement(element, isWithin ? parent : undefined);
    if (isWithin) parent.children.push(element);
    else if (element.isOfClass) found.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  const refuseText = (words: string) => {
    const within = open.at(-1);
    const text = words.trim();
    if (within?.isOfClass !== true || text === '') return;
    const shown = JSON.stringify(text.slice(0, 40));
    throw flawAt(here(), `There is no text within <${within.tag}>; leave ${shown} out.`);
  };
  parser.on('text', refuseText);
  parser.on('cdata', refuseText);
  parser.on('error', (error) => {
    const message = error.message.replace(/^\d+:\d+: /, '').replace(/[.\s]*$/, '');
    throw flawAt(here(), `This is no well-formed XML: ${message}.`, error);
  });
  parser.write(textOf(bytes, file)).close();
  return found;
}

function checkElement({ tag, where, attributes }: Element, parent: Element | undefined): void {
  if (parent && CHILD[parent.tag] !== tag) {
    const child = CHILD[parent.tag];
    const hint = child === undefined ? 'it has no elements.' : `it may have <${child}>.`;
    throw flawAt(where, `<${tag}> does not belong into <${parent.tag}>; ${hint}`);
  }
  const known = ATTRIBUTES[tag]!;
  for (const [name, told] of attributes) {
    // Namespaces of schemas are of no interest here.
    if (known.includes(name) || /^xmlns$|:/.test(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? `known are ${known.join(', ')}.` : `do you mean "${meant}"?`;
    throw flawAt(told.where, `<${tag}> has no attribute "${name}"; ${hint}`);
  }
}

/** In the encoding that the file says of itself; UTF-8 if it says none. */
function textOf(bytes: Uint8Array, file: string): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const [, encoding = 'utf-8'] =
    /^(?:\xEF\xBB\xBF)?<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)/.exec(head) ?? [];
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    const said = JSON.stringify(encoding.slice(0, 40));
    throw flawAt(`${file}:1`, `The file is not in ${said}; save it in UTF-8.`, error);
  }
}
