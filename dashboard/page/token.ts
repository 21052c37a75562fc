/**
 * What proves that this person may act, and who it is.
 *
 *   #token=…   of the address that `lifeline up` prints: taken out of the address, kept until the tab is closed
 *   a name     asked for once, kept in this browser; it stands in the record of whatever is done
 */
import { signal } from '@preact/signals';

const TOKEN = 'lifeline.token';
const NAME = 'lifeline.by';

export const token = signal(sessionStorage.getItem(TOKEN) ?? '');
export const person = signal(localStorage.getItem(NAME) ?? '');

/** True while the controller answers nothing without the token: it listens where others can reach it. */
export const isTokenMissing = signal(false);

/** Takes the token out of the address, so that it is neither seen nor kept in the browser's history. */
export function takeToken(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return;
  keepToken(given);
  history.replaceState(history.state, '', location.pathname + location.search);
}

export function keepToken(given: string): void {
  token.value = given.trim();
  isTokenMissing.value = false;
  sessionStorage.setItem(TOKEN, token.value);
}

export function keepPerson(name: string): void {
  person.value = name.trim();
  localStorage.setItem(NAME, person.value);
}
