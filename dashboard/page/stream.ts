/**
 * The controller's journal as it is written, and whether it can be followed.
 *
 *   connecting ──▶ open ──▶ facts, samples, gaps ──▶ down ──(0.5 s, 1 s, 2 s … 8 s)──▶ connecting, from the last number
 *
 * No word for 25 s, not even a comment, is a cut: the controller says something every 10 s. What was missed
 * while the stream was down comes with the next one; where that is not possible the controller says so (gap).
 */
import { createParser } from 'eventsource-parser';
import type { FactView } from '../../actors/views.ts';
import { problemIn } from './problem.ts';

/** Whom it follows. */
export interface Opened {
  /** Number of the last fact. */
  readonly position: number;
  /** Number of the oldest fact that is kept. */
  readonly oldest: number;
  readonly term: number | null;
  readonly controllerId: string | null;
  readonly version: string;
  readonly namespace: string;
}

/** Facts that were left out, since more come than can be shown. */
export interface Sample {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly kinds: Readonly<Record<string, number>>;
}

/** Facts that can no longer be told. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly why: 'pruned' | 'tooFar' | 'otherStore';
}

export type StreamEvent =
  | { readonly type: 'open'; readonly opened: Opened }
  | { readonly type: 'facts'; readonly items: readonly FactView[] }
  | { readonly type: 'sample'; readonly sample: Sample }
  | { readonly type: 'gap'; readonly gap: Gap }
  /** `why`: a sentence. It is tried again after `againInMs`, or when woken. */
  | { readonly type: 'down'; readonly why: string; readonly againInMs: number };

export interface StreamPorts {
  /** Asks for what follows a fact; null: for what comes from now on. */
  readonly request: (after: number | null, signal: AbortSignal) => Promise<Response>;
  /** Returns what calls it off. */
  readonly after: (ms: number, wake: () => void) => () => void;
}

export interface Stream {
  /** Tries again now, if it waits to. */
  wake(): void;
  close(): void;
}

const SILENT_FOR_MS = 25_000;
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000];

/** Follows until it is closed. */
export function followEvents(ports: StreamPorts, tell: (event: StreamEvent) => void): Stream {
  const ended = new AbortController();
  let last: number | null = null;
  let failures = 0;
  let wake = () => {};

  /** Reads one answer to its end; throws what ended it. */
  const read = async (cut: AbortController): Promise<void> => {
    const answer = await ports.request(last, cut.signal);
    if (!answer.ok || !answer.body) throw new Error((await problemIn(answer)).detail);
    const parser = createParser({
      onEvent({ event, id, data }) {
        const told = eventIn(event, JSON.parse(data));
        if (!told) return;
        if (id !== undefined) last = Number(id);
        if (told.type === 'open') {
          failures = 0;
          last ??= told.opened.position;
        }
        tell(told);
      },
    });
    const decoder = new TextDecoder();
    let disarm = ports.after(SILENT_FOR_MS, () => cut.abort());
    try {
      for await (const bytes of chunksOf(answer.body)) {
        disarm();
        disarm = ports.after(SILENT_FOR_MS, () => cut.abort());
        parser.feed(decoder.decode(bytes, { stream: true }));
      }
    } finally {
      disarm();
    }
    throw new Error('The controller has closed the event stream.');
  };

  const run = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const cut = new AbortController();
      const cutToo = () => cut.abort();
      ended.signal.addEventListener('abort', cutToo);
      const why = await read(cut).then(() => '', sentenceAbout);
      cut.abort();
      ended.signal.removeEventListener('abort', cutToo);
      if (ended.signal.aborted) return;
      const againInMs = PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)]!;
      tell({ type: 'down', why, againInMs });
      await new Promise<void>((resolve) => {
        const disarm = ports.after(againInMs, resolve);
        wake = () => {
          disarm();
          resolve();
        };
      });
    }
  };
  void run();
  return {
    wake: () => wake(),
    close() {
      ended.abort();
      wake();
    },
  };
}

function eventIn(name: string | undefined, data: unknown): StreamEvent | undefined {
  if (name === 'open') return { type: 'open', opened: data as Opened };
  if (name === 'facts') {
    return { type: 'facts', items: (data as { readonly items: readonly FactView[] }).items };
  }
  if (name === 'sample') return { type: 'sample', sample: data as Sample };
  if (name === 'gap') return { type: 'gap', gap: data as Gap };
  return undefined;
}

const sentenceAbout = (error: unknown): string =>
  error instanceof TypeError || !(error instanceof Error) || error.name === 'AbortError'
    ? 'The controller cannot be reached from here.'
    : error.message;

/** Not all browsers let a stream be iterated. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
