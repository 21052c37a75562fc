/**
 * Holds what Lifeline has on record against what the tasks have written, when all is over and the nodes
 * are down. What is found is named, with the moment and the agent, so that it can be laid to a fault.
 *
 *   journal of the controller ─┐
 *   logs it has ───────────────┼─▶ findings        ledger: what really happened
 *   journals of the agents ────┘
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { factsOf, type Fact } from '../../actors/facts.ts';
import { entryOf } from '../../actors/entry-row.ts';
import { readLog } from '../../actors/read-log.ts';
import { subject, under, type SubRow } from '../../actors/records.ts';
import { rowsAfter } from '../../actors/sheet-listing.ts';
import { countStarts } from '../../cli/count-starts.ts';
import { createRecordReader } from '../../handlers/log-records.ts';
import { openLmdbStore } from '../../store/lmdb.ts';
import type { Store } from '../../store/store.ts';
import type { Ledger } from './ledger.ts';
import { outputOf } from './work.ts';

/**
 * What was seen. The first six must not be; of the others the model says that they may.
 *
 * - `unended`: accepted, and neither ended nor parked; `untrue`: done without having ended in that attempt
 * - `overlap`: two at the same moment; `again`: a fence begun twice; `accepted`: more than one result
 * - `log`: output that is missing or repeated; `failed`: no task fails by itself
 * - `parked`, `loss` (an attempt), `late`, `superseded`, `gap` (output given up, with a mark that says so)
 */
export type Sight =
  | 'unended' | 'untrue' | 'overlap' | 'again' | 'accepted' | 'log' | 'failed' | 'leftover'
  | 'parked' | 'loss' | 'late' | 'superseded' | 'gap'; // prettier-ignore

export interface Finding {
  readonly sight: Sight;
  readonly at: number;
  readonly agent: string | null;
  readonly says: string;
}

export interface Checked {
  readonly findings: readonly Finding[];
  readonly accepted: number;
  readonly done: number;
  readonly attempts: number;
  readonly logBytes: number;
}

export interface Ground {
  /** Directories of the stores, which nobody holds. */
  readonly controller: string;
  readonly agents: ReadonlyMap<string, string>;
  readonly ledger: Ledger;
}

export async function check({ controller, agents, ledger }: Ground): Promise<Checked> {
  const findings: Finding[] = [];
  const store = await openLmdbStore(controller);
  const totals = { accepted: 0, done: 0, attempts: 0, logBytes: 0 };
  /** Who had each attempt. */
  const holders = new Map<string, string | null>();
  for (const row of rowsAfter(store, 0)) {
    totals.accepted++;
    totals.attempts += row.context.attempt;
    if (row.state === 'done') totals.done++;
    const facts = [...factsOf(store, subject.sub(row.birth))];
    for (const { kind, attempt, agent } of facts) {
      if (kind === 'assign') holders.set(`${row.birth}-${attempt}`, agent ?? null);
    }
    findings.push(...ofOne(row, facts, ledger));
    const log = logOf(store, row);
    totals.logBytes += log.bytes;
    findings.push(...log.findings);
  }
  await store.close();
  for (const { at, id, fence } of ledger.overlaps) {
    // To blame is who did not let go.
    const [birth, attempt] = fence.split('-');
    const agent = holders.get(`${birth}-${Number(attempt) - 1}`) ?? null;
    const says = `${id} (${fence}) began while another attempt was at it`;
    findings.push({ sight: 'overlap', at, agent, says });
  }
  for (const { at, id, fence } of ledger.begunAgain) {
    const agent = holders.get(fence) ?? null;
    findings.push({ sight: 'again', at, agent, says: `${id} (${fence}) was begun again` });
  }
  findings.push(...(await ofAgents(agents)));
  return { findings, ...totals };
}

const AT_REST = new Set(['done', 'failed', 'cancelled', 'parked']);

function ofOne(row: SubRow, facts: readonly Fact[], ledger: Ledger): Finding[] {
  const { id, birth, state, context } = row;
  const last = facts.at(-1)!;
  const see = (sight: Sight, says: string, { at, agent }: Fact = last): Finding => ({
    sight,
    at,
    agent: agent ?? null,
    says: `${id} (${birth}-${context.attempt}): ${says}`,
  });
  const found: Finding[] = [];
  if (!AT_REST.has(state)) found.push(see('unended', `is still ${state}`));
  if (state === 'failed') found.push(see('failed', JSON.stringify(last)));
  if (state === 'done' && !ledger.hasEnded(`${birth}-${context.attempt}`)) {
    found.push(see('untrue', 'is done, but its task has not ended'));
  }
  const ends = facts.filter(({ kind, state: after }) => kind === 'done' && after === 'done');
  if (ends.length > 1) found.push(see('accepted', `has ${ends.length} results`));
  for (const fact of facts) {
    if (fact.state === 'parked') found.push(see('parked', fact.cause ?? '', fact));
    if (fact.kind === 'lost') found.push(see('loss', `attempt ${fact.attempt}`, fact));
    if (fact.kind === 'superseded') found.push(see('superseded', fact.cause ?? '', fact));
  }
  const outcome = ends[0];
  if (outcome?.cause === 'late') found.push(see('late', 'accepted late', outcome));
  return found;
}

/** The accepted attempt's log is whole; what there is of the others is the beginning of theirs. */
function logOf(store: Store, row: SubRow): { bytes: number; findings: Finding[] } {
  const { id, birth, context } = row;
  const findings: Finding[] = [];
  let bytes = 0;
  for (let attempt = 1; attempt <= context.attempt; attempt++) {
    const { chunks } = readLog(store, id, { attempt });
    const reader = createRecordReader();
    const records = [...chunks].flatMap((chunk) => reader.push(chunk));
    const text = records
      .filter(({ stream }) => stream !== 'gap')
      .map((record) => new TextDecoder().decode(record.bytes))
      .join('');
    const hasGap = records.some(({ stream }) => stream === 'gap');
    bytes += text.length;
    const expected = outputOf(id, `${birth}-${attempt}`);
    const isWhole = row.state === 'done' && attempt === context.attempt;
    const isRight = isWhole ? text === expected : expected.startsWith(text);
    if (isRight) continue;
    const { agent, endedAt } = context;
    const says = `${id} (${birth}-${attempt}): ${text.length} of ${expected.length} bytes, ${difference(text, expected)}`;
    findings.push({ sight: hasGap ? 'gap' : 'log', at: endedAt ?? 0, agent, says });
  }
  return { bytes, findings };
}

function difference(text: string, expected: string): string {
  let at = 0;
  while (at < text.length && text[at] === expected[at]) at++;
  return `they differ from byte ${at} on: ${JSON.stringify(text.slice(at, at + 60))}`;
}

/** By the agents' own journals no fence was begun twice, and nothing is left that they would owe. */
async function ofAgents(agents: ReadonlyMap<string, string>): Promise<Finding[]> {
  const findings: Finding[] = [];
  const see = (sight: Sight, agent: string | null, says: string) =>
    findings.push({ sight, at: 0, agent, says });
  const { startedAgain } = await countStarts([...agents.values()]);
  if (startedAgain > 0) see('again', null, `${startedAgain} intents of fences that had one`);
  for (const [agent, directory] of agents) {
    const store = await openLmdbStore(directory);
    for (const table of ['task', 'out']) {
      const left = [...store.range(under(table))].length;
      if (left > 0) see('leftover', agent, `${left} rows of "${table}" are left at the agent`);
    }
    await store.close();
    const spooled = readdirSync(join(directory, 'spool')).filter((name) => /^\d+-\d+\./.test(name));
    if (spooled.length > 0) see('leftover', agent, `its spool still has ${spooled.join(', ')}`);
  }
  return findings;
}

/** Facts about agents, by kind. */
export async function agentFacts(controller: string): Promise<ReadonlyMap<string, number>> {
  const store = await openLmdbStore(controller);
  const counts = new Map<string, number>();
  for (const [, value] of store.read(1)) {
    const { kind } = entryOf(value);
    if (kind.startsWith('agent.')) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  await store.close();
  return counts;
}
