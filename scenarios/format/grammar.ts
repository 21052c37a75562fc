/**
 * The words of a scenario: for each action of plan.ts what is written behind it. README.md beside this folder
 * shows an example of each.
 *
 *   submit x runs=20s     cut a1 both for=30s     crash controller phase=recorded     retime timeout=30s
 */
import type { ControllerSettings } from '../../actors/controller-config.ts';
import type { Action, AgentSetting, NamedScript, Setting } from '../plan.ts';
import { field, lastPlace, needed, place, type Parts } from './parts.ts';
import {
  agent,
  chance,
  duration,
  durationOrNone,
  id,
  json,
  link,
  number,
  oneOf,
  openDuration,
  range,
  seat,
  shift,
  whole,
  yes,
  yesNo,
  type Kind,
} from './values.ts';

/** A script has its subjects to itself: the namespace is the world's own affair. */
export type WrittenSettings = Omit<ControllerSettings, 'namespace' | 'keepMs' | 'keepCount'>;

const SETTINGS: Parts<WrittenSettings> = {
  periodMs: field('period', duration),
  delayMs: field('delay', duration),
  timeoutMs: field('timeout', duration),
  drift: field('drift', number),
  killTimeMs: field('kill-time', duration),
  sweepMs: field('sweep', duration),
  idleMs: field('idle', duration),
  graceMs: field('grace', duration),
  select: field('select', oneOf('first', 'next')),
  maxProcesses: field('max-processes', whole),
  termLeaseMs: field('term-lease', duration),
};

/** What `with` says; the agents have lines of their own. */
export type WrittenWorld = Omit<Setting, 'agents' | 'settings'> & { settings: WrittenSettings };

export const WITH: Parts<Partial<WrittenWorld>> = {
  seed: field('seed', whole),
  settings: { group: SETTINGS },
  controllerRate: field('rate', number),
  controllerOffsetMs: field('ahead', shift),
  syncMs: field('sync', duration),
  sharedStore: field('shared-store', yesNo),
};

/** What `agent` says behind the names. */
export const AGENT: Parts<Omit<AgentSetting, 'id'>> = {
  slots: field('slots', whole),
  rate: field('rate', number),
  offsetMs: field('ahead', shift),
};

const SCRIPT: Parts<NamedScript> = {
  id: place(id),
  runsMs: field('runs', openDuration),
  fails: field('fails', whole),
  poisons: field('poisons', whole),
  result: field('result', json),
  lines: field('lines', whole),
  lineBytes: field('line-bytes', whole),
  abortMs: field('abort', openDuration),
  killMs: field('kill', duration),
  unkillable: field('unkillable', yes),
  maxRetries: field('retries', whole),
  delayMs: field('delay', duration),
  timeoutMs: field('timeout', duration),
  onUnknown: field('on-unknown', oneOf('retry', 'park')),
  maxLosses: field('losses', whole),
};

const onOff: Kind<boolean> = {
  is: '"on" or "off"',
  read: (text) => ({ on: true, off: false })[text],
  write: (value) => (value ? 'on' : 'off'),
};

const way = place(oneOf('to', 'from', 'both'));
const lasts = field('for', duration);
const named = { id: place(id) };
const seated = { seat: place(seat) };

/** The action that a word does: those that share a shape are told apart. */
type Doing<D, A = Action> = A extends { readonly do: infer W }
  ? D extends W
    ? Written<Omit<A, 'do'>>
    : never
  : never;

type Written<A> = A extends { readonly settings: ControllerSettings }
  ? Omit<A, 'settings'> & { readonly settings: WrittenSettings }
  : A;

export const ACTIONS: { readonly [D in Action['do']]: Parts<Doing<D>> } = {
  submit: SCRIPT,
  job: { name: place(id), batch: field('batch', whole), items: { word: 'item', each: SCRIPT } },
  cancel: named,
  retry: named,
  accept: named,
  giveUp: named,
  stopJob: { job: place(id) },
  drain: { agent: place(agent), drain: lastPlace(onOff) },
  classes: { agent: place(agent), settings: { group: SETTINGS } },
  leave: { agent: place(agent) },
  handOver: { timeoutMs: place(durationOrNone) },
  start: seated,
  crash: {
    ...seated,
    phase: field('phase', oneOf('taken', 'decided', 'appending', 'recorded', 'acted')),
    keep: field('keep', whole),
    lose: field('lose', whole),
    forMs: lasts,
  },
  pause: { ...seated, forMs: lasts },
  resume: seated,
  backup: seated,
  restore: seated,
  twin: { agent: place(agent), forMs: lasts },
  rival: { forMs: lasts },
  retime: { settings: { group: SETTINGS } },
  cut: {
    agent: place(link),
    way,
    only: field('only', oneOf('controller', 'rival')),
    forMs: lasts,
  },
  offline: { ...seated, forMs: lasts },
  lossy: {
    agent: place(link),
    way,
    drop: field('drop', chance),
    duplicate: field('duplicate', chance),
    reorder: field('reorder', chance),
    delayMs: field('delay', range),
    forMs: lasts,
  },
  echo: { agent: place(link), way, frames: field('frames', whole), forMs: needed('for', duration) },
  hold: { agent: place(link), way, forMs: needed('for', duration) },
  disk: {
    ...seated,
    fault: place(oneOf('stall', 'slow', 'full', 'fail', 'gone')),
    syncMs: field('sync', duration),
    times: field('times', whole),
    outcome: field('outcome', oneOf('nothing', 'lost', 'applied')),
    forMs: lasts,
  },
  jump: { ...seated, byMs: needed('by', shift) },
  heal: {},
  mend: seated,
};

/** `giveUp` is written `give-up`. */
export const wordOf = (name: string) =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The action of a word; undefined when there is none. */
export const actionOf = (word: string) => DO.get(word);

const DO = new Map((Object.keys(ACTIONS) as Action['do'][]).map((name) => [wordOf(name), name]));

export const ACTION_WORDS: readonly string[] = [...DO.keys()];
