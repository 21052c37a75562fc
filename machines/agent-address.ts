/**
 * What an agent may be called by in a process class beside its id: a URI, as the source system's
 * `remote_scheduler="http://host:4445"`. Nothing is ever opened there; it only names.
 *
 *   HTTP://Host:80/  ─▶  http://host        a1  ─▶  an id, no address
 */

import { InvalidSetting } from './timing.ts';

/** Characters that an address may have. */
export const ADDRESS_LENGTH = 300;

/** The one way to spell it, or undefined for what is no URI with a host, or carries a password. */
export function agentAddress(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { host, username, password, href } = new URL(text);
  if (host === '' || username !== '' || password !== '') return undefined;
  const address = href.endsWith('/') ? href.slice(0, -1) : href;
  return address.length <= ADDRESS_LENGTH ? address : undefined;
}

/** Ids have no colon, addresses have one. */
export const isAddress = (name: string): boolean => name.includes(':');

/** Its one spelling. @throws {InvalidSetting} for what is none */
export function checkAddress(text: string): string {
  const address = agentAddress(text);
  if (address !== undefined) return address;
  throw new InvalidSetting(
    `The address of an agent must be a URI of at most ${ADDRESS_LENGTH} characters without a password, as http://host:4445, not ${JSON.stringify(text.slice(0, 80))}.`,
  );
}
