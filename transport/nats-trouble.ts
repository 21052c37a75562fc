/**
 * What goes wrong with a NATS server, as sentences that say what to do: an error when it happens at the
 * first connection, and afterwards a line in the log. Errors are known by name, code and text: those of
 * TLS come from Node, the others from the client library.
 */
import { TransportError } from './transport.ts';

/** @param at the address of the server, without user and password */
export function openingError(error: Error, at: string): TransportError {
  const { name, message } = error;
  const say = (sentence: string, retryable = false) =>
    new TransportError(sentence, { cause: error, retryable });
  if (name === 'AuthorizationError' || name === 'UserAuthenticationExpiredError') {
    return say(
      `The NATS server at ${at} refuses this login (${message}): check the credentials, the nkey, or user and password in its address.`,
    );
  }
  if (message.includes(`does not support 'tls'`)) {
    return say(
      `The NATS server at ${at} offers no TLS: set it up there, or do without tls:// and TLS files.`,
    );
  }
  if (isOfTls(error)) {
    return say(
      `The TLS connection to the NATS server at ${at} fails (${message}): check the CA file, the certificate and the name in the address.`,
    );
  }
  const why = name === 'TimeoutError' ? 'no answer in time' : message;
  return say(
    `The NATS server at ${at} cannot be used (${why}): see what it logs, or name another.`,
    true,
  );
}

/** The server does not take frames as large as ours. */
export function tooSmall(at: string, max: number, needed: number): TransportError {
  return new TransportError(
    `The NATS server at ${at} takes messages of at most ${max} bytes, and Lifeline sends up to ${needed}: raise max_payload in its configuration.`,
  );
}

/** The library wraps errors of TLS in its own. */
function isOfTls(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as { code?: string };
  return (
    /TLS|SSL|CERT|SIGNATURE|ISSUER|PEM/.test(code) ||
    /certificate|\bPEM\b/i.test(error.message) ||
    isOfTls(error.cause)
  );
}

/** The part of a pino logger that is used. */
export interface NatsLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const TOLD_MAX = 1000;

/** Logs each trouble once until it is told to forget; the same comes with every frame and every attempt. */
export function createTrouble(logger: NatsLogger) {
  const told = new Set<string>();
  return {
    tell(error: Error) {
      if (told.has(error.message)) return;
      if (told.size >= TOLD_MAX) told.clear();
      told.add(error.message);
      logger.error({ error: error.message }, sentenceOf(error));
    },
    forget: () => told.clear(),
  };
}

function sentenceOf(error: Error): string {
  const { name, message } = error;
  if (name === 'PermissionViolationError') {
    const { operation, subject } = error as Error & Record<'operation' | 'subject', string>;
    const act = operation === 'publish' ? 'publish to' : 'subscribe to';
    return `The NATS server does not let this user ${act} ${subject}: permit it in its configuration.`;
  }
  if (name === 'AuthorizationError' || name === 'UserAuthenticationExpiredError') {
    return `The NATS server refuses this login (${message}); it is tried again.`;
  }
  return error instanceof TransportError
    ? message
    : `The connection to NATS has an error (${message}).`;
}
