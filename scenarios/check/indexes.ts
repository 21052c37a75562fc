/**
 * Indexes equal what they point at: whoever is queued, waits, is parked, in flight or may still run somewhere is found
 * there, and nobody else is; what was given to whom before is kept.
 */
import { flightsIn } from '../../actors/flights.ts';
import { key, type SubRow } from '../../actors/records.ts';
import { isInFlight, isTerminal } from '../../actors/sub-indexes.ts';
import { has, sheetBirth, sheetKey, type Places, type Reads } from '../../actors/sheet-rows.ts';
import type { Value } from '../../store/store.ts';
import type { Decision } from './books.ts';
import { property, type Fail } from './checker.ts';
import { partsOf, sectionOf } from './keys.ts';

const TABLES = new Set(['queue', 'due', 'parked', 'held', 'ended']);

export const indexes = property('indexes', (books, fail) => ({
  see(sight) {
    const { decision } = books;
    if (!decision) return;
    for (const { birth, before, after } of decision.subs) {
      if (after) checkRow(decision, birth, before, after, sight.atMs, fail);
    }
    for (const [name, { after }] of decision.changes) {
      const section = sectionOf(name);
      if (after === undefined || !TABLES.has(section)) continue;
      const birth = Number(partsOf(name).at(-1));
      const row = decision.of.decided.sub(birth);
      if (row === undefined || !keysOf(row).includes(name))
        fail(sight.atMs, `${name} was written, and birth ${birth} is not so.`);
    }
    for (const { kind, id, birth } of decision.facts) {
      if (kind === 'accepted' && (decision.of.decided.get(key.id(id!)) ?? birth) !== birth)
        fail(sight.atMs, `"${id}" was accepted, and its id leads elsewhere.`);
    }
  },
}));

function checkRow(
  { of: { decided }, facts }: Decision,
  birth: number,
  before: SubRow | undefined,
  after: SubRow,
  atMs: number,
  fail: Fail,
): void {
  const isTouched = decided.get(key.sub(birth)) !== undefined;
  const wanted = isTouched ? keysOf(after) : [];
  if (isOnSheet(decided, after) && isTouched)
    fail(atMs, `${after.id} (birth ${birth}) waits on its sheet, and has a row of its own.`);
  const name = `${after.id} (birth ${birth}, ${after.state})`;
  for (const index of wanted)
    if (decided.get(index) === undefined) fail(atMs, `${name} is not in the index: ${index}.`);
  for (const index of before ? keysOf(before) : []) {
    if (!wanted.includes(index) && decided.get(index) !== undefined)
      fail(atMs, `${name} is still in the index: ${index}.`);
  }
  const { job } = after;
  if (job !== null && decided.get(key.jobPage(job, Math.floor(birth / 1_024))) === undefined)
    fail(atMs, `${name} is not where its job has work.`);
  const page = decided.get(key.flight(Math.floor(birth / 1_024)));
  const flying = page !== undefined && pageHas(page, birth);
  if (flying !== isInFlight(after))
    fail(atMs, `${name} is ${flying ? '' : 'not '}among those in flight.`);
  const wasGivenAgain = facts.some((fact) => fact.birth === birth && fact.kind === 'assign');
  const { attempt, agent } = before?.context ?? { attempt: 0, agent: null };
  if (wasGivenAgain && attempt > 0 && decided.get(key.holder(birth, attempt)) !== agent)
    fail(atMs, `Nobody knows any more that ${name} was at ${agent} for attempt ${attempt}.`);
}

/** Whether it waits untouched. */
function isOnSheet(store: Reads, { birth, job, handler }: SubRow): boolean {
  if (job === null) return false;
  const open = store.get(sheetKey.open(job, handler, sheetBirth(birth))) as Places | undefined;
  return open !== undefined && has(open, birth - sheetBirth(birth));
}

/** The keys under which a row must be found. */
function keysOf(row: SubRow): readonly string[] {
  const { state, birth, job, handler, context, hook } = row;
  const { held, agent, deadlineAt } = context;
  return [
    ...(state === 'queued' ? [key.queue(job, handler, birth, hook)] : []),
    ...(state === 'waiting' && deadlineAt !== null ? [key.due(deadlineAt, birth)] : []),
    ...(state === 'failed' || state === 'cancelled' ? [key.ended(state, job, birth)] : []),
    ...(state === 'parked' ? [key.parked(birth)] : []),
    ...(held && agent !== null && !isTerminal(row) ? [key.held(agent, birth)] : []),
  ];
}

const pageHas = (page: Value, birth: number) =>
  [...flightsIn({ range: () => [['', page]] })].includes(birth);
