/**
 * `lifeline controller`: the node that decides, for agents that are processes of their own, over NATS.
 *
 *   NATS found ─▶ store ─▶ namespace free? ─▶ term ─▶ HTTP, control over NATS ─▶ jobs cut short go on ─▶ ready
 *                                                                                        │ signal
 *               agents keep their tasks ◀── all closed in order ◀── hand-over.ts ◀───────┘
 */
import { basename, join } from 'node:path';
import { key, type MetaRow } from '../actors/records.ts';
import type { Handler } from '../handlers/handler.ts';
import { resumeJobs } from '../dashboard/server/job-sources.ts';
import { checkListening } from '../dashboard/server/loopback.ts';
import type { Transport } from '../transport/transport.ts';
import { aborted } from './aborted.ts';
import { addressOf, tokenOf } from './address.ts';
import { configureAtStart } from './config-start.ts';
import { createHandlers, openNodes, type Nodes } from './embedded.ts';
import { usage } from './failure.ts';
import { checkHandover, leave } from './hand-over.ts';
import { loadHandlers } from './handlers-file.ts';
import { jsonLine } from './json.ts';
import { openNodeNats } from './open-nats.ts';
import { onceFree } from './reach.ts';
import { openRecordingOf } from './recording.ts';
import { serve, type Place, type Served } from './serve.ts';
import { httpSettings, natsSettings, recordSettings, type Values } from './settings.ts';
import { shownCount, shownTime } from './shown.ts';
import { eventLine } from './timeline.ts';
import type { Call, Verb } from './verb.ts';

const LAST_PORT = 65_535;

export const controller: Verb = {
  name: 'controller',
  arguments: '',
  summary: 'a controller for agents on other machines, over NATS',
  notes: `
It needs --nats; on one machine \`lifeline up\` does without. The first signal ends it in order: nothing new is given out, what is handed in is kept, and it says until when agents keep their tasks: for one --timeout, or as long as --handover grants them. Longer than that without a controller, and every task is killed. The next controller on this data directory goes on where this one was. A second signal ends it at once.`,
  settings: [...natsSettings, ...httpSettings, ...recordSettings, 'handlers', 'handover'],
  options: [],
  async run(call) {
    const servers = call.values.nats;
    if (servers === undefined) {
      throw usage(
        'Say where NATS is with --nats URL; for one machine there is `lifeline up`, which needs none.',
      );
    }
    return runController(call, () => openNodeNats(call, servers, 'controller'), 0);
  },
};

/** The handlers of this package and those of `--handlers`. @throws {CommandFailed} */
export async function handlersOf({ values, clock }: Call): Promise<readonly Handler[]> {
  const own = await createHandlers(clock);
  if (values.handlers === undefined) return own;
  const loaded = await loadHandlers(values.handlers);
  const taken = own.find(({ name }) => loaded.some((handler) => handler.name === name));
  if (taken === undefined) return [...own, ...loaded];
  throw usage(
    `The handlers file ${basename(values.handlers)} has a handler called "${taken.name}", as one of Lifeline is; give it another name.`,
  );
}

/**
 * A controller, and agents of this process, until a signal comes or the controller ends. Resolves with the
 * exit code.
 *
 * @param agents how many
 * @throws {CommandFailed} {InvalidSetting} {NamespaceInUse} one sentence
 */
export async function runController(
  call: Call,
  openTransport: () => Promise<Transport>,
  agents: number,
): Promise<number> {
  const interrupted = call.interruption();
  // What is wrong with the flags is said before anybody is kept waiting.
  const place = placeOf(call.values);
  checkHandover(call);
  const handlers = await handlersOf(call);
  const opened: (() => Promise<void>)[] = [];
  try {
    const tap = await openRecordingOf(call, opened);
    const transport = await openTransport();
    opened.push(() => transport.close());
    // One that answers is there to stay.
    const isPassing = () => addressOf(call.values.data) === undefined;
    const nodes = await onceFree(
      call,
      () => openNodes(call, transport, handlers, agents, tap),
      isPassing,
    );
    opened.push(() => nodes.close());
    await configureAtStart(call, nodes.controller);
    const served = await serve(call, { ...nodes, transport, handlers }, place);
    opened.push(() => served.close());
    const inspector = await openInspectorOf(call, served, opened);
    tellAgents(call, nodes);
    await nodes.join();
    ready(call, nodes, { url: served.url, inspector }, await resumeJobs(served.access));
    const ended = await Promise.race([nodes.controller.ended, aborted(interrupted)]);
    if (ended !== undefined) throw ended;
    return await leave(call, nodes);
  } finally {
    for (const close of opened.reverse()) await close();
  }
}

/** The page of `--inspect`; undefined: nobody asked for it. */
async function openInspectorOf(
  call: Call,
  { access }: Served,
  opened: (() => Promise<void>)[],
): Promise<string | undefined> {
  if (!call.values.inspect) return undefined;
  const { bridgeOwn } = await import('./inspector-bridge.ts');
  const bridge = await bridgeOwn(call, access);
  opened.push(() => bridge.close());
  return bridge.url;
}

function placeOf(values: Values): Place {
  const { host, port, 'tls-cert': cert, 'tls-key': tlsKey } = values;
  if ((cert === undefined) !== (tlsKey === undefined)) {
    throw usage('Give --tls-cert and --tls-key together, or neither of them.');
  }
  if (values.inspect && port === LAST_PORT)
    throw usage('--inspect takes the port after --port: choose a lower one with --port.');
  checkListening(host, cert !== undefined);
  const tls = cert === undefined || tlsKey === undefined ? undefined : { cert, key: tlsKey };
  return { host, port, tls, takesJobs: true };
}

/** The one line on stdout: whoever started this may go on now. On stderr, where to look at it. */
function ready(
  { values, print, screen }: Call,
  { store, agents }: Nodes,
  { url, inspector }: { readonly url: string; readonly inspector: string | undefined },
  resumed: readonly string[],
): void {
  const { namespace, json } = values;
  const { term, controllerId } = store.get(key.meta) as unknown as MetaRow;
  const told = {
    ...{ url, namespace, controllerId, term, agents: agents.length, resumed },
    ...(inspector !== undefined && { inspector }),
  };
  if (json) return print(jsonLine({ ready: true, ...told }));
  const more = [
    `term ${term}`,
    ...(agents.length > 0 ? [`${shownCount(agents.length)} agents of its own`] : []),
    ...(resumed.length > 0 ? [`going on with ${resumed.join(', ')}`] : []),
  ];
  print(`The controller of "${namespace}" is ready at ${url} (${more.join(', ')}).`);
  screen.line(dashboardLine(url, values.data, screen.isTerminal));
  if (inspector !== undefined) print(`Stately's inspector shows it at ${inspector}.`);
}

/** Where to look at it; with the token where a person sees it, and not in the log of a service. */
function dashboardLine(url: string, data: string, isSeen: boolean): string {
  if (isSeen) return `Dashboard: ${url}/#token=${tokenOf(data)}`;
  return `Dashboard: ${url}/ (what it does needs the token in ${join(data, 'token')})`;
}

/** Agents that come and go, on stderr. */
function tellAgents({ screen }: Call, { controller: node }: Nodes): void {
  node.follow((facts) => {
    for (const fact of facts) {
      const event = eventLine(fact);
      if (event) screen.line(`${shownTime(Date.parse(fact.at))} ${event.text}`);
    }
  });
}
