/**
 * Bugs of what is written down: the outbox, logs, and the turn loop that records before it acts.
 */
import { cutOut, type Planted } from './planted.ts';

const LOOP = 'actors/turn-loop.ts';
const TAKEOVER = 'actors/takeover.ts';
const OUTBOX = 'actors/outbox.ts';
const PEER = 'actors/peer.ts';
const SHIPPING = 'actors/log-shipping.ts';

export const records: readonly Planted[] = [
  {
    name: 'acts-before-the-record',
    rules: ['A5'],
    says: 'effects run when they are decided, before the record of their turn',
    edits: [
      {
        file: 'actors/turn.ts',
        find: `    this.effects.push(effect);`,
        put: `    this.actNow(effect);`,
      },
    ],
  },
  {
    name: 'acts-out-of-order',
    rules: ['A5'],
    says: 'a turn that records nothing acts before those under way',
    edits: [
      {
        file: LOOP,
        find: `while (this.#underWay[0]?.recorded) {
        if (!this.#perform(this.#underWay[0])) return;`,
        put: `for (;;) {
        const turn = this.#underWay.find(({ recorded }) => recorded);
        if (!turn || !this.#perform(turn)) return;`,
      },
      {
        file: LOOP,
        find: `this.#underWay.shift();`,
        put: `this.#underWay.splice(this.#underWay.indexOf(turn), 1);`,
      },
    ],
  },
  {
    name: 'view-without-layers',
    rules: [],
    says: 'a turn does not see what the turns before have decided and the disk has not',
    edits: [
      {
        file: 'actors/view.ts',
        find: `return layer ? layer.writes.get(key) : store.get(key);`,
        put: `return layer === layers[0] && layer ? layer.writes.get(key) : store.get(key);`,
      },
    ],
  },
  {
    name: 'failed-append-ignored',
    rules: [],
    says: 'a node goes on when a turn could not be recorded',
    edits: [
      {
        file: LOOP,
        find: `      (error: unknown) => this.#fail(error),`,
        put: `      () => {
        this.#appending--;
        this.#position -= turn.entries.length;
        turn.recorded = true;
        this.#act();
        this.#rearm();
      },`,
      },
    ],
  },
  {
    name: 'acknowledged-before-durable',
    rules: ['A4', 'R5'],
    says: 'an ending is acknowledged before the controller has it on disk',
    edits: [
      {
        file: PEER,
        find: `recorded: waits ? this.row.recorded : this.durableRecorded,`,
        put: `recorded: this.row.recorded,`,
      },
      {
        file: PEER,
        find: `return !isSamePlace(this.durableRecorded, this.row.recorded) || this.#undurable.size > 0;`,
        put: `return false;`,
      },
    ],
  },
  {
    name: 'logs-acknowledged-before-durable',
    rules: ['A17'],
    says: 'log bytes are acknowledged before the controller has them on disk',
    edits: [
      {
        file: PEER,
        find: `length: waits ? length : durable,`,
        put: `length: Math.max(length, durable),`,
      },
      {
        file: PEER,
        find: `return !isSamePlace(this.durableRecorded, this.row.recorded) || this.#undurable.size > 0;`,
        put: `return !isSamePlace(this.durableRecorded, this.row.recorded);`,
      },
    ],
  },
  {
    name: 'forgotten-with-half-its-log',
    rules: ['A17', 'R5'],
    says: 'an agent is told to forget an attempt whose log is not complete',
    edits: [
      cutOut(
        PEER,
        `      if (ended.logLength > 0 && logLengthOf(ended.fence) < ended.logLength) continue;\n`,
      ),
    ],
  },
  {
    name: 'outbox-with-holes',
    rules: ['A18'],
    says: 'an ending is taken over although the one before it is missing',
    edits: [
      {
        file: TAKEOVER,
        find: `if (entry.after !== null && isAfter(entry.after, recorded)) {`,
        put: `if (entry.after !== null && entry.place.n < 0) {`,
      },
    ],
  },
  {
    name: 'places-used-again',
    rules: ['A18'],
    says: 'the places of the outbox begin again after a restart',
    edits: [
      {
        file: OUTBOX,
        find: `const n = this.#last?.boot === this.#boot ? this.#last.n + 1 : 1;
    const whole: OutboxEntry = { place: { boot: this.#boot, n }, after: this.#last, ...entry };`,
        put: `const boot = Math.ceil(this.#boot / 1_000);
    const n = this.#last?.boot === boot && this.#added ? this.#last.n + 1 : 1;
    this.#added = true;
    const whole: OutboxEntry = { place: { boot, n }, after: null, ...entry };`,
      },
      { file: OUTBOX, find: `  #sent = 0;\n`, put: `  #sent = 0;\n  #added = false;\n` },
    ],
  },
  {
    name: 'outbox-sent-once',
    rules: ['A18', 'B1'],
    says: 'what was sent from the outbox and lost on the way is not sent again',
    edits: [
      {
        file: OUTBOX,
        find: `  rewind(): void {
    this.#left = null;
    this.#sent = 0;
    this.#sentBytes = 0;
  }`,
        put: `  rewind(): void {}`,
      },
    ],
  },
  {
    name: 'outbox-cleared-with-the-link',
    rules: ['A18'],
    says: 'endings that an older controller life has acknowledged are dropped unseen',
    edits: [
      {
        file: OUTBOX,
        find: `while (gone < this.#entries.length && !isAfter(this.#entries[gone]!.entry.place, place)) {`,
        put: `while (gone < this.#entries.length && gone < Math.max(1, place.n)) {`,
      },
    ],
  },
  {
    name: 'log-byte-twice',
    rules: [],
    says: 'a log chunk that overlaps what is there is written one byte too early',
    edits: [
      {
        file: TAKEOVER,
        find: `const fresh = chunk.bytes.subarray(length - chunk.offset);`,
        put: `const fresh = chunk.bytes.subarray(Math.max(0, length - chunk.offset - 1));`,
      },
    ],
  },
  {
    name: 'log-with-holes',
    rules: [],
    says: 'a log chunk is written although what precedes it is missing',
    edits: [
      {
        file: TAKEOVER,
        find: `const fresh = chunk.bytes.subarray(length - chunk.offset);
    if (chunk.offset > length || fresh.length === 0)`,
        put: `const fresh = chunk.bytes.subarray(Math.max(0, length - chunk.offset));
    if (fresh.length === 0)`,
      },
    ],
  },
  {
    name: 'log-not-asked-again',
    rules: ['A17'],
    says: 'on a new link an agent believes what it knew of the logs at the controller',
    isScripted: true,
    edits: [
      {
        file: SHIPPING,
        find: `  relink(): void {
    this.rewind();
    for (const shipment of this.#shipments.values()) {
      shipment.acked = 0;
      shipment.sent = 0;
      shipment.known = false;
    }
  }`,
        put: `  relink(): void {
    this.rewind();
  }`,
      },
    ],
  },
  {
    name: 'commands-answered-early',
    rules: ['A5'],
    says: 'a command is answered before it is on disk',
    edits: [
      {
        file: 'actors/commands.ts',
        find: `turn.act({ kind: 'reply', ticket, value: this.#decide(command) });`,
        put: `turn.actNow({ kind: 'reply', ticket, value: this.#decide(command) });`,
      },
    ],
  },
];
