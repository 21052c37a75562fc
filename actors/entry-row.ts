/**
 * How a fact stands in the journal of a controller: as a list. There are some for every sub-transaction, and
 * the names of its fields would be most of it.
 *
 *   [at, kind, subject, before, id, job, attempt, agent, boot, state, cause, by, detail, generation]
 *
 * null: not there. Few have a generation: it is left out otherwise, and was unknown once.
 *
 * Whoever reads the journal gets facts with names.
 */
import type { Value } from '../store/store.ts';
import type { Entry } from './records.ts';

const FIELDS = [
  'at', 'kind', 'subject', 'before', 'id', 'job', 'attempt', 'agent', 'boot', 'state', 'cause',
  'by', 'detail', 'generation',
] as const satisfies readonly (keyof Entry)[]; // prettier-ignore

/** The fact as it stands in the journal. */
export function entryList(entry: Entry): Value {
  const { at, kind, subject, before = null, id = null, job = null, attempt = null } = entry;
  const { agent = null, boot = null, state = null, cause = null, by = null } = entry;
  const { detail = null } = entry;
  const list = [at, kind, subject, before, id, job, attempt, agent, boot, state, cause, by, detail];
  return entry.generation === undefined ? list : [...list, entry.generation];
}

/** The fact that stands in the journal as `value`. */
export function entryOf(value: Value): Entry {
  const entry: Record<string, Value> = {};
  for (const [i, field] of FIELDS.entries()) {
    const part = (value as readonly Value[])[i] ?? null;
    if (part !== null) entry[field] = part;
  }
  return entry as unknown as Entry;
}
