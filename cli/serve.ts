/**
 * Lets others ask a controller of this process: over HTTP, and over its transport where others share it.
 *
 *   run, ingest ─▶ a free port of this machine         up, controller ─▶ --host, --port
 *                        └──▶ DATA/address.json, DATA/token ◀──┘
 *
 * The server is loaded only here, since it takes longer to load than all the rest.
 */
import { readFileSync } from 'node:fs';
import type { Controller } from '../actors/controller-api.ts';
import type { ApiAccess } from '../dashboard/server/access.ts';
import { openSamples } from '../dashboard/server/samples.ts';
import type { Handler } from '../handlers/handler.ts';
import type { Store } from '../store/store.ts';
import type { Transport } from '../transport/transport.ts';
import { ensureToken, publishAddress } from './address.ts';
import { pathSentence, usage } from './failure.ts';
import { ingestSource } from './ingest-job.ts';
import { createScenarioPlayer } from './scenario-player.ts';
import type { Call } from './verb.ts';

/** What is asked. */
export interface Asked {
  readonly controller: Controller;
  readonly store: Store;
  readonly transport: Transport;
  /** Of work that may be submitted by name. */
  readonly handlers: readonly Handler[];
}

/** Where it answers. */
export interface Place {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Paths of PEM files. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** False: it ends with a job of its own, and is not to be given others. */
  readonly takesJobs: boolean;
}

export interface Served {
  readonly url: string;
  readonly access: ApiAccess;
  close(): Promise<void>;
}

/** The place for what runs only as long as its command. */
export const aFreePort: Place = {
  host: '127.0.0.1',
  port: 0,
  tls: undefined,
  takesJobs: false,
};

/**
 * Begins to answer; resolves when the address is known and published. What was begun before and was cut
 * short is left to `resumeJobs(access)`.
 *
 * @throws {CommandFailed} {InvalidSetting} one sentence: the port is taken, a certificate cannot be read …
 */
export async function serve(
  { values, clock, logger, version }: Pick<Call, 'values' | 'clock' | 'logger' | 'version'>,
  { controller, store, transport, handlers }: Asked,
  { host, port, tls, takesJobs }: Place,
): Promise<Served> {
  const { namespace, data, record } = values;
  const token = ensureToken(data);
  const pem = tls && { cert: readPem('certificate', tls.cert), key: readPem('key', tls.key) };
  const samples = openSamples({ controller, clock, logger });
  const access: ApiAccess = {
    controller,
    samples,
    store,
    clock,
    logger,
    about: { namespace, version },
    handlers: new Map(handlers.map((handler) => [handler.name, handler])),
    sources: new Map([['ingest', ingestSource(data)]]),
    scenarios: createScenarioPlayer(data, record),
  };
  const [{ createApi }, { createHttpServer }, { answerOverTransport }] = await Promise.all([
    import('../dashboard/server/api.ts'),
    import('../dashboard/server/http-server.ts'),
    import('../dashboard/server/control-server.ts'),
  ]);
  const secure = pem === undefined ? {} : { tls: pem };
  const opened: (() => unknown)[] = [() => samples.close()];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    const server = await createHttpServer(access, { host, port, token, ...secure });
    opened.push(() => server.close());
    if (transport.shared) {
      const api = createApi(access);
      opened.push(() => api.close());
      opened.push(answerOverTransport({ api, transport, clock, namespace, logger }));
    }
    opened.push(publishAddress(data, { url: server.url, takesJobs }));
    return { url: server.url, access, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function readPem(what: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw usage(pathSentence(`${what} file`, path, error), error);
  }
}
