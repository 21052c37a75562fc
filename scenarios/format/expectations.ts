/**
 * What can be expected of a world, by what it is about: the fields behind `expect` and `never`.
 *
 *   expect x done starts=1     expect a1 suspect     expect nightly finished failed=2     never x history=lost
 *
 * Expectations look at what is on record, and at the ledger outside the system.
 */
import type { Subject } from '../scenario.ts';
import { field, lastPlace, needed, type AnyParts } from './parts.ts';
import { duration, id, json, oneOf, several, whole, yesNo, type Kind } from './values.ts';

/** Kinds of facts, in that order; others may stand between. */
const history: Kind<readonly string[]> = several({
  is: 'a kind of fact such as "assign" or "agent.lost"',
  read: (text) => (/^[a-zA-Z]+(\.[a-zA-Z]+)?$/.test(text) ? text : undefined),
  write: (text) => text,
});

const WORK_STATES = [
  'unknown', 'queued', 'sent', 'received', 'inProgress', 'idle', 'waiting', 'parked', 'cancelling',
  'done', 'failed', 'cancelled',
] as const; // prettier-ignore

const COUNTS = [
  'queued', 'active', 'waiting', 'parked', 'done', 'failed', 'cancelled', 'retried', 'lost',
] as const; // prettier-ignore

const wholes = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, field(name, whole)]));

export const EXPECTATIONS: Readonly<Record<Subject, AnyParts>> = {
  work: {
    state: lastPlace(oneOf(...WORK_STATES)),
    // On record.
    ...wholes('attempt', 'retries', 'losses', 'deaths', 'asks'),
    agent: field('agent', id),
    cause: field('cause', id),
    held: field('held', yesNo),
    result: field('result', json),
    // That have arrived of its last attempt.
    lines: field('lines', whole),
    history: field('history', history),
    // By the ledger: how often it was started, has ended, and runs now.
    ...wholes('starts', 'ends', 'running'),
  },
  job: {
    state: lastPlace(oneOf('running', 'finishing', 'finished', 'stopping', 'stopped', 'resting')),
    ...wholes('generation', ...COUNTS),
    history: field('history', history),
  },
  agent: {
    state: lastPlace(
      oneOf('unknown', 'reconciling', 'connected', 'suspect', 'reconciled', 'lost', 'left'),
    ),
    boot: field('boot', whole),
    draining: field('draining', yesNo),
    // Facts about requests that were sent again.
    repeats: field('repeats', whole),
    history: field('history', history),
    // By the world: a process lives in the seat, and so many tasks run there.
    alive: field('alive', yesNo),
    running: field('running', whole),
  },
  controller: {
    term: field('term', whole),
    history: field('history', history),
    alive: field('alive', yesNo),
  },
  client: wholes('answered', 'refused'),
};

/** How long it is looked at. */
export const SPANS: Readonly<Record<'expect' | 'never', AnyParts>> = {
  expect: { within: field('within', duration), lasts: field('for', duration) },
  never: { lasts: field('for', duration) },
};

export const CONVERGE: AnyParts = { withinMs: needed('within', duration) };
