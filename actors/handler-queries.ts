/**
 * What can be asked about handlers: how each is configured, by whom and since when, and which agents have it.
 *
 *   list     every handler that is configured or that an agent has
 *   one      a version of its configuration, and all versions that there were
 */
import type { Recorded } from './facts.ts';
import type { HandlerConfig } from './handler-config.ts';
import { noConfig, type HandlerVersionRow } from './handler-configs.ts';
import type { JobHook, JobHooks } from './job-rules.ts';
import { key, lastNumber, under, type AgentRow } from './records.ts';
import { Refused } from './refused.ts';
import { instant } from './views.ts';
import type { HandlerInfo } from './work-item.ts';

/** One version of the configuration of a handler. */
export interface HandlerVersionView {
  readonly version: number;
  readonly at: string;
  readonly by: string;
  /** Null: taken away; the code alone says. */
  readonly config: HandlerConfig | null;
}

/** How a handler is configured, in the newest or in an older version. */
export interface HandlerView extends HandlerVersionView {
  readonly name: string;
  /** Newest first, at most 100. */
  readonly versions: readonly HandlerVersionView[];
}

/** A handler in the list; without a configuration there is no version of it. */
export interface HandlerSummary {
  readonly name: string;
  readonly version: number | null;
  readonly at: string | null;
  readonly by: string | null;
  readonly config: HandlerConfig | null;
  /** Agents that are present and have said that they have it. */
  readonly agents: number;
}

const VERSIONS_SHOWN = 100;

/** All handlers that are configured or offered, by name. */
export function listHandlers(store: Recorded): readonly HandlerSummary[] {
  const offers = new Map<string, number>();
  for (const [, value] of store.range(under('agent'))) {
    const { state, handlers } = value as unknown as AgentRow;
    for (const name of state === 'present' ? handlers : [])
      offers.set(name, (offers.get(name) ?? 0) + 1);
  }
  const configured = new Map<string, HandlerVersionView>();
  for (const [text] of store.range(under('handler'))) {
    const name = text.slice('handler/'.length);
    const newest = newestOf(store, name);
    if (newest?.config) configured.set(name, newest);
  }
  const names = [...new Set([...offers.keys(), ...configured.keys()])].sort();
  return names.map((name) => {
    const { version = null, at = null, by = null, config = null } = configured.get(name) ?? {};
    return { name, version, at, by, config, agents: offers.get(name) ?? 0 };
  });
}

/** The configuration of a handler. @param version default: the newest @throws {Refused} `unknown` */
export function showHandler(store: Recorded, name: string, version?: number): HandlerView {
  const newest = newestOf(store, name);
  if (!newest) throw noConfig(name);
  const shown = version === undefined ? newest : versionOf(store, name, version);
  if (!shown) {
    throw new Refused(
      'unknown',
      `The configuration of handler "${name}" has no version ${version}: the newest is ${newest.version}.`,
    );
  }
  const versions: HandlerVersionView[] = [];
  for (const [text] of store.range({ ...under(`handler-version/${name}`), reverse: true })) {
    if (versions.length === VERSIONS_SHOWN) break;
    versions.push(versionOf(store, name, lastNumber(text))!);
  }
  return { name, ...shown, versions };
}

/** What runs before and after the jobs of a handler: as it is configured now, else as its code says. */
export function hooksOf(store: Recorded, { name, preJob, postJob }: HandlerInfo): JobHooks {
  const config = newestOf(store, name)?.config;
  const before = config?.preJob ?? hook(preJob);
  const after = config?.postJob ?? hook(postJob);
  return { ...(before && { preJob: before }), ...(after && { postJob: after }) };
}

const hook = (handler: { readonly name: string } | undefined): JobHook | undefined =>
  handler && { handler: handler.name, input: null };

function newestOf(store: Recorded, name: string): HandlerVersionView | undefined {
  const version = store.get(key.handler(name)) as number | undefined;
  return version === undefined ? undefined : versionOf(store, name, version);
}

function versionOf(store: Recorded, name: string, n: number): HandlerVersionView | undefined {
  const row = store.get(key.handlerVersion(name, n)) as HandlerVersionRow | undefined;
  if (!row) return undefined;
  const { version, at, by, config } = row;
  return { version, at: instant(at), by, config };
}
