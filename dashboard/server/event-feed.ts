/**
 * The journal as server-sent events, for all pages that are open. It says what has changed; the numbers
 * themselves are asked for.
 *
 *   open    { position, oldest, term, … }   first of all, and whenever a term begins
 *   gap     { from, to, why }               these facts are not told: ask anew for what is shown
 *   facts   { items }                       new facts, gathered for up to 200 ms
 *   sample  { from, to, count, kinds }      more happened than is shown (sampling.ts)
 *
 * An event's id is the number that a client comes back with to go on behind it. Nobody is waited for: a client
 * that does not read what it is sent is cut off, and comes back with its number.
 */
import type { ServerResponse } from 'node:http';
import { entryOf } from '../../actors/entry-row.ts';
import { factFrom, type Fact } from '../../actors/facts.ts';
import { key, type MetaRow } from '../../actors/records.ts';
import { factView, type FactView } from '../../actors/views.ts';
import type { ApiAccess } from './access.ts';
import type { JournalTail } from './journal-tail.ts';
import { jsonText } from './json.ts';
import { RequestRefused } from './problem.ts';
import { Sampler } from './sampling.ts';

/** Whoever comes back is told of as many facts that were missed; of more there is a gap. */
const CATCH_UP = 1_000;
const CATCH_UP_BYTES = 400_000;
/** What a client may leave unread. */
const UNREAD_MAX_BYTES = 1_000_000;
/** So that both sides notice a connection that is dead. */
const BEAT_EVERY_MS = 10_000;
const CLIENTS_MAX = 100;

type Why = 'pruned' | 'tooFar' | 'otherStore';

export class EventFeed {
  readonly #access: ApiAccess;
  readonly #tail: JournalTail;
  readonly #clients = new Set<ServerResponse>();
  #unfollow = () => {};
  #sampler = new Sampler(0);
  #term: number | null = null;
  #beatAt = 0;

  constructor(access: ApiAccess, tail: JournalTail) {
    this.#access = access;
    this.#tail = tail;
  }

  /**
   * Tells a client of all facts behind that number, until it goes. Its headers are sent.
   * @param after undefined: of those to come
   * @returns what tells it @throws {RequestRefused} `busy`
   */
  admit(after: number | undefined): (response: ServerResponse) => void {
    if (this.#clients.size >= CLIENTS_MAX) {
      throw new RequestRefused('busy', `${CLIENTS_MAX} pages are open here: close one of them.`);
    }
    return (response) => {
      if (this.#clients.size === 0) this.#begin();
      this.#clients.add(response);
      response.once('close', () => this.#letGo(response));
      this.#send(response, this.#opening() + this.#missed(after ?? this.#tail.position));
    };
  }

  /** Clients there are. */
  get size(): number {
    return this.#clients.size;
  }

  /** Ends all streams. */
  close(): void {
    for (const response of this.#clients) response.end();
    this.#clients.clear();
    this.#unfollow();
  }

  #begin(): void {
    const { clock } = this.#access;
    this.#unfollow = this.#tail.follow((facts) => this.#tell(facts));
    this.#sampler = new Sampler(clock.elapsed());
    this.#term = this.#meta()?.term ?? null;
    this.#beatAt = clock.elapsed();
  }

  #letGo(response: ServerResponse): void {
    this.#clients.delete(response);
    if (this.#clients.size === 0) this.#unfollow();
  }

  #tell(facts: readonly Fact[]): void {
    const at = this.#access.clock.elapsed();
    const term = this.#meta()?.term ?? null;
    let text = '';
    if (facts.length > 0) {
      const { items, left } = this.#sampler.take(facts, at);
      if (left) text += event('sample', left, left.to);
      if (items.length > 0) text += event('facts', { items }, facts.at(-1)!.n);
    }
    if (term !== this.#term) text += this.#opening();
    this.#term = term;
    if (text === '' && at - this.#beatAt < BEAT_EVERY_MS) return;
    this.#beatAt = at;
    for (const response of this.#clients) this.#send(response, text === '' ? ': \n\n' : text);
  }

  #send(response: ServerResponse, text: string): void {
    response.write(text);
    if (response.writableLength > UNREAD_MAX_BYTES) response.destroy();
  }

  #opening(): string {
    const { store, about } = this.#access;
    const { position } = this.#tail;
    const meta = this.#meta();
    return event('open', {
      position,
      oldest: factFrom(store, 1)?.n ?? position + 1,
      term: meta?.term ?? null,
      controllerId: meta?.controllerId ?? null,
      version: about.version,
      namespace: about.namespace,
    });
  }

  /** What was recorded behind a number, up to what the tail tells of. */
  #missed(after: number): string {
    const { store } = this.#access;
    const { position } = this.#tail;
    if (after > position) {
      // The tail may not have read yet what this client was told of before.
      const isKnown = factFrom(store, after) !== undefined;
      return isKnown ? '' : gap(position + 1, after, 'otherStore', position);
    }
    const first = Math.max(after, position - CATCH_UP) + 1;
    const facts: FactView[] = [];
    for (const [n, entry] of store.read(first)) {
      if (n > position) break;
      facts.push(factView({ n, ...entryOf(entry) }));
    }
    const isPruned = (facts[0]?.n ?? position + 1) > first;
    const items = newest(facts);
    const to = (items[0]?.n ?? position + 1) - 1;
    return (
      (to > after ? gap(after + 1, to, isPruned ? 'pruned' : 'tooFar') : '') +
      (items.length > 0 ? event('facts', { items }, position) : '')
    );
  }

  #meta(): MetaRow | undefined {
    return this.#access.store.get(key.meta) as MetaRow | undefined;
  }
}

/** As many of the newest as are sent at once. */
function newest(facts: readonly FactView[]): readonly FactView[] {
  let bytes = 0;
  let first = facts.length;
  while (first > 0 && bytes < CATCH_UP_BYTES) bytes += jsonText(facts[--first]).length;
  return facts.slice(first);
}

const gap = (from: number, to: number, why: Why, id = to) => event('gap', { from, to, why }, id);

/** @param id the number behind which a client goes on that has had this */
function event(name: string, data: unknown, id?: number): string {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return `${head}event: ${name}\ndata: ${jsonText(data)}\n\n`;
}
