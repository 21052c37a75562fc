/**
 * `lifeline drain AGENT`: it is given nothing new, and what runs there goes on, so that it can be ended
 * without a loss. `--undo` takes that back; `--wait` returns when nothing is out there any more.
 */
import type { AgentSummary } from '../actors/agent-queries.ts';
import { parseId } from '../transport/ids.ts';
import type { Api } from './api-client.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';
import { jsonDocument } from './json.ts';
import { everyAgent } from './lists.ts';
import { createPatience } from './patience.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { counted } from './shown.ts';
import type { Call, Verb } from './verb.ts';

const LOOK_EVERY_MS = 250;

export const drain: Verb = {
  name: 'drain',
  arguments: '<agent>',
  summary: 'give an agent nothing new; what runs there goes on',
  settings: reachSettings,
  options: [
    ['--undo', 'give it work again'],
    ['--wait', 'return when nothing is out there any more'],
  ],
  async run(call) {
    const id = parseId(call.args[0]!, 'agent id');
    const { undo, wait } = call.options;
    if (undo && wait) throw usage('--undo and --wait exclude each other: give one of them.');
    return asking(
      call,
      async (api) => {
        const asked = { drain: undo !== true };
        const agent = await api.post<AgentSummary>(`/api/v1/agents/${id}/drain`, asked);
        const last = wait && agent.inFlight > 0 ? await untilEmpty(call, api, agent) : agent;
        call.print(call.values.json ? jsonDocument(last) : drainLine(last));
        return exitCodes.done;
      },
      { decides: true },
    );
  },
};

export function drainLine({ id, draining, inFlight }: AgentSummary): string {
  if (!draining) return `"${id}" is given work again.`;
  const left = inFlight === 0 ? 'nothing is' : `${counted(inFlight, 'task')} still`;
  return `"${id}" is given nothing new; ${left} out there.`;
}

async function untilEmpty(call: Call, api: Api, agent: AgentSummary): Promise<AgentSummary> {
  if (!api.isLive) throw nobodyAtWork(api, agent);
  const patience = createPatience(call, api);
  call.screen.line(drainLine(agent));
  for (;;) {
    const list = await patience.ask(() => everyAgent(api));
    if (list === undefined) throw interrupted(agent);
    const now = list.find(({ id }) => id === agent.id);
    if (now?.inFlight === 0) return now;
    if (now?.draining === false) throw undone(agent);
    await patience.pause(LOOK_EVERY_MS);
  }
}

const nobodyAtWork = ({ where }: Api, { id, inFlight }: AgentSummary) =>
  new CommandFailed(
    exitCodes.noController,
    `"${id}" is given nothing new, but no controller is at work ${where} to hear how what it has ends (${counted(inFlight, 'task')}): start one with \`lifeline up\`.`,
  );

const undone = ({ id }: AgentSummary) =>
  new CommandFailed(exitCodes.someFailed, `"${id}" is given work again: somebody has undone it.`);

const interrupted = ({ id }: AgentSummary) =>
  new CommandFailed(
    exitCodes.interrupted,
    `Interrupted; "${id}" is given nothing new all the same, until \`lifeline drain ${id} --undo\`.`,
  );
