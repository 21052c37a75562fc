/**
 * Which addresses are of this machine alone, and what it takes to listen at another one. Apart from the
 * server, which takes long to load, so that a flag is found wrong before anything is opened.
 *
 *   127.0.0.1, ::1, localhost   http will do
 *   all others                  https only
 */
import { isIP } from 'node:net';
import { InvalidSetting } from '../../machines/timing.ts';

/** Whether nobody but this machine reaches the host. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** @throws {InvalidSetting} when others can reach the host and there is no TLS */
export function checkListening(host: string, isSecure: boolean): void {
  if (isSecure || isLoopback(host)) return;
  throw new InvalidSetting(
    `Others can reach ${host}: give --tls-cert and --tls-key, or listen at 127.0.0.1.`,
  );
}
