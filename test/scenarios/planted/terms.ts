/**
 * Bugs of terms: what a controller knows when it begins, how long it may speak, what it hears.
 */
import { cutOut, type Planted } from './planted.ts';

const CONNECTION = 'actors/agent-connection.ts';
const BOOT = 'actors/boot.ts';
const TERM = 'actors/term.ts';
const HEARING = 'actors/hearing.ts';

export const terms: readonly Planted[] = [
  {
    name: 'silence-from-the-record',
    rules: ['R12', 'A11'],
    says: 'a new term counts the silence of its agents from what the last one wrote down',
    edits: [
      {
        file: CONNECTION,
        find: `const heardAt = turn.at + this.#ground.config.termLeaseMs;`,
        put: `const heardAt = known.bootAt;`,
      },
      {
        file: CONNECTION,
        find: `    if (begins) {\n`,
        put: `    if (begins && at < 0) {\n`,
      },
    ],
  },
  {
    name: 'older-term-heeded',
    rules: ['R12'],
    says: 'an agent heeds frames of a term that is over',
    isScripted: true,
    edits: [
      {
        file: BOOT,
        find: `return controllerId !== meta.controllerId || term >= meta.term;`,
        put: `return controllerId !== meta.controllerId || term >= 0;`,
      },
      {
        file: 'actors/intake.ts',
        find: `if (frame.term < this.#term || (frame.term === this.#term && frame.link < this.#link))`,
        put: `if (frame.term === this.#term && frame.link < this.#link)`,
      },
      {
        file: 'actors/intake.ts',
        find: `if (frame.term > this.#term || frame.link > this.#link) {`,
        put: `if (frame.term !== this.#term || frame.link > this.#link) {`,
      },
    ],
  },
  {
    name: 'superseded-speaks-on',
    rules: ['R13', 'A12'],
    says: 'a controller goes on renewing leases when another may have taken over',
    isScripted: true,
    edits: [
      {
        file: TERM,
        find: `return termLeaseMs === 0 || this.loop.fresh() - this.loop.provenAt() < termLeaseMs;`,
        put: `return termLeaseMs === 0 || this.loop.fresh() - this.loop.provenAt() >= 0;`,
      },
    ],
  },
  {
    name: 'successor-does-not-wait',
    rules: ['R13', 'A12'],
    says: 'a new term does not allow for what the last one may still have echoed',
    edits: [
      {
        file: CONNECTION,
        find: `const heardAt = turn.at + this.#ground.config.termLeaseMs;`,
        put: `const heardAt = turn.at;`,
      },
    ],
  },
  {
    name: 'judged-unheard',
    rules: ['B3', 'C11'],
    says: 'a controller that was blocked judges before it has read what was said meanwhile',
    edits: [
      {
        file: CONNECTION,
        find: `if (what !== 'probe') this.hearing.wait(name, turn.at);`,
        put: `if (what !== 'probe') return this.#judge(name, true);`,
      },
      {
        file: TERM,
        find: `this.loop = new TurnLoop({ ...options, logic: this, first: 'inbox' });`,
        put: `this.loop = new TurnLoop({ ...options, logic: this, first: 'deadlines' });`,
      },
    ],
  },
  {
    name: 'judged-while-deaf',
    rules: ['B3'],
    says: 'a controller that was away from its broker counts the silence of that time',
    edits: [
      {
        file: CONNECTION,
        find: `    if (begins) {\n`,
        put: `    if (begins && at < 0) {\n`,
      },
      {
        file: HEARING,
        find: `if (sentAt <= this.#awayAt) return { begins: false, inTime: false, judged: [] };`,
        put: `void this.#awayAt;`,
      },
      {
        file: HEARING,
        find: `const inTime = at - sentAt <= this.#withinMs;`,
        put: `const inTime = at - sentAt <= Infinity;`,
      },
      {
        file: CONNECTION,
        find: `if (what !== 'probe') this.hearing.wait(name, turn.at);`,
        put: `if (what !== 'probe') return this.#judge(name, true);`,
      },
    ],
  },
  {
    name: 'higher-term-ignored',
    rules: ['B9'],
    says: 'a controller whose store went back in time does not take a higher term',
    isScripted: true,
    edits: [
      {
        file: CONNECTION,
        find: `if (frame.term > term && frame.controllerId === controllerId) throw new TermTooLow(frame);`,
        put: `if (frame.term > term && frame.controllerId === controllerId) return;`,
      },
    ],
  },
  {
    name: 'gap-not-taken',
    rules: ['A18', 'B9'],
    says: 'a controller whose store went back in time waits for endings that nobody has any more',
    edits: [
      cutOut(
        'actors/takeover.ts',
        `    this.#connections.save(peer, { recorded: oldest, gap: true });\n`,
      ),
    ],
  },
  {
    name: 'same-term-again',
    rules: ['R12'],
    says: 'a controller begins under the term it had before',
    edits: [
      {
        file: 'actors/next-term.ts',
        find: `term: Math.max(before?.term ?? 0, known) + 1,`,
        put: `term: Math.max(before?.term ?? 1, known),`,
      },
    ],
  },
  {
    name: 'suspicious-one-ms-early',
    rules: ['R14'],
    says: 'silence of exactly period + delay makes suspect',
    edits: [
      {
        file: 'machines/agent-connection.ts',
        find: `return heardAt + suspectAfterMs(timing) + 1;`,
        put: `return heardAt + suspectAfterMs(timing);`,
      },
    ],
  },
  {
    name: 'bare-beats-only',
    rules: ['R14'],
    says: 'only a frame without content counts as a sign of life',
    edits: [
      {
        file: CONNECTION,
        find: `    this.#charts.send(peer.row.id, { type: 'word', at: turn.at, deaf });`,
        put: `    const { answers, progress, outbox, logs } = frame;
    if (answers.length + progress.length + outbox.length + logs.length === 0)
      this.#charts.send(peer.row.id, { type: 'word', at: turn.at, deaf });`,
      },
    ],
  },
];
