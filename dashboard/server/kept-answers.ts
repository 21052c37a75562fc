/**
 * Answers to POSTs, kept so that one that comes again is answered again and not carried out again.
 *
 *   a client repeats        ├── LONGEST_REQUEST_MS ──┤
 *   its answer is kept          ├──────────── KEPT_MS, twice that ────────────┤
 *
 * An answer is kept from when it is given, so every repeat that a client sends comes before it is forgotten,
 * and one that is late on its way as long again. Lack of room forgets nothing: it lets nothing new in.
 */
import type { Clock } from '../../actors/clock.ts';
import { LONGEST_REQUEST_MS } from '../../transport/control.ts';

export const KEPT_MS = 2 * LONGEST_REQUEST_MS;
/** Some 150 POSTs a second of one client, for as long as they are kept; and of all clients. */
export const ROOM_OF_CLIENT_BYTES = 8 * 1024 * 1024;
const ROOM_BYTES = 8 * ROOM_OF_CLIENT_BYTES;
/** What an answer costs beside its frame. */
const ENTRY_BYTES = 400;

export interface KeptAnswers {
  find(client: string, id: string): Uint8Array | undefined;
  /** Whether another POST of the client may be carried out. */
  hasRoom(client: string): boolean;
  keep(client: string, id: string, frame: Uint8Array): void;
}

interface Kept {
  readonly client: string;
  readonly frame: Uint8Array;
  readonly keptAt: number;
}

export function createKeptAnswers(clock: Pick<Clock, 'elapsed'>): KeptAnswers {
  /** By client and id, neither of which has a space; oldest first. */
  const all = new Map<string, Kept>();
  const bytesOf = new Map<string, number>();
  let bytes = 0;
  const count = (client: string, change: number) => {
    bytes += change;
    const left = (bytesOf.get(client) ?? 0) + change;
    if (left === 0) bytesOf.delete(client);
    else bytesOf.set(client, left);
  };
  const forgetOld = () => {
    const before = clock.elapsed() - KEPT_MS;
    for (const [name, { client, frame, keptAt }] of all) {
      if (keptAt > before) return;
      all.delete(name);
      count(client, -costOf(frame));
    }
  };
  return {
    find(client, id) {
      forgetOld();
      return all.get(`${client} ${id}`)?.frame;
    },
    hasRoom(client) {
      forgetOld();
      return bytes < ROOM_BYTES && (bytesOf.get(client) ?? 0) < ROOM_OF_CLIENT_BYTES;
    },
    keep(client, id, frame) {
      all.set(`${client} ${id}`, { client, frame, keptAt: clock.elapsed() });
      count(client, costOf(frame));
    },
  };
}

const costOf = ({ length }: Uint8Array) => length + ENTRY_BYTES;
