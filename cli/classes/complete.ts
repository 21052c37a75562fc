/**
 * From process classes as they were written to those that a controller is given: every value is read and
 * held against its limits, and what is wrong is said with the line it stands at.
 *
 *   timeout alone   ─▶ the period is half of it, as in the source system
 *   period alone    ─▶ refused: the source system left it out without a word
 *   an address      ─▶ the id that `agent-addresses` gives it, else itself: an agent may tell it (--address)
 */
import { agentAddress, isAddress } from '../../machines/agent-address.ts';
import {
  checkClasses,
  shortestRestMs,
  type Beats,
  type ClassOptions,
} from '../../machines/class-settings.ts';
import { InvalidSetting } from '../../machines/timing.ts';
import { InvalidId, parseId } from '../../transport/ids.ts';
import { parseDuration } from '../duration.ts';
import { count } from '../setting-kinds.ts';
import { flawAt, whatOf, type Told, type ToldClass } from './told.ts';

/** Ids by address. */
export type Addresses = ReadonlyMap<string, string>;

const SELECT: Readonly<Record<string, 'first' | 'next'>> = {
  first: 'first',
  fixed_priority: 'first',
  next: 'next',
  round_robin: 'next',
};

const wholeNumber = count('', [0, 1_000_000], undefined);

/** A process class that can be used. */
export interface WrittenClass {
  readonly where: string;
  readonly options: ClassOptions;
}

/**
 * The classes that are meant, in order.
 *
 * @param controller its own timing: a class that gives a part of one has the rest from there
 * @throws {CommandFailed} one sentence with file and line
 */
export function completeClasses(
  told: readonly ToldClass[],
  addresses: Addresses,
  controller: Beats,
): readonly WrittenClass[] {
  const complete: ClassOptions[] = [];
  return told.map((each) => {
    const options = completeOne(each, addresses);
    complete.push(options);
    sayingWhere(each.where, () => checkClasses(complete, controller));
    return { where: each.where, options };
  });
}

function completeOne(told: ToldClass, addresses: Addresses): ClassOptions {
  const { values } = told;
  const { select, 'max-processes': most, rest, wait } = values;
  const agents = told.agents && agentsOf(told.agents, addresses);
  return {
    name: sayingWhere(told.where, () => parseId(told.name, 'name of a process class')),
    ...(select && { select: selectOf(select) }),
    ...(agents && { agents }),
    ...(most && { maxProcesses: wholeNumber.parse(most.text, whatOf(most))! }),
    ...timingOf(values),
    ...(rest && { restMs: restOf(rest) }),
    ...(wait && { waitMs: durationOf(wait) }),
  };
}

const durationOf = (told: Told) => parseDuration(told.text, whatOf(told));

function selectOf({ text, where }: Told): 'first' | 'next' {
  const select = Object.hasOwn(SELECT, text) ? SELECT[text] : undefined;
  if (select !== undefined) return select;
  throw flawAt(where, `Attribute 'select' is not 'first' or 'next': ${JSON.stringify(text)}.`);
}

function restOf(rest: Told): number {
  const restMs = durationOf(rest);
  if (restMs >= shortestRestMs) return restMs;
  throw flawAt(rest.where, `${rest.word} must be at least 1s, not ${rest.text}.`);
}

function timingOf({ period, delay, timeout }: ToldClass['values']): Partial<Beats> {
  if (period && !timeout) {
    throw flawAt(
      period.where,
      `${period.word} is of no use without a timeout: give it too, or the timeout alone, and the period is half of it.`,
    );
  }
  const delayMs = delay && { delayMs: durationOf(delay) };
  if (!timeout) return { ...delayMs };
  const timeoutMs = durationOf(timeout);
  return { ...delayMs, timeoutMs, periodMs: period ? durationOf(period) : timeoutMs / 2 };
}

function agentsOf(
  { where, names }: NonNullable<ToldClass['agents']>,
  addresses: Addresses,
): readonly string[] | 'all' {
  if (names === 'all') return names;
  if (names.length === 0) {
    throw flawAt(
      where,
      'A process class needs at least one agent: name one, or leave the list out, and all are meant.',
    );
  }
  const agents: string[] = [];
  for (const told of names) {
    const spelled = spelledOf(told);
    const agent = addresses.get(spelled) ?? spelled;
    if (agents.includes(agent)) {
      const shown = agent === told.text ? agent : `${told.text} (${agent})`;
      throw flawAt(
        told.where,
        `The agent ${shown} is named twice in one process class: name it once.`,
      );
    }
    agents.push(agent);
  }
  return agents;
}

/** The source system knows addresses only. */
function spelledOf({ text, word, where }: Told): string {
  if (word === 'agent' && !isAddress(text))
    return sayingWhere(where, () => parseId(text, 'agent id'));
  return addressAt(text, where);
}

/** The one spelling of an address. @throws {CommandFailed} */
export function addressAt(text: string, where: string): string {
  const address = agentAddress(text);
  if (address !== undefined) return address;
  throw flawAt(
    where,
    `The address of an agent must be a URI without a password, as http://host:4445, not ${JSON.stringify(text.slice(0, 80))}.`,
  );
}

/** What others refuse, at its place. */
export function sayingWhere<T>(where: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InvalidSetting) && !(error instanceof InvalidId)) throw error;
    throw flawAt(where, error.message, error);
  }
}
