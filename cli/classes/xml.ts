/**
 * The source system's process classes:
 *
 *   <process_class max_processes="10" timeout="300">
 *     <remote_schedulers select="next">
 *       <remote_scheduler remote_scheduler="http://127.0.0.2:4445"
 *                         http_heartbeat_period="10" http_heartbeat_timeout="60"/>
 *     </remote_schedulers>
 *   </process_class>
 *
 * One is the file, or several stand anywhere below a root of any name. A class is called as its `name` says,
 * else as its file: fast.xml, fast.process_class.xml. Times are seconds.
 */
import { basename } from 'node:path';
import type { ClassValue, Told, ToldClass } from './told.ts';
import { flawAt } from './told.ts';
import { AGENTS, classElements, type Element } from './xml-elements.ts';

/** Both spellings of one value. */
const PERIOD = ['http_heartbeat_period', 'heartbeat_period'] as const;
const TIMEOUT = ['http_heartbeat_timeout', 'heartbeat_timeout'] as const;

/**
 * The classes of an XML file.
 *
 * @param file as its reader knows it
 * @throws {CommandFailed} one sentence with file and line
 */
export function classesOfXml(bytes: Uint8Array, file: string): readonly ToldClass[] {
  const found = classElements(bytes, file);
  if (found.length === 0) throw flawAt(`${file}:1`, 'There is no <process_class> in this file.');
  const own = found.length > 1 ? undefined : nameOfFile(file);
  return found.map((element) => {
    const name = element.attributes.get('name')?.text ?? own;
    if (name !== undefined) return toldOf(element, name);
    throw flawAt(element.where, 'One of several <process_class> needs a name, as name="fast".');
  });
}

/** `conf/fast.process_class.xml` is about `fast`. */
const nameOfFile = (file: string) => basename(file).replace(/(\.process_class)?\.xml$/i, '');

function toldOf(element: Element, name: string): ToldClass {
  const { where, attributes } = element;
  const legacy = attributes.get('remote_scheduler');
  const [list, second] = element.children;
  if (second) throw flawAt(second.where, `A <process_class> has one <${AGENTS}>, not several.`);
  if (legacy && list) {
    throw flawAt(
      legacy.where,
      `Name agents in <${AGENTS}> or in the attribute remote_scheduler, not in both.`,
    );
  }
  const agents = legacy
    ? { where: legacy.where, names: [legacy] }
    : list && { where: list.where, names: list.children.map(nameOf) };
  const values: Partial<Record<ClassValue, Told>> = {};
  const set = (key: ClassValue, told: Told | undefined) => {
    if (told) values[key] = told;
  };
  set('select', eitherOf(attributes.get('select'), list?.attributes.get('select')));
  set('max-processes', attributes.get('max_processes'));
  set('wait', attributes.get('timeout'));
  const timing = timingOf(element, list?.children ?? []);
  set('period', timing.period);
  set('timeout', timing.timeout);
  return { name, where, values, agents };
}

function nameOf({ attributes, where }: Element): Told {
  const name = attributes.get('remote_scheduler');
  if (name) return name;
  throw flawAt(
    where,
    'A <remote_scheduler> needs its address, as remote_scheduler="http://host:4445".',
  );
}

interface Timing {
  readonly period: Told | undefined;
  readonly timeout: Told | undefined;
}

/** In the source each agent has a timing of its own; here it is that of the class, so all must agree. */
function timingOf(element: Element, agents: readonly Element[]): Timing {
  const common = heartbeatOf(element);
  const [first, ...others] = agents.map((agent) => {
    const own = heartbeatOf(agent);
    return { where: agent.where, timing: (own.period ?? own.timeout) ? own : common };
  });
  const odd = first && others.find(({ timing }) => !isSame(timing, first.timing));
  if (!odd) return first?.timing ?? common;
  throw flawAt(
    odd.where,
    'All agents of a process class have one heartbeat period and timeout: write the same at each of them, or put this one into a class of its own.',
  );
}

const heartbeatOf = ({ attributes }: Element): Timing => ({
  period: eitherOf(...PERIOD.map((name) => attributes.get(name))),
  timeout: eitherOf(...TIMEOUT.map((name) => attributes.get(name))),
});

const isSame = (one: Timing, other: Timing) =>
  one.period?.text === other.period?.text && one.timeout?.text === other.timeout?.text;

/** One value that may be written in two ways, but only in one of them. */
function eitherOf(...told: readonly (Told | undefined)[]): Told | undefined {
  const [first, second] = told.filter((each) => each !== undefined);
  if (first === undefined || second === undefined) return first;
  const [one, other] = [first.word, second.word];
  const what =
    one === other ? `The attribute ${one} is` : `The attributes ${one} and ${other} are one value,`;
  throw flawAt(second.where, `${what} written twice; leave one of them out.`);
}
