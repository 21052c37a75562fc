/**
 * Sends an agent what is owed to it, at the end of a turn; and once more what it has not answered.
 *
 *   only an echo, or what is on disk already ──▶ at once
 *   requests, or what this turn has taken over ──▶ after the record of the turn; should the disk stall, the
 *                                                   echo goes before, on its own
 */
import type { Fence, Request } from '../transport/frame.ts';
import type { Ground } from './ground.ts';
import type { Hearing } from './hearing.ts';
import type { Peer } from './peer.ts';
import { subject } from './records.ts';
import { inFrames, type Repeat } from './requests.ts';

/** An echo follows its stamp within this time, whatever the disk does. */
const ECHO_WITHIN_MS = 1_000;

export class Sending {
  readonly #ground: Ground;
  readonly #logLength: (fence: Fence) => number;

  /** @param logLength log bytes on record of an attempt */
  constructor(ground: Ground, logLength: (fence: Fence) => number) {
    this.#ground = ground;
    this.#logLength = logLength;
  }

  /** Sends all that has gathered for an agent. */
  send(peer: Peer): void {
    const { turn, deadlines } = this.#ground.loop;
    const timing = this.#ground.timings.of(peer.row);
    peer.gather(this.#logLength);
    const requests = [...peer.repeats, ...peer.requests.takeUnsent(turn.at)];
    peer.repeats = [];
    if (requests.length === 0 && !peer.hasUndurable) return this.#sendNow(peer);
    const { id, storeId, recorded } = peer.row;
    turn.act({ kind: 'durable', agent: id, storeId, recorded, logs: peer.undurable() });
    for (const part of inFrames(requests)) {
      turn.act({ kind: 'frame', frame: peer.frame(this.#ground, timing, part, true) });
    }
    const echoWithinMs = Math.min(ECHO_WITHIN_MS, Math.ceil(timing.periodMs / 4));
    deadlines.set(`echo:${id}`, turn.at + echoWithinMs);
  }

  /** The disk takes its time: an echo that still waits for it is sent now. */
  echo(peer: Peer): void {
    if (peer.stamp !== peer.echoed) this.#sendNow(peer);
  }

  /** Puts requests into the next frame once more. */
  repeat(peer: Peer, repeats: readonly (Repeat & { readonly request: Request })[]): void {
    if (peer.row.state === 'lost' || repeats.length === 0) return;
    const agent = peer.row.id;
    for (const { n, kind, sends, request } of repeats) {
      peer.repeats.push(request);
      const fact = { kind: 'agent.repeat', agent, detail: { n, request: kind, sends } };
      this.#ground.record({ subject: subject.agent(agent), ...fact });
      this.#ground.log('warn', { agent, n, kind, sends }, 'request repeated');
    }
    peer.owes = true;
  }

  /** Sets when its open requests are to be repeated, unless that moment is being judged. */
  arm(peer: Peer, hearing: Hearing): void {
    const name = `repeat:${peer.row.id}`;
    const at = peer.row.state === 'present' ? peer.requests.repeatAt() : null;
    if (!hearing.waits(name)) this.#ground.loop.deadlines.set(name, at);
  }

  #sendNow(peer: Peer): void {
    const timing = this.#ground.toldTimings.of(peer.row);
    const frame = peer.frame(this.#ground, timing, [], false);
    this.#ground.loop.turn.actNow({ kind: 'frame', frame });
  }
}
