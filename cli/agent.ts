/**
 * `lifeline agent`: the node that does the work, as a process of its own, over NATS.
 *
 *   NATS found ─▶ store, spool, what an older life left is killed ─▶ ready ─▶ works until …
 *     1st signal  takes nothing new, lets end what runs, hands it over, leaves       exit 0
 *                 what runs for longer than --drain-time is stopped                  exit 1
 *     2nd signal  kills what runs and leaves                                         exit 130
 *     id in use   another agent lives under it                                       exit 2
 *     by itself   its store is held by another, or every boot fails                  exit 1
 *
 * As a service it waits for NATS and for a controller for ever, and says so once.
 */
import type { AgentNode } from '../actors/agent.ts';
import { containmentOf } from '../handlers/containment.ts';
import type { Handler } from '../handlers/handler.ts';
import { aborted } from './aborted.ts';
import { handlersOf } from './controller.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';
import { createIdTeller } from './id-teller.ts';
import { jsonLine } from './json.ts';
import { createLeaseTeller } from './lease-teller.ts';
import { openNodeNats, openStandIn } from './open-nats.ts';
import { openAgent, settleAgents, withinOf } from './open-agent.ts';
import { natsSettings, recordSettings, spoolSettings } from './settings.ts';
import { openRecordingOf } from './recording.ts';
import { counted } from './shown.ts';
import type { Call, Verb } from './verb.ts';

export const agent: Verb = {
  name: 'agent',
  arguments: '',
  summary: 'an agent that does work for a controller, over NATS',
  notes: `
It needs --nats and --id. It offers the handler ingest, shell with --allow-shell, and those of --handlers. The first signal lets end what runs, for as long as --drain-time says; the second kills it.`,
  settings: [
    'id',
    'address',
    'slots',
    'handlers',
    'allow-shell',
    'drain-time',
    ...spoolSettings,
    ...natsSettings,
    ...recordSettings,
  ],
  options: [],
  async run(call) {
    const { id, nats } = call.values;
    if (id === undefined) throw usage('Give the agent an id of its own, as --id a1.');
    if (nats === undefined) throw usage('Say where NATS is with --nats URL.');
    const interrupted = call.interruption();
    const handlers = offered(await handlersOf(call), call);
    const opened: (() => Promise<void>)[] = [];
    try {
      const tap = await openRecordingOf(call, opened);
      const transport = await openNodeNats(call, nats, `agent ${id}`);
      opened.push(() => transport.close());
      const standIn = await openStandIn(call, nats, `agent ${id}`);
      opened.push(() => standIn.close());
      let refuse: (why: Error) => void = () => {};
      const refused = new Promise<Error>((resolve) => (refuse = resolve));
      const voice = createLeaseTeller(call, id);
      opened.push(() => Promise.resolve(voice.end()));
      const idTaken = createIdTeller(call, id, refuse);
      const node = await openAgent(
        call,
        { id, transport, handlers, standIn, tap, leased: voice.leased, idTaken, ownsProcess: true },
        opened,
      );
      ready(call, node, handlers);
      const ended = await Promise.race([
        refused,
        node.ended.then(endedBy(id)),
        aborted(interrupted),
      ]);
      if (ended !== undefined) throw ended;
      return await leave(call, node);
    } finally {
      for (const close of opened.reverse()) await close();
    }
  },
};

/** Running commands is for those who have said so. */
const offered = (handlers: readonly Handler[], { values }: Call): readonly Handler[] =>
  handlers.filter(({ name }) => name !== 'shell' || values['allow-shell']);

/** The one line on stdout: whoever started this may go on now. */
function ready(
  { values, print }: Call,
  { id, boot }: AgentNode,
  handlers: readonly Handler[],
): void {
  const { namespace, slots, json } = values;
  const names = handlers.map(({ name }) => name);
  const containment = containmentOf(handlers);
  const told = { agent: id, namespace, boot, slots, handlers: names };
  if (json) return print(jsonLine({ ready: true, ...told, containment: containment ?? null }));
  const how = containment === undefined ? '' : ` Processes: ${containment}`;
  print(
    `The agent "${id}" of "${namespace}" is ready for ${counted(slots, 'task')} at once (boot ${boot}; ${names.join(', ')}).${how}`,
  );
}

const endedBy = (id: string) => (why: Error) =>
  new CommandFailed(
    exitCodes.someFailed,
    `The agent "${id}" has ended: its store is held by another, or every boot fails; start it again once that is mended.`,
    { cause: why },
  );

async function leave(call: Call, node: AgentNode): Promise<number> {
  const { screen, values, hurry } = call;
  screen.line(`Leaving: what runs may end first${withinOf(values)}; a second signal ends it.`);
  if (await settleAgents([node], call)) return exitCodes.done;
  return hurry().aborted ? exitCodes.interrupted : exitCodes.someFailed;
}
