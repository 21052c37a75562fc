/**
 * The source system's process classes in XML: that of its documentation is taken as it stands, and whatever
 * is wrong with one is said in one sentence with its line.
 */
import { describe, expect, it } from 'vitest';
import { completeClasses } from '../../../cli/classes/complete.ts';
import { classesOfXml } from '../../../cli/classes/xml.ts';
import type { ClassOptions } from '../../../machines/class-settings.ts';
import { defaultTiming } from '../../../machines/timing.ts';

function classesOf(text: string | Uint8Array, file = 'conf/fast.xml'): readonly ClassOptions[] {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const told = classesOfXml(bytes, file);
  return completeClasses(told, new Map(), defaultTiming).map(({ options }) => options);
}

const ONE = 'http://127.0.0.2:4445';

/** A class of one agent; `agent`: more of its attributes. */
const withAgent = (agent: string, more = '') =>
  `<process_class ${more}>\n<remote_schedulers>\n<remote_scheduler remote_scheduler="${ONE}" ${agent}/>\n</remote_schedulers>\n</process_class>`;

describe('a process class in XML', () => {
  it('is taken as the source system documents it', () => {
    const seed = `<?xml version="1.0" encoding="utf-8"?>
<process_class>
    <remote_schedulers>
        <remote_scheduler remote_scheduler="http://127.0.0.2:4445" http_heartbeat_period="10" http_heartbeat_timeout="60"/>
    </remote_schedulers>
</process_class>`;
    expect(classesOf(seed)).toEqual([
      { name: 'fast', agents: [ONE], periodMs: 10_000, timeoutMs: 60_000 },
    ]);
  });

  it.each([
    [
      'heartbeat_timeout="7200" heartbeat_period="120"',
      { periodMs: 120_000, timeoutMs: 7_200_000 },
    ],
    ['http_heartbeat_timeout="60"', { periodMs: 30_000, timeoutMs: 60_000 }],
    ['', {}],
  ])('of %j may be outlived by an outage of any length', (agent, timing) => {
    expect(classesOf(withAgent(agent))).toEqual([{ name: 'fast', agents: [ONE], ...timing }]);
  });

  it('has limits, a selection and a name', () => {
    const text = `<process_class name="big" max_processes="7" timeout="300">
      <!-- in turn -->
      <remote_schedulers select="next">
        <remote_scheduler remote_scheduler="http://a:1" heartbeat_timeout="20" heartbeat_period="10"/>
        <remote_scheduler remote_scheduler="HTTP://B:80/" heartbeat_timeout="20" heartbeat_period="10"/>
      </remote_schedulers>
    </process_class>`;
    expect(classesOf(text)).toEqual([
      {
        name: 'big', maxProcesses: 7, waitMs: 300_000, select: 'next', agents: ['http://a:1', 'http://b'],
        periodMs: 10_000, timeoutMs: 20_000,
      }, // prettier-ignore
    ]);
  });

  it.each([
    ['fixed_priority', 'first'],
    ['round_robin', 'next'],
    ['first', 'first'],
  ])('calls its selection %s, which is %s', (word, select) => {
    expect(classesOf(`<process_class select="${word}"/>`)).toEqual([{ name: 'fast', select }]);
  });

  it('has its one agent in an attribute, as of old', () => {
    const text = `<process_class remote_scheduler="http://h:4444" max_processes="0"/>`;
    expect(classesOf(text, 'slow.process_class.xml')).toEqual([
      { name: 'slow', agents: ['http://h:4444'], maxProcesses: 0 },
    ]);
  });

  it('stands beside others below any root', () => {
    const text = `<?xml version="1.0" encoding="ISO-8859-1"?>
      <spooler xmlns="http://s"><config x="\u00e9"><process_classes ignore="yes"> text
        <process_class name="a"/><process_class name="b"/>
      </process_classes></config></spooler>`;
    const names = classesOf(Buffer.from(text, 'latin1')).map(({ name }) => name);
    expect(names).toEqual(['a', 'b']);
  });
});

describe('a broken process class in XML', () => {
  it.each<readonly [string, string, string]>([
    ['an end that is missing', '<process_class>\n<remote_schedulers>', '2: This is no well-formed XML: '],
    ['an attribute without quotes', '<process_class\n select=first/>', '2: This is no well-formed XML: '],
    ['an attribute that comes twice', '<process_class\nselect="next"\nselect="next"/>', '3: This is no well-formed XML: duplicate attribute'],
    ['an entity of a document type', '<!DOCTYPE a [<!ENTITY e "x">]>\n<process_class name="&e;"/>', '2: This is no well-formed XML: undefined entity'],
    ['nothing', '', '1: This is no well-formed XML: document must contain a root element.'],
    ['another root', '<job/>', '1: There is no <process_class> in this file.'],
    ['a selection that is none', '<process_class\n  select="random"/>', `2: Attribute 'select' is not 'first' or 'next': "random".`],
    ['a selection of every object', '<process_class select="toString"/>', `1: Attribute 'select' is not`],
    ['a negative limit', '<process_class\nmax_processes="-1"/>', '2: max_processes must be a whole number from 0 to 1000000, not -1.'],
    ['a limit in words', '<process_class max_processes="many"/>', '1: max_processes must be a whole number from 0 to 1000000, not many.'],
    ['a wait of nothing', '<process_class\n\ntimeout="0"/>', '3: timeout must be more than zero, not 0.'],
    ['no agent', '<process_class>\n<remote_schedulers/>\n</process_class>', '2: A process class needs at least one agent'],
    ['an agent twice', '<process_class><remote_schedulers>\n<remote_scheduler remote_scheduler="http://a:80"/>\n<remote_scheduler remote_scheduler="http://A/"/></remote_schedulers></process_class>', '3: The agent http://A/ (http://a) is named twice in one process class: name it once.'],
    ['an agent without an address', '<process_class><remote_schedulers>\n<remote_scheduler/></remote_schedulers></process_class>', '2: A <remote_scheduler> needs its address'],
    ['an address that is no URI', '<process_class remote_scheduler="host:4445"/>', '1: The address of an agent must be a URI without a password'],
    ['a period without a timeout', withAgent('heartbeat_period="10"'), '3: heartbeat_period is of no use without a timeout'],
    ['a timeout between two periods', withAgent('heartbeat_period="10" heartbeat_timeout="61"'), '1: Process class fast: The heartbeat timeout must be a multiple (2 or more) of the period'],
    ['a timeout that is no number', withAgent('http_heartbeat_timeout="NaN"'), '3: http_heartbeat_timeout is no duration: "NaN"'],
    ['both spellings at once', withAgent('heartbeat_timeout="60"\nhttp_heartbeat_timeout="60"'), '3: The attributes http_heartbeat_timeout and heartbeat_timeout are one value, written twice'],
    ['an attribute that is mistyped', withAgent('http_hearbeat_timeout="60"'), '3: <remote_scheduler> has no attribute "http_hearbeat_timeout"; do you mean "http_heartbeat_timeout"?'],
    ['agents that disagree', '<process_class><remote_schedulers><remote_scheduler remote_scheduler="http://a" heartbeat_timeout="60"/>\n<remote_scheduler remote_scheduler="http://b" heartbeat_timeout="120"/></remote_schedulers></process_class>', '2: All agents of a process class have one heartbeat period and timeout'],
    ['an element that is none of its own', '<process_class>\n<remote_scheduler remote_scheduler="http://a"/></process_class>', '2: <remote_scheduler> does not belong into <process_class>; it may have <remote_schedulers>.'],
    ['a list that comes twice', '<process_class><remote_schedulers/>\n<remote_schedulers/></process_class>', '2: A <process_class> has one <remote_schedulers>, not several.'],
    ['agents in two ways', '<process_class remote_scheduler="http://a"><remote_schedulers/></process_class>', '1: Name agents in <remote_schedulers> or in the attribute'],
    ['words', '<process_class>\n first</process_class>', '2: There is no text within <process_class>; leave "first" out.'],
    ['several without names', '<a>\n<process_class/>\n<process_class/></a>', '2: One of several <process_class> needs a name'],
    ['one name twice', '<a><process_class name="x"/>\n<process_class name="x"/></a>', '2: The process class x is there twice: name it once.'],
    ['a name that is none', '<process_class name="a b"/>', '1: The name of a process class "a b" is not allowed'],
    ['an encoding that nobody knows', '<?xml version="1.0" encoding="klingon"?><process_class/>', '1: The file is not in "klingon"; save it in UTF-8.'],
  ])('%s is refused with its line', (_what, text, sentence) => {
    expect(() => classesOf(text)).toThrow(`conf/fast.xml:${sentence}`);
    expect(() => classesOf(text)).toThrow(/^[^\n]+[.?]$/);
  }); // prettier-ignore

  it('is refused when it is not what it says of its encoding', () => {
    expect(() => classesOf(Buffer.from('<process_class name="\u00e9"/>', 'latin1'))).toThrow(
      'conf/fast.xml:1: The file is not in "utf-8"; save it in UTF-8.',
    );
  });
});
