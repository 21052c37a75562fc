/**
 * What became of the attempts that had ended while their agent was away, and whose ends it told when it was back.
 *
 *   heard again ─▶ verdict, verdict, … ─▶ agent.reconciled       which attempts: `accept`, `lost`
 *                     └─▶ chain of its sub-transaction ─▶ done, killed, …      how each ended
 *
 * The ends come with the outbox, behind the verdicts: until the last one is here some are missing.
 */
import { isEnding, type AttemptEnding } from './attempts.ts';
import { decidedBy } from './evidence.ts';
import { factsOf, type Fact, type Recorded } from './facts.ts';
import { factsSince } from './history.ts';
import { subject } from './records.ts';

/** Facts before the end of an outage among which the verdicts are looked for, and how many are followed. */
const LOOKED = 5_000;
const FOLLOWED = 200;

/** Attempts by how they ended. */
export interface OutageEnds extends Readonly<Partial<Record<AttemptEnding, number>>> {
  /** Killed since the agent's lease was over; `killed` are those for other reasons. */
  readonly leaseOver?: number;
  /** Of all of these: whose work was parked then, for a person to decide. */
  readonly parked?: number;
}

interface Compared {
  readonly agent: string;
  /** Numbers of the facts with which it was heard again, and with which notes were compared. */
  readonly heard: number;
  readonly told: number;
}

/** The ends that are known of what was taken for ended when notes were compared. */
export function endsOf(store: Recorded, compared: Compared): OutageEnds {
  const ends: Record<string, number> = {};
  const count = (name: string) => (ends[name] = (ends[name] ?? 0) + 1);
  for (const verdict of verdictsOf(store, compared)) {
    const end = endOf(store, verdict);
    if (!end) continue;
    count(end.kind === 'killed' && isByLease(end) ? 'leaseOver' : end.kind);
    if (end.state === 'parked') count('parked');
  }
  return ends;
}

function verdictsOf(store: Recorded, { agent, heard, told }: Compared): readonly Fact[] {
  const found: Fact[] = [];
  for (const fact of factsSince(store, Math.max(heard, told - LOOKED), -Infinity)) {
    if (fact.n >= told || found.length === FOLLOWED) break;
    const isOfEnd = fact.kind === 'verdict' && (fact.cause === 'accept' || fact.cause === 'lost');
    if (isOfEnd && fact.agent === agent) found.push(fact);
  }
  return found;
}

function endOf(store: Recorded, { n, subject: about, attempt }: Fact): Fact | undefined {
  if (subject.birthOf(about) === undefined) return undefined;
  let end: Fact | undefined;
  for (const fact of factsOf(store, about, { from: n, reverse: true }))
    if (fact.attempt === attempt && isEnding(fact.kind)) end = fact;
  return end;
}

const isByLease = (end: Fact) => decidedBy(end, undefined).rule === 'lease';
