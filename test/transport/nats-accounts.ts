/**
 * A NATS operator with one account, for logins by credentials file: what nsc does, in memory.
 *
 *   operator ──signs──▶ account ──signs──▶ user ──▶ credentials file (JWT and seed)
 */
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

const encoded = (value: object | Uint8Array) =>
  Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64url');

function jwt(signer: KeyPair, subject: KeyPair, nats: { readonly type: string }): string {
  const claims = {
    jti: nats.type,
    iat: 1_700_000_000,
    iss: signer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: nats.type,
    nats: { version: 2, ...nats },
  };
  const unsigned = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(claims)}`;
  return `${unsigned}.${encoded(signer.sign(Buffer.from(unsigned)))}`;
}

export interface NatsAccounts {
  /** For the server. */
  readonly configText: string;
  /** The content of a credentials file of a new user. */
  credentials(): string;
}

export function createNatsAccounts(): NatsAccounts {
  const operator = nkeys.createOperator();
  const account = nkeys.createAccount();
  const limits = { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1 };
  const accountJwt = jwt(operator, account, { type: 'account', ...{ limits } });
  return {
    configText: `
      operator: ${jwt(operator, operator, { type: 'operator' })}
      resolver: MEMORY
      resolver_preload: { ${account.getPublicKey()}: ${accountJwt} }
    `,
    credentials() {
      const user = nkeys.createUser();
      const limited = { subs: -1, data: -1, payload: -1 };
      const seed = new TextDecoder().decode(user.getSeed());
      return [
        '-----BEGIN NATS USER JWT-----',
        jwt(account, user, { type: 'user', ...limited }),
        '------END NATS USER JWT------',
        '',
        '-----BEGIN USER NKEY SEED-----',
        seed,
        '------END USER NKEY SEED------',
        '',
      ].join('\n');
    },
  };
}
