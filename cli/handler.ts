/**
 * `lifeline handler`: how handlers are configured, at one place for all agents.
 *
 *   set    flags ──▶ on top of what there is ─┐      --file ──▶ in place of it ─┴▶ the next version
 *   get    a version, and all that there were        list   every handler       remove   the code alone says again
 */
import type { HandlerConfig } from '../actors/handler-config.ts';
import type { HandlerSummary, HandlerView } from '../actors/handler-queries.ts';
import { parseId } from '../transport/ids.ts';
import type { Api } from './api-client.ts';
import { exitCodes, usage } from './failure.ts';
import { configOf, handlerOptions, handlerSettings, isChange } from './handler-flags.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { tableLines } from './table.ts';
import type { Call, Verb } from './verb.ts';

type Action = (call: Call, api: Api) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = { set, get, list, remove };

export const handler: Verb = {
  name: 'handler',
  arguments: '<action> [name] [version]',
  summary: 'how handlers are configured: retries, delays, time limit, class, properties',
  notes: `
  lifeline handler list                           every handler, and its configuration
  lifeline handler get NAME [VERSION]             one of them, and who made which version of it
  lifeline handler set NAME --max-retries 3 …     a new version: what is typed on top of what there is
  lifeline handler set NAME --file F.json         … or a whole one from a file (delaysMs, timeoutMs, …)
  lifeline handler remove NAME                    the code alone says again

It holds for work that is handed in from then on; a run keeps the version it began with. What is said with the work
(lifeline run --retries 2) comes first, the configuration second, the code last.`,
  settings: [...reachSettings, ...handlerSettings],
  options: handlerOptions,
  async run(call) {
    const [action = ''] = call.args;
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act)
      throw usage(`There is no "handler ${action}"; there is ${Object.keys(ACTIONS).join(', ')}.`);
    if (action !== 'get' && call.args[2] !== undefined)
      throw usage(`Only \`lifeline handler get\` takes a version; leave ${call.args[2]} out.`);
    if (action !== 'set' && isChange(call))
      throw usage(`Only \`lifeline handler set\` changes a configuration; leave the flags out.`);
    const decides = action === 'set' || action === 'remove';
    await asking(call, (api) => act(call, api), { decides });
    return exitCodes.done;
  },
};

async function set(call: Call, { get: ask, post }: Api): Promise<void> {
  const name = nameIn(call);
  const { items } = await ask<{ readonly items: readonly HandlerSummary[] }>('/api/v1/handlers');
  const known = items.find((one) => one.name === name);
  const config = configOf(call, known?.config ?? {});
  // The newest version may be that it was taken away: then there is nothing to be out of step with.
  const after = known?.version ?? undefined;
  const body = { config, ...(after === undefined ? {} : { after }) };
  show(call, await post<HandlerView>(`/api/v1/handlers/${name}`, body));
}

async function get(call: Call, api: Api): Promise<void> {
  const [, , version] = call.args;
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version))
    throw usage(`The version must be a whole number from 1 on, not ${version}.`);
  const query = version === undefined ? {} : { version: Number(version) };
  const view = await api.get<HandlerView>(`/api/v1/handlers/${nameIn(call)}`, query);
  show(call, view);
  if (call.values.json) return;
  for (const { version: n, at, by, config } of view.versions)
    call.print(`  version ${n}  ${at}  ${config === null ? 'taken away' : 'set'} by ${by}`);
}

async function list(call: Call, api: Api): Promise<void> {
  if (call.args[1] !== undefined) throw usage('`lifeline handler list` takes no name.');
  const page = await api.get<{ readonly items: readonly HandlerSummary[] }>('/api/v1/handlers');
  if (call.values.json) return call.print(jsonDocument(page));
  const rows = page.items.map(({ name, agents, version, config }) => [
    name,
    String(agents),
    version === null ? '-' : String(version),
    config === null ? '' : inWords(config),
  ]);
  const columns = [{ title: 'handler' }, { title: 'agents' }, { title: 'version' }] as const;
  for (const line of tableLines([...columns, { title: 'configured' }], rows)) call.print(line);
}

async function remove(call: Call, api: Api): Promise<void> {
  show(call, await api.post<HandlerView>(`/api/v1/handlers/${nameIn(call)}/remove`));
}

function show(call: Call, view: HandlerView): void {
  const { name, version, config } = view;
  if (call.values.json) call.print(jsonDocument(view));
  else if (config === null) call.print(`"${name}" has no configuration (version ${version}).`);
  else call.print(`"${name}" is at version ${version}: ${inWords(config)}`);
}

const inWords = (config: HandlerConfig): string =>
  Object.entries(config)
    .map(([property, value]) => `${property} ${JSON.stringify(value)}`)
    .join(', ') || 'nothing laid down';

function nameIn({ args: [action = '', name] }: Call): string {
  if (name !== undefined) return parseId(name, 'handler name');
  throw usage(`Say which handler: lifeline handler ${action} NAME.`);
}
