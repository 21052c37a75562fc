/**
 * What somebody with a key of their own, or with none, may try against the server. Every attack says how it
 * is met: `denied` (the server names the violation), `ended` (it closes the connection), or `void` (it is
 * taken as what it is allowed to be, and nothing else comes of it).
 */
import { publication, publicationWith, subscription } from './raw-nats.ts';

/** Those who have a key: an agent and a client. `own`: the one subject they may publish to. */
export const INSIDERS = {
  a1: { own: 'acme.from.a1', hears: 'acme.to.a1' },
  ops: { own: 'acme.control.ops', hears: 'acme.reply.ops' },
} as const;
export type Insider = keyof typeof INSIDERS;

export interface Attack {
  readonly name: string;
  readonly met: 'denied' | 'ended' | 'void';
  /** What is written to the socket. */
  readonly wire: string | Uint8Array;
}

/** Subjects that none of the two may publish to, if it is not their own. */
const PUBLISHED: readonly (readonly [what: string, subject: string])[] = [
  ['as another agent', 'acme.from.a2'],
  ['as an agent', 'acme.from.a1'],
  ['as the controller to another agent', 'acme.to.a2'],
  ['as the controller to oneself', 'acme.to.a1'],
  ['a probe of the controller', 'acme.probe.c1'],
  ['a claim of the namespace', 'acme.claim'],
  ['an answer to a client', 'acme.reply.ops'],
  ['an answer to another client', 'acme.reply.bob'],
  ['a request as a client', 'acme.control.ops'],
  ['a request as another client', 'acme.control.bob'],
  ['a request under the name of an agent', 'acme.control.a1'],
  ['a public event', 'acme.feed.job.thumbs'],
  ['to the inbox of somebody', '_INBOX.abc.1'],
  ['to the inbox of the controller', '_INBOX_controller.1'],
  ['a question to the system', '$SYS.REQ.SERVER.PING'],
  ['an event of the system', '$SYS.ACCOUNT.$G.CONNECT'],
  ['to JetStream', '$JS.API.INFO'],
  ['the making of a stream', '$JS.API.STREAM.CREATE.ACME'],
  ['an acknowledgement of JetStream', '$JS.ACK.ACME.c.1.1.1.1.0'],
  ['to a bucket of keys', '$KV.acme.a1'],
  ['to an object store', '$O.acme.C.x'],
  ['to all agents by a wildcard', 'acme.to.*'],
  ['as all agents by a wildcard', 'acme.from.*'],
  ['across the kinds by a wildcard', 'acme.*.a2'],
  ['to everything in the namespace', 'acme.>'],
  ['to everything', '>'],
  ['below one’s own subject', 'acme.from.a1.x'],
  ['below one’s own subject of a client', 'acme.control.ops.x'],
  ['above the subjects', 'acme.from'],
  ['in capitals', 'ACME.TO.A2'],
  ['with one capital', 'acme.to.A2'],
  ['with a Cyrillic letter', 'acme.to.\u04302'],
  ['with a space of no width', 'acme.to.a2\u200b'],
  ['with half a character', 'acme.to.a2\ud800'],
  ['with a dot behind', 'acme.to.a2.'],
  ['with a dot before', '.acme.to.a2'],
  ['with an empty part', 'acme..to.a2'],
  ['with NUL', 'acme.to.a2\u0000'],
  ['with a tab between', '\tacme.to.a2\t'],
  ['into another namespace', 'lifeline.to.a2'],
  ['as oneself into another namespace', 'lifeline.from.a1'],
  ['into a namespace that begins alike', 'acme2.to.a2'],
];

/** What none of the two may listen to, if it is not meant for them. */
const SUBSCRIBED: readonly (readonly [what: string, pattern: string, queue?: string])[] = [
  ['everything', '>'],
  ['everything of one part', '*'],
  ['everything of three parts', '*.*.*'],
  ['the namespace', 'acme.>'],
  ['every agent', 'acme.to.*'],
  ['another agent', 'acme.to.a2'],
  ['an agent', 'acme.to.a1'],
  ['what agents say', 'acme.from.*'],
  ['what one agent says', 'acme.from.a2'],
  ['what oneself says', 'acme.from.a1'],
  ['what clients ask', 'acme.control.*'],
  ['what one client asks', 'acme.control.bob'],
  ['what is answered to anybody', 'acme.reply.*'],
  ['what is answered to another', 'acme.reply.bob'],
  ['probes', 'acme.probe.*'],
  ['claims', 'acme.claim'],
  ['all feeds of all namespaces', '*.feed.>'],
  ['inboxes', '_INBOX.>'],
  ['one inbox', '_INBOX.abc.*'],
  ['the system', '$SYS.>'],
  ['JetStream', '$JS.>'],
  ['the agent of any namespace', '*.to.a2'],
  ['an agent by a wildcard before', 'acme.*.a2'],
  ['below an agent', 'acme.to.a2.>'],
  ['another namespace', 'lifeline.to.a1'],
  ['another agent, as one of a group', 'acme.to.a2', 'group'],
  ['what agents say, as one of a group', 'acme.from.*', 'group'],
  ['what clients ask, as one of a group', 'acme.control.*', 'group'],
  ['what is answered to another, as one of a group', 'acme.reply.bob', 'group'],
  ['probes, as one of a group', 'acme.probe.*', 'group'],
];

/** Attacks on the protocol itself, from a subject that is allowed. */
const protocolAttacks = (own: string): readonly Attack[] => [
  {
    name: 'an allowed message whose answer shall go to another agent',
    met: 'void',
    wire: publication(own, 'evil', 'acme.to.a2'),
  },
  {
    name: 'an allowed message whose answer shall go to the system',
    met: 'void',
    wire: publication(own, 'evil', '$SYS.REQ.SERVER.PING'),
  },
  {
    name: 'a trace of an allowed message to another agent',
    met: 'ended',
    wire: publicationWith({ 'Nats-Trace-Dest': 'acme.to.a2' }, own, 'evil'),
  },
  {
    name: 'a message id',
    met: 'ended',
    wire: publicationWith({ 'Nats-Msg-Id': 'of-another' }, own, 'evil'),
  },
  {
    name: 'a rollup',
    met: 'ended',
    wire: publicationWith({ 'Nats-Rollup': 'all' }, own, 'evil'),
  },
  { name: 'a payload over the limit', met: 'ended', wire: publication(own, 'x'.repeat(1_048_577)) },
  { name: 'a payload of less than nothing', met: 'ended', wire: `PUB ${own} -1\r\n\r\n` },
  {
    name: 'a size that no number holds',
    met: 'ended',
    wire: `PUB ${own} 99999999999999999999\r\n`,
  },
  { name: 'a size that is none', met: 'ended', wire: `PUB ${own} five\r\nevil!\r\n` },
  { name: 'a message without a size', met: 'ended', wire: `PUB ${own}\r\nevil\r\n` },
  { name: 'more payload than was said', met: 'ended', wire: `PUB ${own} 2\r\nevil\r\n` },
  {
    name: 'a subject with a line end in it',
    met: 'ended',
    wire: publication(`${own}\r\nPUB acme.to.a2`, 'evil'),
  },
  { name: 'a verb in small letters', met: 'denied', wire: 'pub acme.to.a2 4\r\nevil\r\n' },
  { name: 'lines that end in LF alone', met: 'denied', wire: 'PUB acme.to.a2 4\nevil\r\n' },
  { name: 'a line without end', met: 'ended', wire: `PUB ${'a'.repeat(5_000)}` },
  {
    name: 'a message as a server delivers it',
    met: 'ended',
    wire: 'MSG acme.to.a2 1 4\r\nevil\r\n',
  },
  { name: 'a message as another server', met: 'ended', wire: 'RMSG $G acme.to.a2 4\r\nevil\r\n' },
  { name: 'a message as a leaf', met: 'ended', wire: 'LMSG acme.to.a2 4\r\nevil\r\n' },
  { name: 'an interest as another server', met: 'ended', wire: 'RS+ $G acme.to.a2\r\n' },
  { name: 'an interest as a leaf', met: 'ended', wire: 'LS+ acme.to.a2\r\n' },
  { name: 'HTTP', met: 'ended', wire: 'GET / HTTP/1.1\r\nHost: acme\r\n\r\n' },
  { name: 'TLS', met: 'ended', wire: Buffer.from('16030100fa010000f60303', 'hex') },
  { name: 'zeros', met: 'ended', wire: Buffer.alloc(65_536) },
  { name: 'bytes of all kinds', met: 'ended', wire: Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7919) % 256)) }, // prettier-ignore
];

/** All attacks for one who may publish to `own` and hear `hears`. */
export function attacksOf(insider: Insider): readonly Attack[] {
  const { own, hears } = INSIDERS[insider];
  return [
    ...PUBLISHED.filter(([, subject]) => subject !== own).map(([what, subject]) => ({
      name: `publish ${what}`,
      met: 'denied' as const,
      wire: publication(subject, 'evil'),
    })),
    ...SUBSCRIBED.filter(([, pattern]) => pattern !== hears).map(([what, pattern, queue]) => ({
      name: `hear ${what}`,
      met: 'denied' as const,
      wire: subscription(pattern, queue),
    })),
    ...protocolAttacks(own),
  ];
}
