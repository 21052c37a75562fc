/**
 * The dashboard and its JSON interface for a controller of one's own, at an address of their own.
 *
 *   openDashboard({ controller, store }) ─▶ http://127.0.0.1:4280   /   /api/v1   /metrics   /healthz
 *
 * It answers this machine only unless it is told otherwise, and lets nobody act without the token.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { systemClock, type Clock } from '../../actors/clock.ts';
import type { Controller } from '../../actors/controller-api.ts';
import { silent, type Logger } from '../../actors/logger.ts';
import type { Handler } from '../../handlers/handler.ts';
import type { Store } from '../../store/store.ts';
import { createHttpServer } from './http-server.ts';
import { openSamples } from './samples.ts';

/** What a dashboard shows, and where. */
export interface DashboardOptions {
  readonly controller: Controller;
  /** The store of that controller. */
  readonly store: Store;
  /** The controller's namespace. Default `lifeline`. */
  readonly namespace?: string;
  /** Handlers whose inputs are checked here when work is handed in by name; others an agent must offer. Default: none. */
  readonly handlers?: readonly Handler<never, unknown>[];
  /** Address to listen at. Anything but a loopback address needs `tls`. Default `127.0.0.1`. */
  readonly host?: string;
  /** 0: a free one. Default 4280. */
  readonly port?: number;
  /** What whoever acts must bring, as `authorization: Bearer …`. Default: 256 bits made by chance. */
  readonly token?: string;
  /** Certificate and key, in PEM. Default: plain HTTP, on a loopback address. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array };
  /** Hears of answers that went wrong. Default: silent. */
  readonly logger?: Logger;
  /** Default: the system's clocks and timers. */
  readonly clock?: Clock;
}

/** A dashboard that listens. */
export interface Dashboard extends AsyncDisposable {
  /** Where it answers: `http://127.0.0.1:4280`. */
  readonly url: string;
  /** What whoever acts must bring. */
  readonly token: string;
  /** The address for a browser: with the token, so that actions need not ask for it. For its owner's eyes only. */
  readonly address: string;
  /** Takes no more requests, answers those it has within two seconds, and lets go of the port. Controller and store stay open. */
  close(): Promise<void>;
}

/**
 * Begins to listen. Close it before the controller.
 *
 * @throws {InvalidSetting} one sentence: an address that others can reach without TLS, a port that is taken,
 *   a certificate that cannot be used
 */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { controller, store, namespace = 'lifeline', handlers = [], tls } = options;
  const { clock = systemClock, logger = silent, host = '127.0.0.1', port = 4280 } = options;
  const { token = randomBytes(32).toString('hex') } = options;
  const samples = openSamples({ controller, clock, logger });
  const listening = createHttpServer(
    {
      controller,
      samples,
      store,
      clock,
      logger,
      about: { namespace, version: ownVersion() },
      handlers: new Map((handlers as readonly Handler[]).map((one) => [one.name, one])),
      sources: new Map(),
    },
    { host, port, token, ...(tls ? { tls } : {}) },
  );
  listening.catch(() => samples.close());
  const server = await listening;
  const close = async () => {
    await server.close();
    samples.close();
  };
  const { url } = server;
  return { url, token, address: `${url}/#token=${token}`, close, [Symbol.asyncDispose]: close };
}

/** Of the package that this file is part of, in the sources and as it is built. */
function ownVersion(): string {
  const places = ['../../package.json', '../../../package.json'];
  const manifest = places
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  return (JSON.parse(readFileSync(manifest!, 'utf8')) as { version: string }).version;
}
