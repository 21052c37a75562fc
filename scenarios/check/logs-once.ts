/**
 * Log bytes once and in order: what the controller keeps of an attempt is a prefix of what its agent has said,
 * without a hole and without a byte twice; at rest it is as long as the ending has told, unless its agent was
 * a twin: that is gone by then, and its disk with it.
 *
 *   agent says   [0 … 40) [40 … 90)  ─▶  log/7/1/0  log/7/1/40   logged/7/1 = 90
 */
import { key } from '../../actors/records.ts';
import { said, type Decision } from './books.ts';
import { property } from './checker.ts';
import { takenOver } from './done-counts.ts';
import { fenceName } from './executions.ts';
import { partsOf } from './keys.ts';

/** What agents have said of their logs, by fence. */
class SaidLogs {
  readonly #logs = new Map<string, Buffer>();

  take(fence: string, offset: number, bytes: Uint8Array, wrong: (says: string) => never): void {
    if (bytes.length === 0) return;
    const known = this.#logs.get(fence) ?? Buffer.alloc(0);
    const fresh = Buffer.from(bytes);
    if (offset > known.length)
      return wrong(`The log of ${fence} is said from ${offset}, behind ${known.length}.`);
    const again = known.subarray(offset, offset + fresh.length);
    if (Buffer.compare(again, fresh.subarray(0, again.length)) !== 0)
      wrong(`The log of ${fence} is said again from ${offset}, and differs.`);
    const rest = fresh.subarray(known.length - offset);
    if (rest.length > 0) this.#logs.set(fence, Buffer.concat([known, rest]));
  }

  /** The attempt begins anew, and its log with it. */
  drop(fence: string): void {
    this.#logs.delete(fence);
  }

  has(fence: string, offset: number, bytes: Uint8Array): boolean {
    const original = this.#logs.get(fence)?.subarray(offset, offset + bytes.length);
    return original !== undefined && Buffer.compare(original, bytes) === 0;
  }
}

export const logsOnce = property('logs-once', (books, fail) => {
  const logs = new SaidLogs();
  const mixed = new Set<string>();
  /** What endings have told of the length of a log, by fence, and the id it is of. */
  const ended = new Map<string, { readonly length: number; readonly id: string }>();
  return {
    see(sight) {
      const { turn, decision, execution } = books;
      const wrong = (says: string) => fail(sight.atMs, says);
      if (execution && books.work.of(execution.fence).length > 1) {
        // Only a lying disk makes an attempt begin twice (one-start): whose bytes are whose, nobody can say.
        logs.drop(fenceName(execution.fence));
        mixed.add(fenceName(execution.fence));
      }
      // A turn may say the first of it in a frame that waits, and what follows in one that does not.
      const chunks = turn ? said(turn.step).flatMap((frame) => frame.logs) : [];
      for (const { offset, bytes, ...fence } of chunks.sort((a, b) => a.offset - b.offset))
        if (!mixed.has(fenceName(fence))) logs.take(fenceName(fence), offset, bytes, wrong);
      if (!decision) return;
      checkWritten(decision, logs, mixed, wrong);
      for (const { agent, entry } of takenOver(decision)) {
        const id = holderOf(decision, entry, agent);
        if (id !== undefined) ended.set(fenceName(entry), { length: entry.logLength, id });
      }
    },
    end(world) {
      const store = world.storeOf('controller');
      for (const [fence, { length, id }] of ended) {
        const [birth, attempt] = fence.split('/').map(Number) as [number, number];
        if (mixed.has(fence) || books.lies.coversLog({ birth, attempt }, id)) continue;
        const found = (store?.get(key.logged(birth, attempt)) ?? 0) as number;
        const wasTwin = books.work.of({ birth, attempt }).some(({ seat }) => seat === 'twin');
        if (found > length || (found < length && !wasTwin))
          fail(world.nowMs, `The log of ${id}#${attempt} has ${found} of ${length} bytes at rest.`);
      }
    },
  };
});

function checkWritten(
  { changes }: Decision,
  logs: SaidLogs,
  mixed: ReadonlySet<string>,
  wrong: (says: string) => never,
): void {
  const grown = new Map<string, number>();
  for (const [name, { before, after }] of changes) {
    if (!name.startsWith('log/')) continue;
    const [birth, attempt, at] = partsOf(name).slice(1).map(Number) as [number, number, number];
    const fence = fenceName({ birth, attempt });
    const was = (changes.get(key.logged(birth, attempt))?.before ?? 0) as number;
    const from = grown.get(fence) ?? was;
    if (before !== undefined || at !== from)
      wrong(`The log of ${fence} is written from ${at}, and has ${from} bytes.`);
    const bytes = after as Uint8Array;
    grown.set(fence, from + bytes.length);
    if (!mixed.has(fence) && !logs.has(fence, at, bytes))
      wrong(`The log of ${fence} has bytes at ${at} that its agent has not said.`);
  }
  for (const [name, { after }] of changes) {
    if (!name.startsWith('logged/')) continue;
    const [birth, attempt] = partsOf(name).slice(1).map(Number) as [number, number];
    const fence = fenceName({ birth, attempt });
    if (after !== grown.get(fence))
      wrong(`The log of ${fence} counts ${after as number} bytes, and has ${grown.get(fence)}.`);
  }
}

/** The id of the sub-transaction, when that agent was given that attempt. */
function holderOf(
  { of: { decided } }: Decision,
  { birth, attempt }: { birth: number; attempt: number },
  agent: string,
): string | undefined {
  const row = decided.sub(birth);
  if (!row) return undefined;
  const holder =
    attempt === row.context.attempt ? row.context.agent : decided.get(key.holder(birth, attempt));
  return holder === agent ? row.id : undefined;
}
