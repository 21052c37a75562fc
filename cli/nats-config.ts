/**
 * `lifeline nats-config`: prints the configuration of a nats-server for a controller, named agents and
 * clients, and makes the key of each. Seeds that are there are kept, so that the same command with one
 * more agent adds just that one.
 *
 *   lifeline nats-config a1 a2 client:ops > nats.conf
 *
 *   stdout   the configuration, with public keys only
 *   DIR      controller.nk  agent-a1.nk  agent-a2.nk  client-ops.nk   the seeds: 0600, in a directory 0700
 *   stderr   what was written, and the flags to use it with
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseId } from '../transport/ids.ts';
import { makeDirectories } from '../store/data-directory.ts';
import { createNkey, nkeyFromSeed } from '../transport/nats-keys.ts';
import { pathSentence, usage } from './failure.ts';
import { jsonDocument } from './json.ts';
import { natsServerText, type NatsServerSettings, type NatsUser } from './nats-permissions.ts';
import type { Call, Verb } from './verb.ts';

const DEFAULT_DIRECTORY = './nats-keys';
const DEFAULT_LISTEN = '127.0.0.1:4222';

/** A user, where its seed lies, and whether it was made just now. */
interface KeptUser extends NatsUser {
  readonly file: string;
  readonly isNew: boolean;
}

export const natsConfig: Verb = {
  name: 'nats-config',
  arguments: '<users...>',
  summary:
    'print a nats-server configuration that allows a namespace what it needs and nothing else',
  notes: `
The users are agents by their ids and clients as client:NAME; the controller is always one.
  lifeline nats-config a1 a2 client:ops > nats.conf
Seeds that are there already are kept, so more users can be added later.`,
  settings: [],
  options: [
    ['--keys <DIR>', `where the seeds are kept (default ${DEFAULT_DIRECTORY})`],
    ['--listen <HOST:PORT>', `where the server shall listen (default ${DEFAULT_LISTEN})`],
    ['--server-cert <FILE>', 'its certificate in PEM, as the server finds it: turns TLS on'],
    ['--server-key <FILE>', 'the key of that certificate'],
    ['--server-ca <FILE>', 'whoever connects must show a certificate of this authority'],
  ],
  // eslint-disable-next-line @typescript-eslint/require-await
  async run(call) {
    const { values, print } = call;
    const named = [{ kind: 'controller', name: 'controller' } as const, ...usersOf(call.args)];
    const listen = listenOf(option(call, 'listen') ?? DEFAULT_LISTEN);
    const tls = tlsOf(call);
    const directory = option(call, 'keys') ?? DEFAULT_DIRECTORY;
    const users = keyed(named, directory);
    const settings: NatsServerSettings = { namespace: values.namespace, listen, users, ...tls };
    const config = natsServerText(settings);
    if (values.json) print(jsonDocument({ namespace: values.namespace, listen, users, config }));
    else print(config.trimEnd());
    for (const line of advice(settings, users)) call.stderr.write(`${line}\n`);
    return 0;
  },
};

/** Agents and clients as they were typed: `a1`, `client:ops`. */
function usersOf(args: readonly string[]): readonly Pick<NatsUser, 'kind' | 'name'>[] {
  const users = new Map<string, Pick<NatsUser, 'kind' | 'name'>>();
  for (const arg of args) {
    const kind = arg.startsWith('client:') ? 'client' : 'agent';
    const name =
      kind === 'client'
        ? parseId(arg.slice('client:'.length), 'client name')
        : parseId(arg, 'agent id');
    users.set(arg, { kind, name });
  }
  return [...users.values()];
}

function option({ options }: Call, name: string): string | undefined {
  const typed = options[name];
  return typeof typed === 'string' ? typed : undefined;
}

function listenOf(text: string): string {
  const [, port] = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? [];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return text;
  throw usage(
    `--listen must be HOST:PORT, such as ${DEFAULT_LISTEN}, not ${JSON.stringify(text)}.`,
  );
}

function tlsOf(call: Call): Pick<NatsServerSettings, 'tls'> {
  const [cert, key, ca] = ['Cert', 'Key', 'Ca'].map((name) => option(call, `server${name}`));
  for (const path of [cert, key, ca])
    if (path !== undefined && !/^[^\p{Cc}"\\]+$/u.test(path))
      throw usage(`A path in a nats-server configuration cannot hold ${JSON.stringify(path)}.`);
  if (cert !== undefined && key !== undefined) return { tls: { cert, key, ca } };
  if (cert === undefined && key === undefined && ca === undefined) return {};
  throw usage('TLS needs --server-cert and --server-key together.');
}

/** Each user with its key: the seed that lies there, or a new one. */
function keyed(
  users: readonly Pick<NatsUser, 'kind' | 'name'>[],
  directory: string,
): readonly KeptUser[] {
  try {
    makeDirectories(directory);
  } catch (error) {
    throw usage(pathSentence('directory of seeds', directory, error), error);
  }
  return users.map(({ kind, name }) => {
    const file = join(directory, `${kind === 'controller' ? kind : `${kind}-${name}`}.nk`);
    try {
      const isNew = !existsSync(file);
      return { kind, name, file, isNew, publicKey: isNew ? writeNew(file) : readKept(file) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw usage(pathSentence('seed', file, error), error);
    }
  });
}

function writeNew(file: string): string {
  const { seed, publicKey } = createNkey();
  writeFileSync(file, `${seed}\n`, { mode: 0o600, flag: 'wx' });
  return publicKey;
}

function readKept(file: string): string {
  if ((statSync(file).mode & 0o077) !== 0)
    throw usage(
      `The seed ${file} may be read by others: \`chmod 600 ${file}\`, or remove it for a new one.`,
    );
  const key = nkeyFromSeed(readFileSync(file, 'utf8'));
  if (!key) throw usage(`The file ${file} holds no seed of a user; remove it for a new one.`);
  return key.publicKey;
}

/** What was done and what to type next. */
function advice(
  { namespace, listen, tls }: NatsServerSettings,
  users: readonly KeptUser[],
): string[] {
  const url = `${tls ? 'tls' : 'nats'}://${listen}`;
  const rest = namespace === 'lifeline' ? '' : ` --namespace ${namespace}`;
  const isLocal = /^(127\.|localhost:|\[::1\])/.test(listen);
  return [
    ...users.map(({ file, isNew }) => `${isNew ? 'made' : 'kept'}  ${file}`),
    ...(tls || isLocal
      ? []
      : [
          'Without --server-cert and --server-key whoever is on the network can read what travels.',
        ]),
    'nats-server -c FILE starts the server. Then:',
    ...users.map(
      ({ kind, name, file }) => `  ${commandOf(kind, name, url)} --nats-nkey ${file}${rest}`,
    ),
  ];
}

function commandOf(kind: NatsUser['kind'], name: string, url: string): string {
  switch (kind) {
    case 'controller':
      return `lifeline controller --nats ${url}`;
    case 'agent':
      return `lifeline agent --nats ${url} --id ${name}`;
    case 'client':
      return `lifeline ps --url ${url} --client ${name}`;
  }
}
