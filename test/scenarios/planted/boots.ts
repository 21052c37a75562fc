/**
 * Bugs in what boots are to each other: which one lives, whose frames count, who is let in under an id.
 */
import { addTo, cutOut, type Planted } from './planted.ts';

const CONNECTION = 'actors/agent-connection.ts';
const BOOT = 'actors/boot.ts';

export const boots: readonly Planted[] = [
  {
    name: 'lost-boot-renewed',
    rules: ['R1', 'A1'],
    says: 'a boot that counts as lost is answered, and its lease renewed',
    edits: [
      cutOut(
        CONNECTION,
        `    if (row.state !== 'present') return this.#notice(frame, 'gone', row.boot);\n`,
      ),
      {
        file: CONNECTION,
        find: `if (peer.row.state === 'lost' || this.#peers.get(peer.row.id) !== peer) continue;`,
        put: `if (this.#peers.get(peer.row.id) !== peer) continue;`,
      },
    ],
  },
  {
    name: 'boot-outlives-its-lease',
    rules: ['R1'],
    says: 'a boot kills its tasks when its lease is over, and goes on',
    edits: [
      {
        file: BOOT,
        find: `() => this.#end(LEASE_OVER, 0)`,
        put: `() => this.#tasks.killAll(LEASE_OVER)`,
      },
    ],
  },
  {
    name: 'frames-of-any-boot',
    rules: ['R2', 'A3'],
    says: 'an agent heeds frames that were meant for a boot before',
    isScripted: true,
    edits: [
      {
        file: BOOT,
        find: `if (agent !== id || storeId !== meta.storeId || boot !== meta.boot) return false;`,
        put: `if (agent !== id || storeId !== meta.storeId) return false;`,
      },
    ],
  },
  {
    name: 'older-boot-succeeds',
    rules: ['R2', 'A3'],
    says: 'a late frame of an older boot ends the present one',
    edits: [
      {
        file: CONNECTION,
        find: `if (frame.boot < row.boot) return this.#notice(frame, 'stale', row.boot);
    if (frame.boot > row.boot) return this.#succeed(peer, frame);`,
        put: `if (frame.boot !== row.boot) return this.#succeed(peer, frame);`,
      },
    ],
  },
  {
    name: 'other-store-let-in',
    rules: ['R2', 'A14'],
    says: 'a second process under an id is let in while the first may hold its lease',
    edits: [
      {
        file: CONNECTION,
        find: `if (row.storeId !== frame.storeId) return this.#otherStore(peer, frame);`,
        put: `if (row.storeId !== frame.storeId) return this.#succeed(peer, frame);`,
      },
    ],
  },
  {
    name: 'stale-not-heeded',
    rules: ['B9'],
    says: 'an agent whose store went back in time does not take a higher boot number',
    isScripted: true,
    edits: [cutOut(BOOT, `      this.#end('the boot number was used before', notice.known);\n`)],
  },
  {
    name: 'first-link-of-any-boot',
    rules: ['R2', 'B9'],
    says: 'a boot takes its first link from a frame that was meant for another boot of its number',
    isScripted: true,
    edits: [
      cutOut(BOOT, `    if (this.#intake.link === 0 && frame.bootId !== meta.bootId) return;\n`),
    ],
  },
  {
    name: 'gone-not-heeded',
    rules: ['R1', 'B7'],
    says: 'an agent that is told it was given up goes on in the same boot',
    edits: [
      {
        file: BOOT,
        find: `if (notice.kind === 'gone') this.#end('the controller had given this boot up', 0);`,
        put: `if (notice.kind === 'gone') return;`,
      },
    ],
  },
  {
    name: 'ends-before-its-tasks',
    rules: ['R9', 'A9'],
    says: 'a boot ends while something of it lives',
    edits: [
      {
        file: BOOT,
        find: `if (this.#tasks.alive > 0 || !this.#takesLeave(turn)) return;`,
        put: `if (!this.#takesLeave(turn)) return;`,
      },
    ],
  },
  {
    name: 'forgotten-logs-removed-early',
    rules: ['R5', 'A4'],
    says: 'a new boot removes the logs of what it still owes',
    edits: [
      addTo(
        'actors/unended.ts',
        `const kept = new Set(tasks.map((row) => agentKey.task(row)));`,
        `\n  kept.clear();`,
      ),
    ],
  },
];
