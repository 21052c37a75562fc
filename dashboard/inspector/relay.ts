/**
 * What other processes tell of actors of their own, so that the machines can be used alone and be looked at here:
 * the last messages are kept for whoever begins to look later.
 */

const KEPT = 200;
const TYPES = new Set<unknown>(['@xstate.actor', '@xstate.event', '@xstate.snapshot']);

export class Relay {
  /** What was told last, the oldest first. */
  readonly kept: string[] = [];

  /** What a client has sent, to be passed on; undefined: it is no message of the inspector. */
  take(text: string): string | undefined {
    if (!isMessage(text)) return undefined;
    this.kept.push(text);
    if (this.kept.length > KEPT) this.kept.shift();
    return text;
  }
}

function isMessage(text: string): boolean {
  try {
    const { type, sessionId, _version } = JSON.parse(text) as Record<string, unknown>;
    return TYPES.has(type) && typeof sessionId === 'string' && typeof _version === 'string';
  } catch {
    return false;
  }
}
