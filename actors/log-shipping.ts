/**
 * Ships the logs of attempts to the controller: from the agent's spool, by fence and offset, behind the
 * pulses so that a large log never holds back a result.
 *
 *   spool [ 0 … acked │ sent │ … length ]        acked: recorded by the controller
 *
 * On a new link it first asks how much the controller has, with an empty chunk.
 */
import type { LogStore } from '../handlers/handler.ts';
import type { Fence, LogChunk } from '../transport/frame.ts';
import type { Memory, Remembering } from './freezing.ts';

const BYTES_PER_CHUNK = 64 * 1024;
const BYTES_PER_FRAME = 256 * 1024;

/** Chunks in one frame, since fence and offset take some 60 bytes of it each. */
const CHUNKS_PER_FRAME = 1_000;

/** Bytes that may be unanswered at once, of all attempts together. */
const UNANSWERED = 4 * 1024 * 1024;

interface Shipment {
  readonly fence: Fence;
  acked: number;
  sent: number;
  /** The controller has said how much it has. */
  known: boolean;
  asked: boolean;
  /** The spool gave nothing although there should be something: tried again at the next rewind. */
  stuck: boolean;
}

const nameOf = ({ birth, attempt }: Fence) => `${birth}/${attempt}`;

export class LogShipping implements Remembering {
  readonly #logs: LogStore;
  readonly #shipments = new Map<string, Shipment>();
  /** Those that may have something to send; and those of which not all is known to have arrived. */
  readonly #ready = new Set<Shipment>();
  readonly #owed = new Set<Shipment>();
  #unanswered = 0;

  /** @param held attempts that may have a log already */
  constructor(logs: LogStore, held: Iterable<Fence>) {
    this.#logs = logs;
    for (const { birth, attempt } of held) this.grown({ birth, attempt });
  }

  /** There may be more to ship of this attempt. */
  grown(fence: Fence): void {
    const name = nameOf(fence);
    const known = this.#shipments.get(name);
    if (known) return this.#stir(known);
    if (this.#logs.length(fence) === 0) return;
    const shipment = { fence, acked: 0, sent: 0, known: false, asked: false, stuck: false };
    this.#shipments.set(name, shipment);
    this.#stir(shipment);
  }

  get hasUnsent(): boolean {
    for (const shipment of this.#ready) {
      if (this.#isReady(shipment)) return true;
      if (this.#unanswered < UNANSWERED) this.#ready.delete(shipment);
    }
    return false;
  }

  /** True while the controller has not confirmed all that was sent. */
  get isOwed(): boolean {
    for (const shipment of this.#owed) {
      if (shipment.acked < this.#logs.length(shipment.fence)) return true;
      this.#owed.delete(shipment);
    }
    return false;
  }

  /** The next chunks to send, as many as fit into a frame. */
  take(): readonly LogChunk[] {
    const chunks: LogChunk[] = [];
    let left = BYTES_PER_FRAME;
    for (const shipment of this.#ready) {
      while (left > 0 && chunks.length < CHUNKS_PER_FRAME && this.#isReady(shipment)) {
        const bytes = this.#next(shipment, Math.min(left, BYTES_PER_CHUNK));
        if (shipment.stuck) break;
        chunks.push({ ...shipment.fence, offset: shipment.sent, bytes });
        shipment.sent += bytes.length;
        this.#unanswered += bytes.length;
        left -= Math.max(1, bytes.length);
      }
      if (left <= 0 || chunks.length === CHUNKS_PER_FRAME) break;
    }
    return chunks;
  }

  /** The controller has `length` bytes of this attempt. False when that was known. */
  acked(fence: Fence, length: number): boolean {
    const shipment = this.#shipments.get(nameOf(fence));
    if (!shipment || (shipment.known && length <= shipment.acked)) return false;
    this.#unanswered -= shipment.sent - shipment.acked;
    shipment.acked = Math.max(shipment.acked, length);
    shipment.sent = Math.max(shipment.sent, shipment.acked);
    shipment.known = true;
    this.#unanswered += shipment.sent - shipment.acked;
    this.#stir(shipment);
    return true;
  }

  /** What was sent and not confirmed is to be sent again, from where the controller says. */
  rewind(): void {
    for (const shipment of this.#shipments.values()) {
      shipment.sent = shipment.acked;
      shipment.asked = false;
      shipment.stuck = false;
      this.#stir(shipment);
    }
    this.#unanswered = 0;
  }

  /** On a new link nothing is known of what the controller has: its store may have gone back in time. */
  relink(): void {
    this.rewind();
    for (const shipment of this.#shipments.values()) {
      shipment.acked = 0;
      shipment.sent = 0;
      shipment.known = false;
    }
  }

  forget(fence: Fence): void {
    const shipment = this.#shipments.get(nameOf(fence));
    if (!shipment) return;
    this.#unanswered -= shipment.sent - shipment.acked;
    this.#shipments.delete(nameOf(fence));
    this.#ready.delete(shipment);
    this.#owed.delete(shipment);
  }

  remember(memory: Memory): void {
    memory.fill('shipments', this.#shipments);
    this.#unanswered = memory.keep('unanswered', this.#unanswered);
    this.#rememberSome(memory, 'ready', this.#ready);
    this.#rememberSome(memory, 'owed', this.#owed);
  }

  /** A set of shipments, by their names: they are the same objects as those above. */
  #rememberSome(memory: Memory, what: string, some: Set<Shipment>): void {
    const names = memory.keep(
      what,
      [...some].map(({ fence }) => nameOf(fence)),
    );
    some.clear();
    for (const name of names) some.add(this.#shipments.get(name)!);
  }

  /** There is news of it: it may have something to send, and something may be owed. */
  #stir(shipment: Shipment): void {
    this.#ready.add(shipment);
    this.#owed.add(shipment);
  }

  #isReady(shipment: Shipment): boolean {
    const length = this.#logs.length(shipment.fence);
    if (!shipment.known) return !shipment.asked && length > 0;
    return !shipment.stuck && shipment.sent < length && this.#unanswered < UNANSWERED;
  }

  #next(shipment: Shipment, limit: number): Uint8Array {
    if (!shipment.known) {
      shipment.asked = true;
      return new Uint8Array(0);
    }
    const bytes = this.#read(shipment, limit);
    shipment.stuck = bytes.length === 0;
    return bytes;
  }

  /** A log that cannot be read now is no reason to end what runs. */
  #read(shipment: Shipment, limit: number): Uint8Array {
    try {
      return this.#logs.read(shipment.fence, shipment.sent, limit);
    } catch {
      return new Uint8Array(0);
    }
  }
}
