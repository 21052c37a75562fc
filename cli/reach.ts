/**
 * Which controller is meant, and the way to it.
 *
 *   --url http://…        that one, over HTTP
 *   --url nats://…        the one of --namespace there, over NATS
 *   else --data           the one that holds the directory, over HTTP: its address is in there
 *                         nobody holds it: the directory itself (local-api.ts)
 */
import { OwnerUnknown } from '../store/owner.ts';
import { StoreInUse } from '../store/store.ts';
import { addressOf, readToken, tokenOf } from './address.ts';
import { createApiClient, isNoAnswer, ProblemAnswered, type Api, type Ask } from './api-client.ts';
import { askByHttp, type Endpoint } from './api-http.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';
import { spoolSettings } from './settings.ts';
import type { Call } from './verb.ts';
import { asker } from './who.ts';

/** Who is starting answers within this time, or there is nobody. */
const ANSWER_WITHIN_MS = 5_000;
const ANSWER_LEAST_MS = 1_000;
const TRY_AGAIN_MS = 100;

/**
 * The controller that is meant, or the records of the directory when nobody holds it.
 *
 * @param decides something will be decided, not only read
 * @throws {CommandFailed} `noController` when nobody answers within 5 s, or nothing was ever run there
 */
export async function reach(call: Call, { decides = false } = {}): Promise<Api> {
  const { url } = call.values;
  if (url === undefined) return reachDirectory(call, decides);
  return /^https?:/.test(url) ? reachHttp(call, url) : reachNats(call, url);
}

/** Asks the controller that is meant, and lets go of it. */
export async function asking<T>(
  call: Call,
  ask: (api: Api) => Promise<T>,
  options: { readonly decides?: boolean } = {},
): Promise<T> {
  const api = await reach(call, options);
  try {
    return await ask(api);
  } finally {
    await api.close();
  }
}

/**
 * Has something begun: by the controller at work that is meant, or by one that the command brings along when
 * nobody holds the directory. Whoever is just beginning or about to end there is waited for.
 *
 * @param here throws `isInUse` when somebody else holds the directory
 * @throws {CommandFailed} for flags that are of use to a controller of the command's own only
 */
export async function withController(
  call: Call,
  there: (api: Api) => Promise<number>,
  here: () => Promise<number>,
): Promise<number> {
  return onceFree(call, async () => {
    const api = await reachRunning(call);
    if (api === undefined) return here();
    try {
      return await there(api);
    } finally {
      await api.close();
    }
  });
}

/**
 * Attempts it until nobody else holds the directory, for 5 s: a command that reads holds it for a moment,
 * and so does a controller that is just beginning or about to end.
 *
 * @param attempt throws `isInUse` when somebody else holds the directory
 * @param isPassing whether the holder may let go of it; asked after each attempt
 */
export async function onceFree<T>(
  call: Pick<Call, 'clock'>,
  attempt: () => Promise<T>,
  isPassing: () => boolean = () => true,
): Promise<T> {
  const until = call.clock.elapsed() + ANSWER_WITHIN_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isInUse(error) || !isPassing() || call.clock.elapsed() >= until) throw error;
    }
    await pause(call);
  }
}

/** The controller at work that is meant and takes jobs; undefined when there is none. */
async function reachRunning(call: Call): Promise<Api | undefined> {
  const { url, data } = call.values;
  const holder = url === undefined ? addressOf(data) : undefined;
  if (url === undefined && holder === undefined) return undefined;
  if (holder?.takesJobs === false) throw busyHolder(data, holder.url);
  const own = (['agents', 'slots', ...spoolSettings] as const).find((name) => call.typed.has(name));
  if (own !== undefined) {
    throw usage(
      `--${own} is for agents of the command's own, but a controller is at work ${url === undefined ? 'in' : 'at'} ${url ?? data}: leave it out.`,
    );
  }
  return url === undefined ? reachHolder(call) : reach(call);
}

async function reachHttp(call: Call, url: string): Promise<Api> {
  const { data } = call.values;
  const file = call.values['token-file'];
  const isOfDirectory = () => addressOf(data)?.url === url;
  const token = () => {
    if (file !== undefined) return readToken(file);
    return isOfDirectory() ? tokenOf(data) : undefined;
  };
  const where = `at ${url}`;
  const ask = askByHttp(() => ({ url, token: token() }), asker(), where, call.clock);
  return knocked(ask, { where, close: async () => {} }, call);
}

async function reachNats(call: Call, url: string): Promise<Api> {
  const { openNats } = await import('./open-nats.ts');
  const { askByNats } = await import('./api-nats.ts');
  const { namespace, client } = call.values;
  const where = `at ${url} in the namespace "${namespace}" to the client "${client}"`;
  const transport = await openNats(call, url.split(','));
  const way = { transport, clock: call.clock, namespace, client, by: asker(), where };
  const { ask, close } = askByNats(way);
  const closeBoth = () => {
    close();
    return transport.close();
  };
  return knocked(ask, { where, close: closeBoth }, call);
}

/** Whoever holds the directory, where the address in it says; it may be started again meanwhile. */
async function reachHolder(call: Call): Promise<Api> {
  const { data } = call.values;
  const locate = (): Endpoint | undefined => {
    const url = addressOf(data)?.url;
    return url === undefined ? undefined : { url, token: tokenOf(data) };
  };
  const where = `in ${data}`;
  const ask = askByHttp(locate, asker(), where, call.clock);
  return knocked(ask, { where, close: async () => {} }, call);
}

async function reachDirectory(call: Call, decides: boolean): Promise<Api> {
  const { data } = call.values;
  try {
    return await onceFree(call, () =>
      addressOf(data) === undefined ? ownRecords(call, decides) : reachHolder(call),
    );
  } catch (error) {
    throw isInUse(error) ? silentHolder(data, error) : error;
  }
}

/** Waits until a controller answers. @throws {CommandFailed} `noController` after 5 s */
async function knocked(
  ask: Ask,
  { where, close }: { readonly where: string; readonly close: () => Promise<void> },
  call: Call,
): Promise<Api> {
  const until = call.clock.elapsed() + ANSWER_WITHIN_MS;
  for (;;) {
    try {
      // Enough for an answer to tell who is there, if it is no controller.
      const left = Math.max(ANSWER_LEAST_MS, until - call.clock.elapsed());
      const patient: Ask = (method, path, body) => ask(method, path, body, left);
      await createApiClient(patient, { where, isLive: true, close }).get('/healthz');
      return createApiClient(ask, { where, isLive: true, close });
    } catch (error) {
      // Its term is over and the next one begins: it is there, and can be asked.
      if (error instanceof ProblemAnswered && error.code === 'recovering')
        return createApiClient(ask, { where, isLive: true, close });
      if (isNoAnswer(error) && call.clock.elapsed() + TRY_AGAIN_MS < until) await pause(call);
      else {
        await close();
        throw error;
      }
    }
  }
}

const pause = ({ clock }: Pick<Call, 'clock'>) =>
  new Promise<void>((resolve) => clock.after(TRY_AGAIN_MS, resolve));

/** Another process holds the directory, and lives. */
const isInUse = (error: unknown): boolean =>
  error instanceof CommandFailed &&
  error.cause instanceof StoreInUse &&
  !(error.cause instanceof OwnerUnknown);

const busyHolder = (data: string, at: string) =>
  usage(
    `The data directory ${data} is in use by another lifeline command, which answers at ${at} and takes no other jobs: wait for its end, or choose another with --data.`,
  );

const silentHolder = (data: string, cause: unknown) =>
  new CommandFailed(
    exitCodes.noController,
    `The data directory ${data} is in use by another lifeline command, which does not answer: wait for its end, or choose another with --data.`,
    { cause },
  );

/** Loaded when it is needed: with the routes come the store and the schemas of all that is asked. */
async function ownRecords(call: Call, decides: boolean): Promise<Api> {
  const { openRecords } = await import('./local-api.ts');
  return openRecords(call, decides);
}
