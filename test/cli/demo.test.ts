/** What the demo calls proven, and how it tells what happened. */
import { describe, expect, it } from 'vitest';
import type { FactView, JobView } from '../../actors/views.ts';
import type { Cut } from '../../cli/demo-cut.ts';
import { flawsOf, type Evidence } from '../../cli/demo-evidence.ts';
import { timelineLines } from '../../cli/demo-story.ts';

const startedAt = Date.UTC(2030, 0, 1);
const cut: Cut = {
  agent: 'agent-2',
  at: startedAt + 2_000,
  healedAt: startedAt + 5_000,
  running: ['demo-1-7'],
  done: 40,
};
const tree = { files: 1_000, directories: 9, links: 4, bytes: 12_345 };

const fact = (kind: string, atMs: number, agent = 'agent-2'): FactView => ({
  n: atMs,
  at: new Date(startedAt + atMs).toISOString(),
  about: 'agent',
  kind,
  id: null,
  job: null,
  attempt: null,
  agent,
  boot: 1,
  state: null,
  cause: null,
  by: null,
  detail: kind === 'agent.repeat' ? { n: 3, request: 'assign', sends: 2 } : { silentMs: 1_200 },
});

const proven: Omit<Evidence, 'flaws'> = {
  job: {
    state: 'finished',
    total: 100,
    done: 100,
    startedAt: new Date(startedAt).toISOString(),
  } as JobView,
  summary: {
    copied: 1_000,
    bytes: 12_345,
    unchanged: 0,
    links: 4,
    directories: 9,
    skipped: [],
    skippedCount: 0,
  },
  comparison: {
    files: 1_000,
    directories: 9,
    links: 4,
    special: 0,
    bytes: 12_345,
    differenceCount: 0,
    differences: [],
  },
  verifiedMs: 500,
  timeline: [
    fact('agent.suspect', 3_200),
    fact('agent.repeat', 3_300),
    fact('agent.reconciled', 5_600),
  ],
  starts: 100,
  startedAgain: 0,
  explained: null,
};

describe('the proof of the demo', () => {
  it('has no flaw when all of it happened', () => {
    expect(flawsOf(proven, tree, cut)).toEqual([]);
  });

  it.each<[string, Partial<Evidence>, string]>([
    ['a job that was stopped', { job: { ...proven.job, state: 'stopped' } }, 'The job is stopped'],
    ['a task that failed', { job: { ...proven.job, done: 99 } }, '1 task did not end as done.'],
    [
      'trees that differ',
      { comparison: { ...proven.comparison, differenceCount: 1, differences: ['a: missing'] } },
      'The trees differ: a: missing.',
    ],
    [
      'files that were not compared',
      { comparison: { ...proven.comparison, files: 999 } },
      '999 of 1000 files were compared.',
    ],
    [
      'a file copied twice',
      { summary: { ...proven.summary, copied: 1_001 } },
      '1001 copies were made of 1000 files.',
    ],
    ['a second start', { startedAgain: 1 }, '1 attempt of 100 were started again.'],
    ['no suspicion', { timeline: proven.timeline.slice(1) }, 'was never suspected'],
    ['no reconciliation', { timeline: proven.timeline.slice(0, 2) }, 'was never reconciled'],
    [
      'a re-send to somebody else',
      { timeline: [proven.timeline[0]!, fact('agent.repeat', 1, 'agent-1'), proven.timeline[2]!] },
      'No request to it was ever sent again.',
    ],
  ])('finds %s', (_what, change, sentence) => {
    const flaws = flawsOf({ ...proven, ...change }, tree, cut);
    expect(flaws).toHaveLength(1);
    expect(flaws[0]).toContain(sentence);
  });

  it('finds that nothing was cut', () => {
    expect(flawsOf(proven, tree, undefined)).toEqual([
      'The work was over before the link could be cut: give more --files.',
    ]);
  });
});

describe('the timeline of the demo', () => {
  it('puts the knife between the facts', () => {
    const style = (_format: unknown, text: string) => text;
    expect(timelineLines(proven, cut, { style })).toEqual([
      '    2.00 s  ✂ the link to agent-2 is cut; it is running 1 task',
      '    3.20 s  agent-2 is suspect: not a word for 1.2 s, it is given nothing new',
      '    3.30 s  request 3 to agent-2 ("here is work") has no answer: sent again, the 2nd time',
      '    5.00 s  ♥ the link is healed',
      '    5.60 s  agent-2 is reconciled: both sides agree, nothing had to be decided',
    ]);
  });
});
