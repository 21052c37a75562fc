/**
 * Bugs of the link: numbers, repeats, what dies with it, and what a report proves.
 */
import { addTo, cutOut, type Planted } from './planted.ts';

const CONNECTION = 'actors/agent-connection.ts';
const TAKEOVER = 'actors/takeover.ts';
const REQUESTS = 'actors/requests.ts';
const SENDING = 'actors/sending.ts';
const INTAKE = 'actors/intake.ts';
const TABLE = 'machines/reconciliation.ts';

export const links: readonly Planted[] = [
  {
    name: 'requests-carried-over',
    rules: ['R3', 'A1'],
    says: 'what a link left unanswered is asked again of the next boot',
    edits: [
      addTo(
        REQUESTS,
        `    return this.#open.size > 0 || this.hasUnsent;
  }
`,
        `
  get unanswered(): readonly RequestBody[] {
    return [...this.#open.values()].map(({ request: { n, ...body } }) => body as RequestBody);
  }
`,
      ),
      {
        file: 'actors/peer.ts',
        find: `    this.requests = new Requests(Math.max(this.requests.link, above) + 1, everyMs);
    this.#sent = 0;
    this.requests.add({ kind: 'report' });`,
        put: `    const { unanswered } = this.requests;
    this.requests = new Requests(Math.max(this.requests.link, above) + 1, everyMs);
    this.#sent = 0;
    this.requests.add({ kind: 'report' });
    for (const body of unanswered) if (body.kind !== 'report') this.requests.add(body);`,
      },
      addTo(
        CONNECTION,
        `    const peer = new Peer(row, frame.beat, at, this.#owing, sameStore ? before : undefined);\n`,
        `    peer.requests = before?.requests ?? peer.requests;\n`,
      ),
    ],
  },
  {
    name: 'first-part-is-the-report',
    rules: ['R4', 'A2'],
    says: 'a report that comes in parts counts before it is whole',
    edits: [
      {
        file: TAKEOVER,
        find: `return last !== undefined && parts.length === last + 1;`,
        put: `return parts.length > 0;`,
      },
      {
        file: 'actors/report-parts.ts',
        find: `const TASKS_PER_PART = 2_000;`,
        put: `const TASKS_PER_PART = 1;`,
      },
    ],
  },
  {
    name: 'no-verdict-for-what-is-absent',
    rules: ['R4'],
    says: 'what the report does not name is left as it is',
    edits: [
      {
        file: 'actors/reconciliation.ts',
        find: `for (const birth of [...subs.onAgent(peer.row.id), ...subs.heldBy(peer.row.id)]) {`,
        put: `for (const birth of [] as number[]) {`,
      },
    ],
  },
  {
    name: 'foreign-work-runs-on',
    rules: ['R4'],
    says: 'what an agent runs and nobody asked for is not killed',
    isScripted: true,
    edits: [
      {
        file: TABLE,
        find: `unknown: cell('kill', 'foreign: nobody here asked for it'),`,
        put: `unknown: none,`,
      },
      {
        file: TABLE,
        find: `later: cell('kill', 'another attempt has taken its place', 'hold'),`,
        put: `later: none,`,
      },
    ],
  },
  {
    name: 'repeated-when-suspect-only',
    rules: ['R14', 'B1'],
    says: 'a request is sent again only to an agent that has fallen silent, and gaps are not told',
    edits: [
      {
        file: SENDING,
        find: `const at = peer.row.state === 'present' ? peer.requests.repeatAt() : null;`,
        put: `const silentMs = this.#ground.loop.turn.at - (peer.word?.at ?? -Infinity);
    const at = silentMs > 12_000 ? peer.requests.repeatAt() : null;`,
      },
      {
        file: INTAKE,
        find: `if (frame.sent < this.#next || at - this.#missedAt < MISSED_EVERY_MS) return answers;`,
        put: `if (at >= 0) return answers;`,
      },
    ],
  },
  {
    name: 'repeated-by-the-word-clock',
    rules: ['R14'],
    says: 'a request is sent again period + delay after the last word, not after its first sending',
    edits: [
      {
        file: SENDING,
        find: `const at = peer.row.state === 'present' ? peer.requests.repeatAt() : null;`,
        put: `const next = peer.row.state === 'present' ? peer.requests.repeatAt() : null;
    const { periodMs, delayMs } = this.#ground.config.timing;
    const at = next === null ? null : Math.max(next, (peer.word?.at ?? 0) + periodMs + delayMs);`,
      },
    ],
  },
  {
    name: 'applied-as-often-as-it-comes',
    rules: ['R5', 'A4'],
    says: 'a request that comes again is carried out again',
    isScripted: true,
    edits: [
      cutOut(INTAKE, `    if (kept && request.kind !== 'report') return kept.answers;\n`),
      {
        file: 'actors/task.ts',
        find: `if (!this.#rows.has(name) && !this.#alive.has(name)) {`,
        put: `if (!this.#alive.has(name)) {`,
      },
    ],
  },
  {
    name: 'gaps-are-skipped',
    rules: ['B1'],
    says: 'a request that comes too early is applied, and the missing ones are never',
    isScripted: true,
    edits: [
      {
        file: INTAKE,
        find: `if (n > this.#next) return [{ n, kind: 'gap', next: this.#next }];`,
        put: `if (n > this.#next) this.#next = n;`,
      },
    ],
  },
  {
    name: 'older-link-heeded',
    rules: ['R3'],
    says: 'an agent heeds frames of an older link of the same term',
    isScripted: true,
    edits: [
      {
        file: INTAKE,
        find: `if (frame.term < this.#term || (frame.term === this.#term && frame.link < this.#link))`,
        put: `if (frame.term < this.#term)`,
      },
      {
        file: INTAKE,
        find: `if (frame.term > this.#term || frame.link > this.#link) {`,
        put: `if (frame.term !== this.#term || frame.link !== this.#link) {`,
      },
    ],
  },
  {
    name: 'links-from-one',
    rules: ['R3', 'B9'],
    says: 'the links of a term have the numbers that they had in a future which the store has lost',
    isScripted: true,
    edits: [
      {
        file: CONNECTION,
        find: `peer?.openLink(this.#timing.everyMs(peer.row), this.#ground.births);`,
        put: `peer?.openLink(this.#timing.everyMs(peer.row), 0);`,
      },
    ],
  },
  {
    name: 'opening-lost-for-good',
    rules: ['B4'],
    says: 'the request that opens a link is sent once',
    edits: [
      cutOut(
        CONNECTION,
        `      if (peer.requests.waitingMs(turn.at) >= OPENING_EVERY_MS) this.repeatFrom(peer, 1);\n`,
      ),
      {
        file: SENDING,
        find: `const at = peer.row.state === 'present' ? peer.requests.repeatAt() : null;`,
        put: `const at = peer.requests.settled > 0 ? peer.requests.repeatAt() : null;`,
      },
    ],
  },
  {
    name: 'reconciling-extended-by-words',
    rules: ['B8'],
    says: 'an agent that speaks and never reports is waited for without end',
    edits: [
      {
        file: 'machines/agent-connection.ts',
        find: `          actions: 'hear',
          description: 'Heard, but a word is no report: it does not extend.',`,
        put: `          actions: ['hear', 'beginReconciling', 'armReport'],
          description: 'Heard, but a word is no report: it does not extend.',`,
      },
    ],
  },
  {
    name: 'deaf-looks-healthy',
    rules: ['B3'],
    says: 'an agent that says it hears nothing counts as connected',
    edits: [
      {
        file: CONNECTION,
        find: `const deaf = frame.deaf && this.hearing.forMs(turn.at) > this.#timing.everyMs(peer.row);`,
        put: `const deaf = false as boolean;`,
      },
    ],
  },
];
