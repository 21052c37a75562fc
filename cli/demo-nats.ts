/**
 * The demo over NATS: agents that are processes, and between the last of them and the nats-server a proxy,
 * which is the cable that is cut.
 *
 *   this process: controller ──▶ nats-server ◀── agent-1
 *                                     ▲
 *                 proxy ──────────────┘
 *                   ▲─ ✂ ── agent-2
 *
 * When one of these processes ends before its time, the play is broken off: the controller is closed, so
 * that whoever waits for the job hears of it, and `trouble` says what happened.
 */
import { aborted } from './aborted.ts';
import { openAgentProcesses, type AgentEnd, type AgentProcess } from './demo-agents.ts';
import type { DemoServer } from './demo-server.ts';
import { agentIds, type Stage } from './demo-stage.ts';
import { createHandlers, openNodes } from './embedded.ts';
import { CommandFailed, exitCodes } from './failure.ts';
import type { NatsServer } from './nats-server.ts';
import { aFreePort, serve } from './serve.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import type { Call } from './verb.ts';

/** The server is left up. */
export async function stageOverNats(
  call: Call,
  { server, version, seedOf }: DemoServer,
): Promise<Stage> {
  const { values, logger } = call;
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    const cable = await startTcpProxy(server.port);
    opened.push(() => cable.close());
    // Loaded only here, since most commands do without.
    const { natsTransport } = await import('../transport/nats.ts');
    const nkeyFile = seedOf('controller');
    const transport = await natsTransport({ servers: server.url, nkeyFile, logger });
    opened.push(() => transport.close());
    const nodes = await openNodes(call, transport, [], 0);
    opened.push(() => nodes.close());
    const { controller, store } = nodes;
    const handlers = await createHandlers(call.clock);
    const served = serve(call, { controller, store, transport, handlers }, aFreePort).catch(
      (error: unknown) => logger.warn({ err: error }, 'no other command can ask this one'),
    );
    opened.push(async () => (await served)?.close());
    const ids = agentIds(values.agents);
    const victim = ids.at(-1)!;
    const urlFor = (id: string) => (id === victim ? `nats://127.0.0.1:${cable.port}` : server.url);
    const company = startCompany(
      call,
      server,
      () => controller.close(),
      (id) => [
        ...['--nats', urlFor(id), '--nats-nkey', seedOf(id), '--namespace', values.namespace],
        ...['--data', values.data, '--slots', String(values.slots)],
        ...['--log-level', values['log-level']],
      ],
    );
    opened.push(company.close);
    return {
      store,
      controller,
      join: () => company.join(ids),
      settle: company.settle,
      trouble: company.trouble,
      close,
      cast: () => ({
        transport: 'nats',
        server: { version, url: server.url, pid: server.pid },
        agents: company.agents().map(({ id, pid }) => ({ id, pid })),
      }),
      victim,
      cut: () => cable.freeze(),
      heal() {
        cable.reset();
        cable.release();
      },
      cutHow: 'in both directions, like a pulled cable',
      healHow: ', its old connections are reset',
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The agents, and who looks after them and the server. */
interface Company {
  readonly agents: () => readonly AgentProcess[];
  readonly join: (ids: readonly string[]) => Promise<void>;
  readonly settle: () => Promise<void>;
  readonly trouble: () => Error | undefined;
  readonly close: () => Promise<void>;
}

/** @param breakOff is called at the first trouble */
function startCompany(
  call: Call,
  server: NatsServer,
  breakOff: () => Promise<void>,
  flagsOf: (id: string) => readonly string[],
): Company {
  const interrupted = call.interruption();
  let agents: readonly AgentProcess[] = [];
  let isEnding = false;
  let trouble: Error | undefined;
  let tellTrouble = (_error: Error) => {};
  const troubled = new Promise<never>((_resolve, reject) => (tellTrouble = reject));
  // Nobody may be waiting for it.
  troubled.catch(() => undefined);
  const fail = (what: string) => {
    if (isEnding || trouble !== undefined || interrupted.aborted) return;
    trouble = brokenOff(what);
    tellTrouble(trouble);
    void breakOff();
  };
  const processes = openAgentProcesses(call.env, (id, line) => {
    if (!isEnding) call.screen.line(call.screen.style('gray', saidBy(id, line)));
  });
  void server.ended.then(() => fail(`The nats-server (process ${server.pid}) has ended`));
  return {
    agents: () => agents,
    async join(ids) {
      agents = ids.map((id) => processes.start(id, flagsOf(id)));
      for (const agent of agents) void agent.ended.then((end) => fail(endSentence(agent, end)));
      const ready = Promise.all(agents.map((agent) => agent.ready));
      await Promise.race([ready, troubled, aborted(interrupted)]);
    },
    async settle() {
      isEnding = true;
      for (const agent of agents) agent.kill('SIGTERM');
      const ends = Promise.all(agents.map(({ ended }) => ended));
      // Without a server they would wait for it; a second Ctrl-C does not reach them otherwise.
      await Promise.race([ends, server.ended, aborted(call.hurry())]);
      for (const agent of agents) agent.kill('SIGKILL');
      const bad = (await ends).findIndex(({ isInOrder }) => !isInOrder);
      const [agent, end] = [agents[bad], (await ends)[bad]];
      if (agent && end && !interrupted.aborted) throw brokenOff(endSentence(agent, end));
    },
    trouble: () => trouble,
    async close() {
      isEnding = true;
      await processes.close();
    },
  };
}

const endSentence = ({ id, pid }: AgentProcess, { how }: AgentEnd) =>
  `${id} (process ${pid}) ${how}`;

const brokenOff = (what: string) =>
  new CommandFailed(
    exitCodes.someFailed,
    `${what} before the demo was over: nothing is proven; start it again.`,
  );

/** `12:00:01.200 agent-2: NATS answers again.` */
function saidBy(id: string, line: string): string {
  const [, time = '', text = line] = /^(\d\d:\d\d:\d\d\.\d{3} )(.*)$/.exec(line) ?? [];
  return text.startsWith(id) ? line : `${time}${id}: ${text}`;
}
