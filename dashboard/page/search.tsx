/**
 * Finds a job, a sub-transaction or an agent by its name, as `lifeline show` does; while somebody types, those whose
 * names begin so.
 *
 *   [ fla      ]   ↑ ↓ choose, Enter opens what is chosen, else what has exactly that name, else the first one
 *   │ flaky-1  │   it closes when the cursor leaves it, with Escape, and when another view comes
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import type { NamedThing } from '../../actors/name-search.ts';
import { get } from './api.ts';
import { Icon, type IconName } from './parts/icon.tsx';
import { sentenceOf } from './problem.ts';

const KINDS = {
  job: { path: 'jobs', icon: 'jobs', text: 'job' },
  subTransaction: { path: 'sub-transactions', icon: 'work', text: 'sub-transaction' },
  agent: { path: 'agents', icon: 'agents', text: 'agent' },
} as const satisfies Record<NamedThing['kind'], { path: string; icon: IconName; text: string }>;

const pathOf = ({ kind, name }: NamedThing) => `/${KINDS[kind].path}/${encodeURIComponent(name)}`;

/** So long after the last letter it is asked. */
const PAUSE_MS = 120;

type Found =
  | { readonly text: string; readonly items: readonly NamedThing[] }
  | { readonly text: string; readonly trouble: string };

async function find(text: string): Promise<Found> {
  try {
    const asked = `named?prefix=${encodeURIComponent(text)}`;
    return { text, items: (await get<{ readonly items: readonly NamedThing[] }>(asked)).items };
  } catch (error) {
    return { text, trouble: sentenceOf(error) };
  }
}

/** What begins with `text`: asked a moment after the last letter, or at once by `ask`. */
function useFound(text: string) {
  const [found, setFound] = useState<Found>();
  const latest = useRef(text);
  latest.current = text;
  /** Undefined: something else is asked for meanwhile. */
  const ask = async (): Promise<Found | undefined> => {
    const answer = await find(text);
    if (latest.current !== text) return undefined;
    setFound(answer);
    return answer;
  };
  useEffect(() => {
    if (text === '') return;
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return { found: found?.text === text ? found : undefined, ask };
}

export function Search() {
  const [path, go] = useLocation();
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [chosen, choose] = useState(-1);
  const { found, ask } = useFound(text);
  useEffect(() => setOpen(false), [path]);
  useEffect(() => choose(-1), [text]);
  const items = found && 'items' in found ? found.items : [];
  const open = (to: NamedThing) => {
    setText('');
    setOpen(false);
    document.getElementById('search')?.blur();
    go(pathOf(to));
  };
  const submit = async (): Promise<void> => {
    if (text === '') return;
    setOpen(true);
    const answer = await ask();
    if (!answer || !('items' in answer)) return;
    const same = answer.items.find(({ name }) => name === text);
    const to = answer.items[chosen] ?? same ?? (await exactly(text)) ?? answer.items[0];
    if (to) open(to);
  };
  const onKey = (event: KeyboardEvent & { readonly currentTarget: HTMLInputElement }) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') event.currentTarget.blur();
    if (step === undefined || items.length === 0) return;
    event.preventDefault();
    choose((Math.max(chosen, step < 0 ? 0 : -1) + step + items.length) % items.length);
  };
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onFocusOut={(event) => {
        if (isLeft(event)) setOpen(false);
      }}
    >
      <Icon name="search" />
      <input
        id="search"
        name="search"
        type="search"
        role="combobox"
        aria-expanded={isOpen && text !== ''}
        aria-controls="search-found"
        aria-activedescendant={chosen < 0 ? undefined : `search-${chosen}`}
        placeholder="Job, id or agent"
        aria-label="Search by name or id"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onFocus={() => setOpen(true)}
        onInput={(event) => {
          setText(event.currentTarget.value.trim());
          setOpen(true);
        }}
        onKeyDown={onKey}
      />
      <kbd aria-hidden="true">/</kbd>
      {isOpen && text !== '' && found && <FoundList found={found} chosen={chosen} onOpen={open} />}
    </form>
  );
}

const isLeft = ({ currentTarget, relatedTarget }: FocusEvent): boolean =>
  currentTarget instanceof Node &&
  !(relatedTarget instanceof Node && currentTarget.contains(relatedTarget));

/** An id that its job has made stands in no list, and yet has a view. */
async function exactly(name: string): Promise<NamedThing | undefined> {
  try {
    const { kind } = await get<Pick<NamedThing, 'kind'>>(`named/${encodeURIComponent(name)}`);
    return { kind, name };
  } catch {
    return undefined;
  }
}

interface FoundListProps {
  readonly found: Found;
  readonly chosen: number;
  readonly onOpen: (to: NamedThing) => void;
}

function FoundList({ found, chosen, onOpen }: FoundListProps) {
  if ('trouble' in found) {
    return (
      <div class="search-found" role="alert">
        <p>{found.trouble}</p>
      </div>
    );
  }
  return (
    <div class="search-found">
      <ul id="search-found" role="listbox" aria-label="What begins so">
        {found.items.map((item, i) => (
          <li
            key={`${item.kind} ${item.name}`}
            id={`search-${i}`}
            role="option"
            aria-selected={i === chosen}
            onPointerDown={(event) => {
              // The cursor stays in the field until the view is there.
              event.preventDefault();
              onOpen(item);
            }}
          >
            <Icon name={KINDS[item.kind].icon} /> <span class="search-name">{item.name}</span>{' '}
            <small>{KINDS[item.kind].text}</small>
          </li>
        ))}
      </ul>
      {found.items.length === 0 && (
        <p role="status">
          No job, sub-transaction or agent is called “{found.text}” or begins so. Look in{' '}
          <Link href="/sub-transactions">all work</Link>.
        </p>
      )}
    </div>
  );
}
