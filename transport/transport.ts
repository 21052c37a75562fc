/**
 * The transport port: bytes to a subject, best effort.
 *
 * Promised: what arrives is what was sent (whole, once decoded by its addressee), in the order of
 * sending where the adapter can. NOT promised: that it arrives, arrives once, or arrives soon. The
 * link above repeats what matters, so an adapter drops what is published while it is disconnected and
 * never replays a buffer of its own.
 */

/** The transport port: bytes to a subject, best effort. */
export interface Transport {
  /** Whether others than this process may be heard here. */
  readonly shared: boolean;
  /** Sends bytes to whoever has subscribed to the subject. Never throws for a lost connection. */
  publish(subject: string, bytes: Uint8Array): void;
  /**
   * Calls `receive` for each message of a subject (`*` stands for one token, a last `>` for the rest),
   * until the returned function is called. The bytes are the receiver's own copy.
   */
  subscribe(subject: string, receive: (bytes: Uint8Array, subject: string) => void): () => void;
  /** Calls `changed` now with the present status and at each change, until the returned function is called. */
  onStatus(changed: (status: TransportStatus) => void): () => void;
  /** Lets go of the connection. Harmless when repeated. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Whether it can send and hear now. */
export type TransportStatus = 'connected' | 'disconnected' | 'closed';

/** The transport cannot be opened, or was used after `close`. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly retryable: boolean;

  constructor(message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable ?? false;
  }
}
