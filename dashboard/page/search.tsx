/** Finds a job, a sub-transaction or an agent by its name, as `lifeline show` does. */
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { get } from './api.ts';
import { Icon } from './parts/icon.tsx';
import { ApiProblem, sentenceOf } from './problem.ts';

type Named =
  | { readonly kind: 'job'; readonly name: string }
  | { readonly kind: 'subTransaction' | 'agent'; readonly id: string };

const pathOf = (named: Named): string =>
  named.kind === 'job'
    ? `/jobs/${encodeURIComponent(named.name)}`
    : `/${named.kind === 'agent' ? 'agents' : 'work'}/${encodeURIComponent(named.id)}`;

export function Search() {
  const [, go] = useLocation();
  const [trouble, setTrouble] = useState<string>();
  const find = async (input: HTMLInputElement): Promise<void> => {
    const name = input.value.trim();
    if (name === '') return;
    try {
      go(pathOf(await get<Named>(`named/${encodeURIComponent(name)}`)));
      input.value = '';
      input.blur();
      setTrouble(undefined);
    } catch (error) {
      const isUnknown = error instanceof ApiProblem && error.status === 404;
      setTrouble(
        isUnknown ? `No job, sub-transaction or agent is called “${name}”.` : sentenceOf(error),
      );
    }
  };
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const input = event.currentTarget.elements.namedItem('search');
        if (input instanceof HTMLInputElement) void find(input);
      }}
    >
      <Icon name="search" />
      <input
        id="search"
        name="search"
        type="search"
        placeholder="Job, id or agent"
        aria-label="Search by name or id"
        autocomplete="off"
        spellcheck={false}
        onInput={() => setTrouble(undefined)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      {trouble !== undefined && (
        <span class="search-trouble" role="alert">
          {trouble}
        </span>
      )}
    </form>
  );
}
