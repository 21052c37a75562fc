/**
 * Certificates for tests, made on the spot: an authority and what it signs, as PEM. Node can sign but does
 * not write X.509, so the few structures are put together here, in DER: a tag, a length, the content.
 *
 *   Certificate = { body, algorithm, signature }
 *   body        = { version, serial, algorithm, issuer, validity, subject, public key, extensions }
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  /** PEM, for those who trust it. */
  readonly certificate: string;
  /** A certificate for a server with these names and IPv4 addresses, or for a client of that name. */
  issue(...names: readonly [string, ...string[]]): Certified;
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
};
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const text = (tag: number, value: string) => der(tag, Buffer.from(value, 'latin1'));
const integer = (value: number) => der(0x02, Buffer.from([value]));
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content);
const object = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));

const ECDSA_WITH_SHA256 = sequence(object('2a8648ce3d040302'));
const COMMON_NAME = object('550403');
const ALTERNATIVE_NAMES = object('551d11');
const BASIC_CONSTRAINTS = object('551d13');
const VALIDITY = sequence(text(0x18, '20000101000000Z'), text(0x18, '20991231235959Z'));

const distinguished = (name: string) =>
  sequence(der(0x31, sequence(COMMON_NAME, text(0x0c, name))));

const isIp = (name: string) => /^[\d.]+$/.test(name);
const alternative = (name: string) =>
  isIp(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : text(0x82, name);

const pem = (content: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(content).toString('base64')}\n-----END CERTIFICATE-----\n`;

export function createAuthority(name = 'Test Authority'): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let serial = 0;
  const certify = (subject: string, publicKey: KeyObject, extension: Uint8Array) => {
    serial++;
    const body = sequence(
      der(0xa0, integer(2)),
      integer(serial),
      ECDSA_WITH_SHA256,
      distinguished(name),
      VALIDITY,
      distinguished(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(extension)),
    );
    return pem(sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, own.privateKey))));
  };
  const isAuthority = der(0x01, Buffer.from([0xff]));
  return {
    certificate: certify(
      name,
      own.publicKey,
      sequence(BASIC_CONSTRAINTS, isAuthority, der(0x04, sequence(isAuthority))),
    ),
    issue(...names) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const extension = sequence(ALTERNATIVE_NAMES, der(0x04, sequence(...names.map(alternative))));
      return {
        certificate: certify(names[0], publicKey, extension),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}
