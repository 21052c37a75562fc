/**
 * Who we are towards a NATS server, from files. They are looked at when the transport opens, so that what
 * is wrong with them is said in one sentence, and read again for each connection, so that a new key or new
 * credentials need no restart.
 *
 *   credentials file   a JWT and the seed that belongs to it
 *   nkey file          a seed
 *   TLS files          CA, certificate and key, read by the client library
 *
 * A file with a secret that everybody on the machine may read is refused, one that a group may read is not:
 * that is how containers are given secrets.
 */
import { readFileSync, statSync } from 'node:fs';
import { nkeyFromSeed } from './nats-keys.ts';
import { TransportError } from './transport.ts';

/** Files for TLS, in PEM. */
export interface NatsTls {
  /** The authorities that may sign the server's certificate, as PEM. Default: those of Node. */
  readonly caFile?: string;
  /** The certificate and key of this client, as PEM, for servers that ask for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Seed and, from a credentials file, JWT. */
export interface KeyLogin {
  readonly jwt?: string;
  readonly seed: string;
}

/**
 * The login of a credentials file or an nkey file, as a function that reads it anew. When the file is gone
 * or spoilt later, what it held last counts.
 *
 * @throws {TransportError} when it cannot be used now
 */
export function keyLogin(
  kind: 'credentials' | 'nkey',
  file: string,
  spoilt: (error: TransportError) => void,
): () => KeyLogin {
  const read = () =>
    kind === 'credentials'
      ? credentialsIn(file, secretText('credentials file', file))
      : seedIn(file, secretText('nkey file', file));
  let last = read();
  return () => {
    try {
      last = read();
    } catch (error) {
      spoilt(error as TransportError);
    }
    return last;
  };
}

/** @throws {TransportError} when one of the files cannot be used */
export function checkTls({ caFile, certFile, keyFile }: NatsTls): void {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new TransportError('A TLS certificate and its key belong together: name both files.');
  }
  if (caFile !== undefined) textOf('CA file', caFile);
  if (certFile !== undefined) textOf('TLS certificate file', certFile);
  if (keyFile !== undefined) secretText('TLS key file', keyFile);
}

function credentialsIn(file: string, text: string): KeyLogin {
  const jwt = /-BEGIN NATS USER JWT-+\s+(\S+)\s+-+END/.exec(text)?.[1];
  const seed = /-BEGIN USER NKEY SEED-+\s+(\S+)\s+-+END/.exec(text)?.[1];
  if (jwt === undefined || seed === undefined || nkeyFromSeed(seed) === undefined) {
    throw new TransportError(
      `The credentials file ${file} does not hold the JWT and the seed of a NATS user: make it anew, as by "nsc generate creds".`,
    );
  }
  return { jwt, seed };
}

function seedIn(file: string, text: string): KeyLogin {
  const seed = text.trim();
  if (nkeyFromSeed(seed) === undefined) {
    throw new TransportError(
      `The nkey file ${file} does not hold the seed of a NATS user: that is one word that begins with SU.`,
    );
  }
  return { seed };
}

function secretText(what: string, file: string): string {
  const text = textOf(what, file);
  const everybody = statSync(file).mode & 0o007;
  if (everybody !== 0 && process.platform !== 'win32') {
    throw new TransportError(
      `The ${what} ${file} holds a secret that everybody on this machine may use: take that away, as by "chmod 600".`,
    );
  }
  return text;
}

function textOf(what: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'it does not exist' : code;
    throw new TransportError(`The ${what} ${file} cannot be read (${why}).`, { cause: error });
  }
}
