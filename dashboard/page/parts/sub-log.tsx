/**
 * The log of an attempt: read page by page, and followed while more may come.
 *
 *   log?from=0 ─▶ items, next ─▶ log?from=next ─▶ … ─▶ log?from=to, every second until it is complete
 *
 * The newest lines are shown; following keeps the last one in sight until somebody scrolls up.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { LogItem, LogPage } from '../../server/log-page.ts';
import { get } from '../api.ts';
import { Empty, Failed } from './nothing.tsx';
import { shownInstant } from './time.tsx';

/** Records that are kept on the page. */
const KEPT = 2_000;
const AGAIN_MS = 1_000;

interface Log {
  readonly items: readonly LogItem[];
  /** Older ones that are not kept. */
  readonly dropped: number;
  readonly isComplete: boolean;
  readonly error: unknown;
}

const NOTHING: Log = { items: [], dropped: 0, isComplete: false, error: undefined };

export function SubLog({ id, attempts }: { readonly id: string; readonly attempts: number }) {
  const [picked, setPicked] = useState<number>();
  const [isFollowing, setFollowing] = useState(true);
  const attempt = Math.min(picked ?? attempts, attempts);
  const { items, dropped, isComplete, error } = useLog(id, attempt);
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (isFollowing && frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  }, [items, isFollowing]);
  if (attempts === 0) return <Empty>It has no log: no attempt was made yet.</Empty>;
  return (
    <div class="log">
      <div class="log-bar">
        {attempts > 1 && (
          <label>
            Attempt{' '}
            <select
              value={attempt}
              onChange={(event) => setPicked(Number(event.currentTarget.value))}
            >
              {Array.from({ length: attempts }, (_, i) => (
                <option key={i} value={i + 1}>
                  {i + 1}
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="faint" role="status">
          {isComplete ? 'complete' : 'more may come'}
          {dropped > 0 && `; the first ${dropped.toLocaleString('en-US')} lines are left out`}
        </span>
        {!isComplete && (
          <button
            type="button"
            class="button small"
            aria-pressed={isFollowing}
            onClick={() => setFollowing(!isFollowing)}
          >
            Follow
          </button>
        )}
      </div>
      {error !== undefined && <Failed error={error} />}
      <div
        class="log-lines"
        ref={frame}
        tabIndex={0}
        role="log"
        aria-label={`Log of attempt ${attempt}`}
        onScroll={({ currentTarget: at }) => {
          const isAtEnd = at.scrollHeight - at.scrollTop - at.clientHeight < 24;
          if (isAtEnd !== isFollowing) setFollowing(isAtEnd);
        }}
      >
        {items.length === 0 ? (
          <p class="faint">{isComplete ? 'It wrote nothing.' : 'Nothing has come yet.'}</p>
        ) : (
          items.map((item, i) => <Line key={dropped + i} item={item} />)
        )}
      </div>
    </div>
  );
}

const TONES = { err: 'bad', gap: 'warn', log: 'busy' } as const;

function Line({ item }: { readonly item: LogItem }) {
  const { at, stream } = item;
  const text = 'text' in item ? item.text.replace(/\n$/, '') : `base64: ${item.base64}`;
  const tone = stream in TONES ? `tone-${TONES[stream as keyof typeof TONES]}` : '';
  return (
    <div class={`log-line ${tone}`}>
      <span class="faint">{at === null ? '' : shownInstant(Date.parse(at), Date.parse(at))}</span>
      <span class="log-stream">{stream}</span>
      <span class="log-text">{text}</span>
    </div>
  );
}

function useLog(id: string, attempt: number): Log {
  const [log, setLog] = useState<Log>(NOTHING);
  useEffect(() => {
    setLog(NOTHING);
    if (attempt === 0) return;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (from: number): Promise<void> => {
      const path = `sub-transactions/${encodeURIComponent(id)}/log?attempt=${attempt}&from=${from}`;
      let next: number | null = null;
      let to = from;
      try {
        const page = await get<LogPage>(path, gone.signal);
        ({ next, to } = page);
        setLog((before) => joined(before, page));
        if (page.complete && next === null) return;
      } catch (error) {
        if (gone.signal.aborted) return;
        setLog((before) => ({ ...before, error }));
      }
      if (gone.signal.aborted) return;
      if (next !== null) return read(next);
      timer = setTimeout(() => void read(to), AGAIN_MS);
    };
    void read(0);
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [id, attempt]);
  return log;
}

function joined({ items, dropped }: Log, page: LogPage): Log {
  const all = page.items.length === 0 ? items : [...items, ...page.items];
  const excess = Math.max(0, all.length - KEPT);
  return {
    items: excess === 0 ? all : all.slice(excess),
    dropped: dropped + excess,
    isComplete: page.complete && page.next === null,
    error: undefined,
  };
}
