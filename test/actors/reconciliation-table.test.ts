/**
 * Each cell of the table of verdicts, brought about at a running controller: an agent that says only what it
 * is told to is given work, the controller comes to see the attempt as the column says, and the agent reports
 * what the row says, as the same boot on another link or as its next boot.
 *
 *   bring about the view ──▶ same boot: silent, then a word ─┐
 *                       └──▶ next boot: a hello ─────────────┴─▶ report ─▶ verdict, requests, state
 *
 * Nobody takes new work when notes are compared, so that all which follows comes of the verdict.
 */
import { describe, expect, it } from 'vitest';
import { REPORTS, verdict, VIEWS, type Report, type View } from '../../machines/reconciliation.ts';
import type { Answer, Ending, HeldState, OutboxEntry, Request } from '../../transport/frame.ts';
import { Cluster, policy } from './cluster.ts';
import { RawAgent } from './raw-agent.ts';

const HOUR_MS = 3_600_000;

const ENDINGS: Partial<Record<Report, Ending>> = {
  done: { kind: 'done', result: 1 },
  ended: { kind: 'failed', cause: 'error', message: 'no', detail: null },
  intentOnly: { kind: 'lost', crashed: true },
};

const STATES: Partial<Record<Report, HeldState>> = {
  running: 'inProgress',
  done: 'done',
  ended: 'ended',
  intentOnly: 'intentOnly',
};

/** A controller and two raw agents: a0 is given the work and reports, a1 is the other one. */
interface Stage {
  readonly cluster: Cluster;
  readonly a0: RawAgent;
  readonly a1: RawAgent;
}

async function join(cluster: Cluster, raw: RawAgent) {
  raw.say();
  await cluster.until(() => raw.heard.at(-1)?.boot === raw.boot, 1_000);
}

async function setStage(): Promise<Stage> {
  const cluster = await Cluster.start([]);
  const now = () => cluster.clock.now();
  const [a0, a1] = [
    new RawAgent('a0', cluster.transport, now),
    new RawAgent('a1', cluster.transport, now),
  ];
  for (const raw of [a0, a1]) {
    await join(cluster, raw);
    raw.report();
  }
  await cluster.clock.settle();
  return { cluster, a0, a1 };
}

/** Time passes, and a1 alone says that it lives. */
async function passSilently({ cluster, a1 }: Stage, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 5_000) {
    await cluster.advance(Math.min(5_000, left));
    a1.say();
  }
  await cluster.clock.settle();
}

function ended(birth: number, attempt: number, boot: number, ending: Ending): OutboxEntry {
  const place = { boot, n: 1 };
  return { place, after: null, birth, attempt, at: 1, startedAt: 1, ending, logLength: 0 };
}

/** How the agent comes back: with the boot it had, on another link, or with its next one. */
type Return = 'sameBoot' | 'nextBoot';

function returnOf(report: Report, view: View): Return {
  if (report === 'absentSameBoot') return 'sameBoot';
  if (report === 'intentOnly' || report.startsWith('absent')) return 'nextBoot';
  return view === 'here' || view === 'cancelling' || view === 'unknown' ? 'sameBoot' : 'nextBoot';
}

const drain = (cluster: Cluster, agent: string) =>
  cluster.command({ kind: 'drain', agent, drain: true, by: 'test' });

/** Has the controller see attempt 1 of work at a0 so. Returns the birth of that work. */
async function bring(stage: Stage, view: View, by: Return): Promise<number> {
  const { cluster, a0, a1 } = stage;
  if (view === 'unknown') return 999;
  const delayMs = view === 'waiting' ? HOUR_MS : 0;
  const retries = { ...policy, maxRetries: 1, delaysMs: [delayMs] };
  const birth = await cluster.submit('x', { policy: retries });
  await cluster.clock.settle();
  expect(cluster.row(birth).context).toMatchObject({ agent: 'a0', attempt: 1 });
  await drain(cluster, 'a0');
  if (view !== 'later' && view !== 'terminal') await drain(cluster, 'a1');
  if (view === 'cancelling') await cluster.command({ kind: 'cancel', id: 'x', by: 'test' });
  if (view === 'here' || view === 'cancelling') return birth;
  if (by === 'nextBoot') await passSilently(stage, view === 'waiting' ? 61_000 : 63_000);
  else {
    const ending = view === 'terminal' ? ENDINGS.done! : ENDINGS.ended!;
    a0.say({ outbox: [ended(birth, 1, 1, ending)] });
    await cluster.clock.settle();
  }
  if (view === 'terminal' && by === 'nextBoot') {
    a1.say({ outbox: [ended(birth, 2, 1, ENDINGS.done!)] });
    await cluster.clock.settle();
  }
  return birth;
}

/** The agent is back and reports; its ending comes with the next frame. Returns the requests that follow. */
async function comeBack(
  stage: Stage,
  report: Report,
  by: Return,
  birth: number,
): Promise<readonly Request[]> {
  const { cluster, a0 } = stage;
  if (by === 'sameBoot') await passSilently(stage, 13_000);
  else a0.boot++;
  const link = a0.heard.at(-1)!.link;
  await join(cluster, a0);
  await cluster.clock.settle();
  if (by === 'sameBoot') expect(a0.heard.at(-1)!.link).toBe(link + 1);
  const entry = ENDINGS[report] && ended(birth, 1, a0.boot, ENDINGS[report]);
  const tasks = report.startsWith('absent')
    ? []
    : [{ birth, attempt: 1, state: STATES[report]!, logLength: 0, place: entry?.place ?? null }];
  const answers: Answer[] = [{ n: 1, kind: 'report', part: 0, last: true, tasks }];
  // It has forgotten more than the controller has ever recorded.
  const hello = { bootId: `raw${a0.boot}`, handlers: ['work'], oldest: { boot: 1, n: 5 } };
  const before = a0.requests.length;
  a0.say({ answers, ...(report === 'absentAfterGap' && { hello }) });
  await cluster.clock.settle();
  if (entry) a0.say({ outbox: [entry] });
  await cluster.clock.settle();
  return a0.requests.slice(before);
}

/**
 * The requests and the state that follow each verdict; a dash: there is no such work. What is being cancelled
 * is in any case told to be killed by the sweep that follows a report, if its end is not on record by then.
 */
const FOLLOWS: Record<Report, Record<View, string>> = {
  running: {
    here: 'inProgress',
    cancelling: 'kill, cancelling',
    waiting: 'kill, waiting',
    later: 'kill, sent',
    terminal: 'kill, done',
    unknown: 'kill, -',
  },
  done: {
    here: 'forget, done',
    cancelling: 'kill, forget, done',
    waiting: 'forget, done',
    later: 'forget, sent',
    terminal: 'forget, done',
    unknown: 'forget, -',
  },
  ended: {
    here: 'forget, queued',
    cancelling: 'kill, forget, cancelled',
    waiting: 'forget, queued',
    later: 'forget, sent',
    terminal: 'forget, done',
    unknown: 'forget, -',
  },
  intentOnly: {
    here: 'forget, queued',
    cancelling: 'kill, forget, cancelled',
    waiting: 'forget, queued',
    later: 'forget, sent',
    terminal: 'forget, done',
    unknown: 'forget, -',
  },
  absentSameBoot: {
    here: 'assign, sent',
    cancelling: 'cancelled',
    waiting: 'waiting',
    later: 'sent',
    terminal: 'done',
    unknown: '-',
  },
  absentOlderBoot: {
    here: 'queued',
    cancelling: 'cancelled',
    waiting: 'queued',
    later: 'sent',
    terminal: 'done',
    unknown: '-',
  },
  absentAfterGap: {
    here: 'queued',
    cancelling: 'cancelled',
    waiting: 'queued',
    later: 'sent',
    terminal: 'done',
    unknown: '-',
  },
};

const cells = REPORTS.flatMap((report) => VIEWS.map((view) => [report, view] as const));

describe('a report', () => {
  it.each(cells)('of %s on what is %s has the verdict of the table', async (report, view) => {
    const stage = await setStage();
    const { cluster } = stage;
    const by = returnOf(report, view);
    const birth = await bring(stage, view, by);
    const requests = await comeBack(stage, report, by, birth);
    const expected = verdict(view, report);
    const verdicts = cluster.facts('verdict').map(({ cause, attempt, detail }) => {
      const { why } = detail as { why: string };
      return { verdict: cause, attempt, why };
    });
    const { why } = expected;
    expect(verdicts).toEqual(
      expected.verdict === 'none' ? [] : [{ verdict: expected.verdict, attempt: 1, why }],
    );
    const state = view === 'unknown' ? '-' : cluster.row(birth).state;
    const kinds = new Set(requests.map(({ kind }) => kind));
    expect([...kinds, state].join(', ')).toBe(FOLLOWS[report][view]);
    for (const request of requests) {
      const fences = 'fences' in request ? request.fences : 'tasks' in request ? request.tasks : [];
      expect(fences).toMatchObject([{ birth, attempt: 1 }]);
    }
    const isHeld = expected.hold && view === 'waiting';
    expect(cluster.facts('hold')).toHaveLength(isHeld ? 1 : 0);
  });
});
