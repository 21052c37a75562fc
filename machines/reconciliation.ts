/**
 * Controller's view × agent's report → verdict, for one attempt.
 *
 * When a connection returns, the agent reports every attempt it has not been told to forget, as request 1
 * of a new link. Only in such a report does absence mean anything. The table below is the whole rule: it
 * is data, `verdict` looks it up, `reconciliationTable` renders it for the docs.
 *
 * I1  Nothing but `continue` lets a task run on.
 * I2  What the agent can still show and has ended is forgotten; what runs is never forgotten, it is killed
 *     first and forgotten when its end is recorded.
 * I3  While an attempt may still run, no other attempt of its sub-transaction is given out (`hold`).
 */
import { TERMINAL, type SubTransactionState } from './sub-transaction-record.ts';

/**
 * How the controller sees the attempt: its current one and out at this agent (`here`), the same but being
 * cancelled, the last one of work that waits, is queued again or is parked (`waiting`), followed by a later
 * attempt or held by another agent (`later`), of work that is over (`terminal`), or nothing it knows.
 */
export const VIEWS = ['here', 'cancelling', 'waiting', 'later', 'terminal', 'unknown'] as const;
/** How the controller sees an attempt. */
export type View = (typeof VIEWS)[number];

/**
 * What the report says of the attempt: received, in progress or being killed in this boot (`running`);
 * ended with a result (`done`) or otherwise (`ended`); an intent without an exit, from an older boot; or
 * nothing, by the same boot, by a newer boot of the same store (or by this one as it left in order), or by an
 * agent that has forgotten more than this controller has on record, since the controller's store went back in
 * time. Another store is never compared with: it is let in under a known name only when the boot of the one
 * before is lost and its lease over (A14), so that nothing is out at it any more.
 */
export const REPORTS = [
  'running',
  'done',
  'ended',
  'intentOnly',
  'absentSameBoot',
  'absentOlderBoot',
  'absentAfterGap',
] as const;
/** What an agent reports of an attempt. */
export type Report = (typeof REPORTS)[number];

/** What to do about one attempt. */
export interface Verdict {
  readonly verdict:
    | 'continue'
    | 'kill'
    | 'accept'
    | 'superseded'
    | 'forget'
    | 'lost'
    | 'assignAgain'
    | 'neverStarted'
    | 'none';
  /** A numbered `forget` goes out once this verdict, and all log bytes, are recorded. */
  readonly forget: boolean;
  /** The next attempt is held back: until the end is reported, or the guard is over. */
  readonly hold: boolean;
  readonly why: string;
}

const none: Verdict = {
  verdict: 'none',
  forget: false,
  hold: false,
  why: 'the agent has nothing and owes nothing',
};

function cell(
  verdict: Verdict['verdict'],
  why: string,
  then: 'forget' | 'hold' | '' = '',
): Verdict {
  return { verdict, forget: then === 'forget', hold: then === 'hold', why };
}

const TABLE: Readonly<Record<Report, Readonly<Record<View, Verdict>>>> = {
  running: {
    here: cell('continue', 'the link healed: same attempt, executed once'),
    cancelling: cell('kill', 'the cancel was recorded'),
    waiting: cell('kill', 'it had been given up; nothing else begins before its end', 'hold'),
    later: cell('kill', 'another attempt has taken its place', 'hold'),
    terminal: cell('kill', 'the work is over'),
    unknown: cell('kill', 'foreign: nobody here asked for it'),
  },
  done: {
    here: cell('accept', 'its result arrives late but whole', 'forget'),
    cancelling: cell('accept', 'it was done before the kill came', 'forget'),
    waiting: cell('accept', 'nothing else has run since (late)', 'forget'),
    later: cell('superseded', 'kept in history, never the result', 'forget'),
    terminal: cell('forget', 'terminal never changes', 'forget'),
    unknown: cell('forget', 'counted', 'forget'),
  },
  ended: {
    here: cell('accept', 'its end arrives late but whole', 'forget'),
    cancelling: cell('accept', 'its end confirms the cancel', 'forget'),
    waiting: cell('forget', 'it had been given up', 'forget'),
    later: cell('superseded', 'kept in history', 'forget'),
    terminal: cell('forget', 'terminal never changes', 'forget'),
    unknown: cell('forget', 'counted', 'forget'),
  },
  intentOnly: {
    here: cell('lost', 'the agent died while it ran: one try spent', 'forget'),
    cancelling: cell('lost', 'the agent died while it ran: cancelled', 'forget'),
    waiting: cell('forget', 'it was counted as lost before', 'forget'),
    later: cell('forget', 'another attempt has taken its place', 'forget'),
    terminal: cell('forget', 'terminal never changes', 'forget'),
    unknown: cell('forget', 'counted', 'forget'),
  },
  absentSameBoot: {
    here: cell('assignAgain', 'the request was lost on the way: same fence'),
    cancelling: cell('neverStarted', 'it never arrived: cancelled'),
    waiting: none,
    later: none,
    terminal: none,
    unknown: none,
  },
  absentOlderBoot: {
    here: cell('neverStarted', 'no intent was written: no try spent'),
    cancelling: cell('neverStarted', 'no intent was written: cancelled'),
    waiting: none,
    later: none,
    terminal: none,
    unknown: none,
  },
  absentAfterGap: {
    here: cell('lost', 'the agent may have done and forgotten it: one try spent'),
    cancelling: cell('lost', 'nothing of it is left: cancelled'),
    waiting: none,
    later: none,
    terminal: none,
    unknown: none,
  },
};

/** What to do about an attempt that the controller sees as `view` and the agent reports as `report`. */
export function verdict(view: View, report: Report): Verdict {
  return TABLE[report][view];
}

/** What the controller's record of a sub-transaction says about where it is. */
export interface Known {
  readonly state: SubTransactionState;
  readonly attempt: number;
  /** The agent of the present or last attempt. */
  readonly agent: string | null;
}

/**
 * How the controller sees attempt number `attempt` at `agent`.
 *
 * @param known the record; undefined when there is none
 */
export function viewOf(known: Known | undefined, attempt: number, agent: string): View {
  // A number that was never given out here belongs to another controller's past (a restored store).
  if (known === undefined || attempt > known.attempt || attempt < 1) return 'unknown';
  if (TERMINAL.includes(known.state)) return 'terminal';
  if (attempt < known.attempt || agent !== known.agent) return 'later';
  if (known.state === 'cancelling') return 'cancelling';
  if (known.state === 'queued' || known.state === 'waiting' || known.state === 'parked') {
    return 'waiting';
  }
  return 'here';
}

/** The table in Markdown: a row for each report, a column for each view. */
export function reconciliationTable(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = REPORTS.map((report) =>
    line([`\`${report}\``, ...VIEWS.map((view) => describe(verdict(view, report)))]),
  );
  return [
    line(['report \\ controller', ...VIEWS.map((view) => `\`${view}\``)]),
    line(['---', ...VIEWS.map(() => '---')]),
    ...rows,
  ].join('\n');
}

function describe(entry: Verdict): string {
  if (entry.verdict === 'none') return '–';
  const forget = entry.forget && entry.verdict !== 'forget' ? ', then forget' : '';
  const hold = entry.hold ? ', hold the next' : '';
  return `**${entry.verdict}**${forget}${hold}: ${entry.why}`;
}
