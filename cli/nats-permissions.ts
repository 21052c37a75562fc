/**
 * The text of a least-privilege nats-server configuration: who may speak and listen where.
 *
 *                    publishes                                        subscribes
 *   controller       to.* probe.* reply.* claim feed.>                from.* probe.* control.* claim
 *   agent <id>       from.<id>                                        to.<id>
 *   client <name>    control.<name>                                   reply.<name> feed.>
 *
 * Allow lists only: what is not named is refused, and deny rules have been got round in old servers. Nobody
 * gets an inbox, since nothing here uses request and reply of NATS. The text holds public keys only.
 */
import { MAX_FRAME_BYTES } from '../transport/codec.ts';
import {
  allControls,
  allFeeds,
  claim,
  control,
  fromAgent,
  fromAllAgents,
  probe,
  reply,
  toAgent,
  type SubjectPattern,
} from '../transport/subjects.ts';

/** Who connects: the controller, an agent or a client, and its public key. */
export interface NatsUser {
  readonly kind: 'controller' | 'agent' | 'client';
  /** Its id or name; of the controller: `controller`. */
  readonly name: string;
  readonly publicKey: string;
}

export interface NatsServerSettings {
  readonly namespace: string;
  /** `HOST:PORT`; the port −1 lets the server choose a free one. */
  readonly listen: string;
  readonly users: readonly NatsUser[];
  /** Paths of PEM files, as the server shall read them. Left out: no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string | undefined };
}

interface Permissions {
  readonly publish: readonly SubjectPattern[];
  readonly subscribe: readonly SubjectPattern[];
}

/** Bytes of a NATS message: the largest frame fits, and the default of the server stays. */
const MAX_PAYLOAD = 1_048_576;

/** A node that reconnects has two connections for a moment; somebody without a key has one for two seconds. */
const CONNECTIONS_PER_USER = 4;
const CONNECTIONS_MIN = 64;

/** Subscriptions of one connection; a controller needs the most, four. */
const SUBSCRIPTIONS_MAX = 16;

/** What a user may do, by the subjects of the protocol. @throws {InvalidId} when a name is no id */
export function permissionsOf(namespace: string, { kind, name }: NatsUser): Permissions {
  switch (kind) {
    case 'controller': {
      const probes = all(probe(namespace, ANY));
      return {
        publish: [
          all(toAgent(namespace, ANY)),
          all(reply(namespace, ANY)),
          allFeeds(namespace),
          probes,
          claim(namespace),
        ],
        subscribe: [fromAllAgents(namespace), allControls(namespace), probes, claim(namespace)],
      };
    }
    case 'agent':
      return { publish: [fromAgent(namespace, name)], subscribe: [toAgent(namespace, name)] };
    case 'client':
      return {
        publish: [control(namespace, name)],
        subscribe: [reply(namespace, name), allFeeds(namespace)],
      };
  }
}

/** The configuration as a file for `nats-server -c`; 2.9.10 and newer take it. */
export function natsServerText(settings: NatsServerSettings): string {
  const { namespace, listen, users, tls } = settings;
  const connections = Math.max(CONNECTIONS_MIN, users.length * CONNECTIONS_PER_USER);
  return `# nats-server for the Lifeline namespace "${namespace}", as \`lifeline nats-config\` prints it.
# nats-server -c FILE starts it. It holds public keys only; each seed is with its owner.

# Where it listens.
listen: ${JSON.stringify(listen)}
${tls === undefined ? '' : `\n${tlsBlock(tls)}\n`}
# The largest message: a whole frame of Lifeline has up to ${MAX_FRAME_BYTES} bytes.
max_payload: ${MAX_PAYLOAD}

# Connections in all, those that have not said who they are included.
max_connections: ${connections}

# Subscriptions of one connection, of which Lifeline needs four. Each one more would multiply a flood.
max_subscriptions: ${SUBSCRIPTIONS_MAX}

# The longest protocol line: two ids, a namespace and a signature fit.
max_control_line: 2KB

# What may wait for one slow connection: 64 of the largest messages; then it is closed and comes back.
max_pending: 64MB
write_deadline: "5s"

# A dead connection is found after 15 s.
ping_interval: "5s"
ping_max: 2

# Headers are not used, and servers have obeyed some of them without asking for permission.
no_header_support: true

authorization {
  # Seconds to say who one is. There is no user without a key.
  timeout: 2
  users: [
${users.map((user) => userBlock(namespace, user)).join('\n')}
  ]
}
`;
}

function tlsBlock({ cert, key, ca }: NonNullable<NatsServerSettings['tls']>): string {
  const clients =
    ca === undefined
      ? []
      : [
          '  # Who connects shows a certificate of this authority.',
          `  ca_file: ${JSON.stringify(ca)}`,
          '  verify: true',
        ];
  return [
    '# All that travels is encrypted.',
    'tls {',
    `  cert_file: ${JSON.stringify(cert)}`,
    `  key_file: ${JSON.stringify(key)}`,
    ...clients,
    '}',
  ].join('\n');
}

function userBlock(namespace: string, user: NatsUser): string {
  const { publish, subscribe } = permissionsOf(namespace, user);
  const what = user.kind === 'controller' ? 'The controller' : `The ${user.kind} ${user.name}`;
  const list = (subjects: readonly string[]) => subjects.map((s) => JSON.stringify(s)).join(', ');
  return `    # ${what}: ${PURPOSE[user.kind]}.
    {
      nkey: ${user.publicKey}
      permissions: {
        publish: { allow: [${list(publish)}] }
        subscribe: { allow: [${list(subscribe)}] }
      }
    }`;
}

const PURPOSE: Readonly<Record<NatsUser['kind'], string>> = {
  controller: 'speaks to every agent and client, and to other controllers',
  agent: 'speaks to the controller and hears what is meant for it',
  client: 'asks the controller and hears its answers and the public events',
};

/** Stands for any id where a pattern for all of them is built. */
const ANY = 'any';

/** The pattern for all subjects that differ from this one in the last part. */
const all = (subject: string) => subject.replace(/[^.]+$/, '*') as SubjectPattern;
