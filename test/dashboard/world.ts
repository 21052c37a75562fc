/**
 * A controller with agents and some history, and the ways to ask it: the routes themselves, HTTP, and the
 * transport. Time stands still for the interface, so that two who ask see the same.
 */
import { createApi } from '../../dashboard/server/api.ts';
import type { ApiAccess } from '../../dashboard/server/access.ts';
import type { PlayedScenario, ScenarioPlayer } from '../../dashboard/server/scenario-player.ts';
import { answerOverTransport } from '../../dashboard/server/control-server.ts';
import { createHttpServer } from '../../dashboard/server/http-server.ts';
import { openSamples } from '../../dashboard/server/samples.ts';
import { silent, type Logger } from '../../actors/logger.ts';
import { systemClock } from '../../actors/clock.ts';
import { pageOfSubTransactions } from '../../actors/queries.ts';
import { countedAs } from '../../actors/records.ts';
import {
  createAgent,
  createMemoryDisk,
  defineHandler,
  openMemoryStore,
  type Controller,
  type Handler,
  type Transport,
} from '../../index.ts';
import type { SubTransactionState } from '../../machines/sub-transaction.ts';
import { createControlClient } from '../../transport/control.ts';
import {
  endless,
  handlers,
  keep,
  picky,
  pictures,
  resize,
  start,
  stateOf,
  until,
} from '../index-world.ts';

export const TOKEN = 'a'.repeat(64);

/** Offered by the agent, and not known to the interface. */
const elsewhere = defineHandler({ name: 'elsewhere', run: (input) => input });

/** What an answer comes to, whichever way it came. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** One way to ask. */
export type Way = (
  method: 'GET' | 'POST',
  path: string,
  body?: string,
  by?: string,
) => Promise<Answer>;

export type World = Awaited<ReturnType<typeof openWorld>>;

/**
 * @param transport the one that controller, agents and clients share. Default: in memory
 */
export async function openWorld({ logger = silent }: { readonly logger?: Logger } = {}) {
  const { controller, store, transport } = await start({ alone: true });
  const agent = async (
    id: string,
    able: readonly Handler<never, unknown>[],
    disk = createMemoryDisk(),
  ) => {
    const own = await openMemoryStore(disk);
    return keep(await createAgent({ id, transport, handlers: able, store: own, slots: 20 }));
  };
  const a1 = await agent('a1', [resize, picky, elsewhere] as readonly Handler<never, unknown>[]);
  await thumbs(controller);
  await controller.submit(resize, { path: 'cat.jpg' }, { id: 'cat', by: 'ada' });
  await controller.submit(picky, { n: 13 }, { id: 'bad' }).catch(() => {});
  await until(() => a1.isSettled);
  const clock = { ...systemClock, now: () => Date.UTC(2100, 0, 1) };
  const access: ApiAccess = {
    store,
    controller,
    clock,
    logger,
    samples: openSamples({ controller, logger, clock: { ...clock, after: () => () => {} } }),
    about: { namespace: 'lifeline', version: '1.2.3' },
    handlers: new Map((handlers as readonly Handler[]).map((handler) => [handler.name, handler])),
    sources: new Map([['pictures', picturesSource]]),
    scenarios: storyteller,
  };
  /** Has work parked: its agent dies with it, and nobody may do it again blindly. */
  const park = async (ids: readonly string[]) => {
    const disk = createMemoryDisk();
    const a2 = await agent('a2', [endless], disk);
    for (const id of ids) await controller.accept(endless, null, { id });
    await until(() => ids.every((id) => stateOf(controller, id) === 'received'));
    await a2.close();
    disk.crash();
    await agent('a2', [endless], disk);
    await until(() => ids.every((id) => stateOf(controller, id) === 'parked'));
  };
  /** Resolves when nothing is on its way to the records any more. */
  const settled = () => until(() => a1.isSettled && !isAtWork(store));
  return { access, controller, store, transport, park, settled };
}

const AT_WORK = (Object.keys(countedAs) as SubTransactionState[]).filter((state) =>
  ['queued', 'active'].includes(countedAs[state]),
);

const isAtWork = (store: ApiAccess['store']) =>
  pageOfSubTransactions(store, { after: 0, states: AT_WORK }, 1).items.length > 0;

async function thumbs(controller: Controller): Promise<void> {
  const job = await controller.startJob({
    name: 'thumbs',
    source: 'test',
    by: 'ada',
    handler: resize,
    items: pictures(3),
  });
  await job.ended;
}

/** Plays nothing, and says what it was asked. */
const storyteller: ScenarioPlayer = {
  list: () =>
    Promise.resolve([
      {
        ...{
          name: 'story',
          kind: 'script',
          isShipped: true,
          isBeingWritten: false,
          title: 'A story',
        },
        ...{ source: null, bytes: 20, at: null },
      },
    ]),
  play(asked) {
    const played: PlayedScenario = {
      ...{
        kind: 'script',
        title: 'name' in asked ? asked.name : asked.files.map(({ file }) => file).join(', '),
        beganAt: null,
      },
      ...{ lanes: [], unrecorded: [], items: [], left: 0, failure: null, isWhole: true, notes: [] },
    };
    return Promise.resolve(Buffer.from(JSON.stringify(played)));
  },
};

/** A source of two items that has a name of its own. */
const picturesSource: ApiAccess['sources'] extends ReadonlyMap<string, infer S> ? S : never = (
  spec,
  { name = 'album', by },
) => {
  if (typeof spec['count'] !== 'number') throw new RangeError('never told');
  return Promise.resolve({
    name,
    by,
    source: `pictures:${spec['count']}`,
    spec: { kind: 'pictures', count: spec['count'] },
    items: pictures(spec['count']).map((input) => ({ handler: resize, input })),
  });
};

/** The routes themselves. */
export function askInject(access: ApiAccess): Way {
  const api = createApi(access);
  keep({ close: () => api.close() });
  return async (method, path, body, by) => {
    const response = await api.inject({
      method,
      url: path,
      headers: {
        ...(by === undefined ? {} : { 'lifeline-by': by }),
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { payload: body }),
    });
    const type = String(response.headers['content-type']);
    return { status: response.statusCode, type, body: response.body };
  };
}

/** HTTP on a free port. */
export async function askHttp(access: ApiAccess): Promise<Way> {
  const server = keep(await createHttpServer(access, { host: '127.0.0.1', port: 0, token: TOKEN }));
  return async (method, path, body, by) => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(by === undefined ? {} : { 'lifeline-by': by }),
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body }),
    });
    const type = String(response.headers.get('content-type'));
    return { status: response.status, type, body: await response.text() };
  };
}

/** The transport, with both ends on it or each on its own. */
export function askTransport(
  access: ApiAccess,
  { server, client }: { readonly server: Transport; readonly client: Transport },
): Way {
  const api = createApi(access);
  const { namespace } = access.about;
  const stop = answerOverTransport({
    ...{ api, transport: server, clock: systemClock, namespace },
    logger: access.logger,
  });
  const control = createControlClient({
    transport: client,
    clock: systemClock,
    namespace,
    client: 'eve',
    newId: newIds(),
  });
  keep({
    async close() {
      control.close();
      await stop();
      await api.close();
    },
  });
  return async (method, path, text, by) => {
    const body = text === undefined ? {} : { body: Buffer.from(text) };
    const call = { method, path, ...body, ...(by === undefined ? {} : { by }) };
    const reply = await control.request(call, { timeoutMs: 30_000 });
    return { ...reply, body: Buffer.from(reply.body).toString() };
  };
}

let ids = 0;
export const newIds = () => () => `request${++ids}`;
