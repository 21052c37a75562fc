/**
 * A CPU profile as a list of what costs most: self time by function and by file. What is built in (a
 * regular expression, a native of lmdb) counts for the function that called it. Paths are cut to what says
 * something: `actors/turn-loop.js`, `lmdb/write.js`, `node:internal/…`.
 */
import type { Profiler } from 'node:inspector';

export interface Cost {
  /** `function file:line`, or the file alone. */
  readonly what: string;
  /** Part of the time that was not idle, 0 to 1. */
  readonly part: number;
}

export interface ProfileSummary {
  /** Milliseconds in which the thread was not idle. */
  readonly busyMs: number;
  readonly byFunction: readonly Cost[];
  readonly byFile: readonly Cost[];
}

/** What V8 calls the time in which it waits. */
const IDLE = '(idle)';
/** Whose time is that of the profiler itself. */
const INSPECTOR = 'node:inspector';
/** Of functions that are built into V8, Node or an addon. */
const BUILT_IN = '0';

interface Place {
  readonly function: string;
  readonly file: string;
}

/** @param top how many of each are named */
export function summarize(profile: Profiler.Profile, top: number): ProfileSummary {
  const { nodes, samples = [], timeDeltas = [] } = profile;
  const selfUs = new Map<number, number>();
  for (const [index, id] of samples.entries()) add(selfUs, id, timeDeltas[index] ?? 0);
  const callers = new Map(
    nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)),
  );
  const byFunction = new Map<string, number>();
  const byFile = new Map<string, number>();
  let busyUs = 0;
  for (const node of nodes) {
    const us = selfUs.get(node.id) ?? 0;
    if (us <= 0 || node.callFrame.functionName === IDLE) continue;
    const place = placeOf(node, callers);
    if (place.file === INSPECTOR) continue;
    busyUs += us;
    add(byFunction, place.function, us);
    add(byFile, place.file, us);
  }
  const costs = (sums: Map<string, number>) =>
    [...sums]
      .sort(([, one], [, other]) => other - one)
      .slice(0, top)
      .map(([what, us]) => ({ what, part: us / busyUs }));
  return { busyMs: busyUs / 1000, byFunction: costs(byFunction), byFile: costs(byFile) };
}

function placeOf(
  node: Profiler.ProfileNode,
  callers: ReadonlyMap<number, Profiler.ProfileNode>,
): Place {
  const { functionName, url, scriptId, lineNumber } = node.callFrame;
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url !== '') {
    const file = shortPath(url);
    return { function: `${name} ${file}:${lineNumber + 1}`, file };
  }
  if (scriptId !== BUILT_IN) {
    const generated = '(code generated at run time)';
    return { function: generated, file: generated };
  }
  const caller = callers.get(node.id);
  const isRoot = caller === undefined || caller.callFrame.functionName === '(root)';
  return isRoot ? { function: name, file: name } : placeOf(caller, callers);
}

/** What is left of a path once it no longer says where this checkout lies. */
export function shortPath(url: string): string {
  const path = url.replace(/^file:\/\//, '');
  const library = path.lastIndexOf('/node_modules/');
  if (library >= 0) return path.slice(library + '/node_modules/'.length);
  return path.replace(/^.*\/bench\/dist\//, '');
}

function add<K>(sums: Map<K, number>, key: K, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}
