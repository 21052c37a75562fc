/**
 * What must be true at the end of the standard story (story.ts), whatever has crashed meanwhile. Each
 * check returns sentences about what is wrong; none when all is well.
 *
 * The truth is the ledger of the scripted work, which no crash touches. What the nodes have written down
 * is held against it.
 */
import { factsOf } from '../../actors/facts.ts';
import { entryOf } from '../../actors/entry-row.ts';
import { key, subject, under, type JobRow } from '../../actors/records.ts';
import { rowsAfter } from '../../actors/sheet-listing.ts';
import { createRecordReader } from '../../handlers/log-records.ts';
import type { Cluster } from './cluster.ts';
import { PARTS, SYNC_MS } from './story.ts';

/** States that may follow each other in the history of a sub-transaction; the first fact is `accepted`. */
const FOLLOWS: Readonly<Record<string, readonly string[]>> = {
  queued: ['queued', 'sent', 'waiting', 'parked', 'done', 'cancelled'],
  sent: ['received', 'inProgress', 'waiting', 'parked', 'done', 'failed', 'idle', 'cancelling'],
  received: ['inProgress', 'waiting', 'parked', 'done', 'failed', 'idle', 'cancelling'],
  inProgress: ['waiting', 'parked', 'done', 'failed', 'idle', 'cancelling'],
  idle: ['received', 'inProgress', 'waiting', 'parked', 'done', 'failed', 'cancelling'],
  waiting: ['waiting', 'queued', 'parked', 'done', 'cancelled'],
  parked: ['parked', 'waiting', 'queued', 'done', 'failed', 'cancelled'],
  cancelling: ['cancelled', 'done'],
  done: [],
  failed: [],
  cancelled: [],
};

/** Facts that tell of something without changing the state. */
const ASIDES = new Set(['superseded', 'verdict', 'hold', 'release', 'confirmed', 'ask']);

/** Facts of which an attempt has one at most, since nobody is away for as long as a lease runs. */
const ENDS = new Set(['done', 'failed', 'killed', 'lost', 'neverStarted', 'superseded']);

/** A crash of the agent that ran it may cost an attempt; nothing else may. */
export interface Crash {
  /** The node that went down; null: none did. */
  readonly victim: string | null;
  readonly at: number;
}

/** Everything that is wrong at the end. */
export function wrongs(cluster: Cluster, crash: Crash): readonly string[] {
  return [
    ...outcomes(cluster),
    ...starts(cluster, crash),
    ...wrongHistories(cluster, Object.keys(PARTS)),
    ...ends(cluster),
    ...indexes(cluster),
    ...logs(cluster),
  ];
}

function outcomes(cluster: Cluster): readonly string[] {
  const wrong: string[] = [];
  for (const [id, { ends }] of Object.entries(PARTS)) {
    const { state } = cluster.row(birthOf(cluster, id));
    if (state !== ends) wrong.push(`${id} is ${state}, not ${ends}`);
  }
  const job = cluster.controller.store.get(key.job('j')) as unknown as JobRow;
  const { done, failed, retried, lost, ...others } = job.counts;
  const rest = Object.values(others).reduce((sum, n) => sum + n, 0);
  if (job.state !== 'finished' || done !== 5 || failed !== 1 || rest !== 0 || retried < lost)
    wrong.push(`the job is ${job.state} with ${JSON.stringify(job.counts)}`);
  const accepted = [...rowsAfter(cluster.controller.store, 0)].map(({ id }) => id);
  if (accepted.length !== Object.keys(PARTS).length)
    wrong.push(`accepted were ${accepted.join(' ')}`);
  return wrong;
}

/** Each fence is started at most once, and no piece of work oftener than its policy and the crash allow. */
function starts(cluster: Cluster, crash: Crash): readonly string[] {
  const wrong: string[] = [];
  const began = cluster.ledger.filter(({ what }) => what === 'start');
  const fences = began.map(({ fence }) => `${fence.birth}/${fence.attempt}`);
  if (new Set(fences).size !== fences.length) wrong.push(`started twice: ${fences.join(' ')}`);
  for (const [id, part] of Object.entries(PARTS)) {
    const mine = began.filter((line) => line.id === id);
    // The end of an attempt counts once it could be made durable.
    const wasOpen = mine.some(({ agent, fence, at }) => {
      const end = cluster.ledger.find(
        (line) =>
          line.what === 'end' &&
          line.fence.birth === fence.birth &&
          line.fence.attempt === fence.attempt,
      );
      const endedAt = end === undefined || end.exit === 'crash' ? Infinity : end.at;
      return agent === crash.victim && at <= crash.at && endedAt + 3 * SYNC_MS >= crash.at;
    });
    const expected = 1 + (part.maxRetries ?? 0);
    // What is cancelled may have been between two attempts.
    const least = part.ends === 'cancelled' ? 0 : expected;
    if (mine.length < least || mine.length > expected + (wasOpen ? 1 : 0))
      wrong.push(
        `${id} was started ${mine.length} times, not ${expected}${wasOpen ? ' or one more' : ''}`,
      );
  }
  return wrong;
}

/** The facts of each sub-transaction tell a legal life, and agree with its row. */
function wrongHistories(cluster: Cluster, ids: readonly string[]): readonly string[] {
  const wrong: string[] = [];
  const all = [...cluster.controller.store.read(1)].map(
    ([n, entry]) => [n, entryOf(entry)] as const,
  );
  let last = 0;
  for (const [n, { at }] of all) {
    if (at < last) wrong.push(`fact ${n} goes back in time`);
    last = at;
  }
  for (const id of ids) {
    const birth = birthOf(cluster, id);
    const chain = [...factsOf(cluster.controller.store, subject.sub(birth))];
    const own = all.filter(([, entry]) => entry.subject === subject.sub(birth));
    // The first may be that of the batch it came with.
    const [first, ...rest] = chain;
    if (!own.every(([n]) => chain.some((fact) => fact.n === n)) || chain.length > own.length + 1)
      wrong.push(`the chain of ${id} has ${chain.length} of ${own.length} facts`);
    if (first?.kind !== 'accepted') wrong.push(`${id} does not begin with its acceptance`);
    let state = 'queued';
    let attempt = 0;
    for (const fact of rest) {
      const told = `${id}: ${state} ─${fact.kind}─▶ ${fact.state}`;
      if (fact.kind === 'assign') {
        if (fact.attempt !== attempt + 1)
          wrong.push(`${told}: attempt ${fact.attempt} after ${attempt}`);
        attempt = fact.attempt!;
      }
      const isAside = ASIDES.has(fact.kind) && fact.state === state;
      if (!isAside && !FOLLOWS[state]!.includes(fact.state!)) wrong.push(told);
      state = fact.state!;
    }
    const row = cluster.row(birth);
    if (row.state !== state || row.context.attempt !== attempt)
      wrong.push(`the row of ${id} differs from its history`);
  }
  return wrong;
}

/** Each attempt ended once. */
function ends(cluster: Cluster): readonly string[] {
  return Object.keys(PARTS).flatMap((id) => {
    const facts = [...factsOf(cluster.controller.store, subject.sub(birthOf(cluster, id)))];
    const ended = facts.filter(({ kind }) => ENDS.has(kind)).map(({ attempt }) => attempt);
    return new Set(ended).size === ended.length
      ? []
      : [`${id} has ends of attempts ${ended.join(' ')}`];
  });
}

/** Nothing is left in the tables of what is under way. */
function indexes(cluster: Cluster): readonly string[] {
  return ['queue', 'flight', 'due', 'held'].flatMap((table) =>
    [...cluster.controller.store.range(under(table))].map(([name]) => `${name} is left over`),
  );
}

const logs = (cluster: Cluster) =>
  wrongLogs(cluster, (id, attempt) => PARTS[id]!.behave(attempt).log ?? '');

/** What the controller has of each log is what was written: once, in order, whole. */
export function wrongLogs(
  cluster: Cluster,
  written: (id: string, attempt: number) => string,
): readonly string[] {
  const wrong: string[] = [];
  for (const { what, id, fence } of cluster.ledger) {
    if (what !== 'start') continue;
    const name = `${id}#${fence.attempt}`;
    const reader = createRecordReader();
    let text = '';
    let length = 0;
    const { birth, attempt } = fence;
    const from = key.log(birth, attempt, 0);
    const to = key.log(birth, attempt + 1, 0);
    for (const [chunk, bytes] of cluster.controller.store.range({ from, to })) {
      if (!chunk.endsWith(String(length).padStart(16, '0')))
        wrong.push(`${name} has a hole at ${length}`);
      length += (bytes as Uint8Array).length;
      for (const record of reader.push(bytes as Uint8Array))
        text += new TextDecoder().decode(record.bytes);
    }
    const expected = written(id, attempt);
    if (text !== expected || reader.pending() > 0)
      wrong.push(`the log of ${name} has ${text.length} of ${expected.length} characters`);
  }
  return wrong;
}

const birthOf = (cluster: Cluster, id: string) =>
  cluster.controller.store.get(key.id(id)) as number;
