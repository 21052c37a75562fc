/**
 * The answers of this process itself, for lack of another: the routes of a controller, asked without a server.
 *
 *   idle directory, to read      the store alone; nothing is written
 *   idle directory, to decide    a controller without agents: what is decided waits in the store
 *   a job of this process        its own controller
 */
import type { ApiAccess } from '../dashboard/server/access.ts';
import { createApiClient, type Api } from './api-client.ts';
import { openIdle } from './controller-store.ts';
import { openEmbedded, type Embedded } from './embedded.ts';
import type { Call } from './verb.ts';
import { asker } from './who.ts';

/** The answers of an idle directory. */
export async function openRecords(call: Call, decides: boolean): Promise<Api> {
  const { data } = call.values;
  // Also so that a directory without a store is not given one.
  const store = await openIdle(data);
  if (!decides) return recordsApi(call, { store, close: () => store.close() });
  await store.close();
  return recordsApi(call, await openEmbedded(call, [], 0));
}

async function recordsApi(
  call: Call,
  { store, controller, close }: Pick<Embedded, 'store' | 'close'> & Partial<Embedded>,
): Promise<Api> {
  const access = accessOf(call, store);
  try {
    return await withinApi(call, controller ? { ...access, controller } : access, {
      isLive: false,
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Asks the controller of this process. */
export async function askingOwn<T>(
  call: Call,
  { store, controller }: Pick<Embedded, 'store' | 'controller'>,
  ask: (api: Api) => Promise<T>,
): Promise<T> {
  const access = { ...accessOf(call, store), controller };
  const api = await askOwn(call, access);
  try {
    return await ask(api);
  } finally {
    await api.close();
  }
}

/** Asks the controller of this process, for as long as it is there. */
export const askOwn = (call: Call, access: ApiAccess): Promise<Api> =>
  withinApi(call, access, { isLive: true, close: async () => {} });

/** What the routes answer from when nobody else may ask them. */
function accessOf(
  { clock, logger, values: { namespace }, version }: Call,
  store: ApiAccess['store'],
): ApiAccess {
  const about = { namespace, version };
  return { store, clock, logger, about, handlers: new Map(), sources: new Map() };
}

/** The routes themselves, asked within this process. */
async function withinApi(
  { values }: Call,
  access: ApiAccess,
  { isLive, close }: { readonly isLive: boolean; readonly close: () => Promise<void> },
): Promise<Api> {
  const { askWithin } = await import('./api-within.ts');
  const within = askWithin(access, asker());
  const closeBoth = async () => {
    await within.close();
    await close();
  };
  return createApiClient(within.ask, { where: `in ${values.data}`, isLive, close: closeBoth });
}
