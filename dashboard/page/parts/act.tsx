/**
 * Something that a person can have done.
 *
 *   button ──▶ asks first (what will happen; who; the token, if it is not known) ──▶ does ──▶ says what was done
 *                                                                                     └──▶ or why not, and stays open
 */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../api.ts';
import { ApiProblem, sentenceOf } from '../problem.ts';
import { say } from '../said.ts';
import { keepPerson, keepToken, person, token } from '../token.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';

export interface ActProps<T> {
  /** Of the button: a verb, and of what. */
  readonly label: string;
  /** Whether it is done? One question. */
  readonly asks: string;
  /** What will happen, in a sentence or two. */
  readonly says: ComponentChildren;
  /** Path below /api/v1/. */
  readonly path: string;
  readonly body?: unknown;
  /** What was done, from the answer: a sentence. */
  readonly done: (answer: T) => string;
  /** Called after it was done: ask again for what it has changed. */
  readonly onDone?: (answer: T) => void;
  /** It ends or discards something. */
  readonly isGrave?: boolean;
  /** Small, for rows of tables. */
  readonly isSmall?: boolean;
  /** More to ask, inside the dialog; what it asks goes into `body`. */
  readonly children?: ComponentChildren;
}

export function Act<T>(props: ActProps<T>) {
  const [isAsking, setAsking] = useState(false);
  const { label, isGrave = false, isSmall = false } = props;
  const kind = ['button', isGrave && 'grave', isSmall && 'small'].filter(Boolean).join(' ');
  return (
    <>
      <button type="button" class={kind} onClick={() => setAsking(true)}>
        {label}
      </button>
      {isAsking && <Question {...props} onClose={() => setAsking(false)} />}
    </>
  );
}

/** What a record takes for a name: ASCII that can be printed. */
const NAME = /^[!-~]([ -~]{0,198}[!-~])?$/;

function Question<T>(props: ActProps<T> & { readonly onClose: () => void }) {
  const { label, asks, says, isGrave, children, onClose } = props;
  const [name, setName] = useState(person.value);
  const [given, setGiven] = useState('');
  const { act, isOut, trouble, needsToken } = useAct(props);
  return (
    <Dialog title={asks} onClose={onClose}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isOut) void act(name, given);
        }}
      >
        <div class="dialog-says">{says}</div>
        {children}
        {needsToken && <TokenField value={given} onValue={setGiven} />}
        <label class="field">
          <span>Your name</span>
          <input
            type="text"
            name="by"
            autocomplete="username"
            required
            autofocus={person.value === '' && !needsToken}
            maxLength={200}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <small>It stands in the record beside what is done. This browser keeps it.</small>
        </label>
        {trouble !== undefined && (
          <div class="failed" role="alert">
            <Icon name="warns" /> <span>{trouble}</span>
          </div>
        )}
        <footer class="dialog-foot">
          <button type="button" class="button quiet" onClick={onClose}>
            Leave it
          </button>
          <button
            type="submit"
            autofocus={person.value !== '' && !needsToken}
            class={isGrave ? 'button grave main' : 'button main'}
            disabled={isOut}
          >
            {isOut ? 'Asking …' : label}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** The doing of it: once at a time, and what went wrong. */
function useAct<T>(props: ActProps<T> & { readonly onClose: () => void }) {
  const { path, body = {}, done, onDone, onClose } = props;
  const [needsToken, setNeedsToken] = useState(token.value === '');
  const [isOut, setOut] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const act = async (name: string, given: string): Promise<void> => {
    if (!NAME.test(name.trim())) {
      return setTrouble('A name in the record is of letters without accents, digits and signs.');
    }
    keepPerson(name);
    if (given.trim() !== '') keepToken(given);
    setOut(true);
    setTrouble(undefined);
    try {
      const answer = await post<T>(path, body);
      say(done(answer));
      onClose();
      onDone?.(answer);
    } catch (error) {
      setOut(false);
      const isRefused = error instanceof ApiProblem && error.status === 401;
      setTrouble(
        isRefused
          ? 'This is done with the token only, and none or another was given.'
          : sentenceOf(error),
      );
      if (isRefused) setNeedsToken(true);
    }
  };
  return { act, isOut, trouble, needsToken };
}

export function TokenField({
  value,
  onValue,
}: {
  readonly value: string;
  readonly onValue: (value: string) => void;
}) {
  return (
    <label class="field">
      <span>Token</span>
      <input
        type="password"
        name="token"
        autocomplete="off"
        autofocus
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <small>
        It is in the file <code>token</code> of the controller’s data directory (
        <code>.lifeline/token</code>), and in the address that <code>lifeline up</code> prints to a
        terminal.
      </small>
    </label>
  );
}
