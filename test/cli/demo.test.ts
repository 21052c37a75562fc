/** When the demo cuts, what it calls proven, and how it tells what happened. */
import { describe, expect, it } from 'vitest';
import type { FactView, JobView } from '../../actors/views.ts';
import { key } from '../../actors/records.ts';
import { listOf } from '../../actors/sub-row.ts';
import { cutOnce, type Cut } from '../../cli/demo-cut.ts';
import { flawsOf, type Evidence } from '../../cli/demo-evidence.ts';
import type { Cast, Stage } from '../../cli/demo-stage.ts';
import { demoStory, timelineLines } from '../../cli/demo-story.ts';
import { createScreen } from '../../cli/screen.ts';
import { resolveSettings } from '../../cli/settings.ts';
import { beginning } from '../../machines/sub-transaction-record.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

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
  birth: null,
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
    appended: 0,
    excluded: 0,
    deleted: 0,
    dryRun: false,
    trees: [],
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

describe('the knife of the demo', () => {
  const values = resolveSettings({ period: '1s', delay: '200ms', timeout: '6s' }, {}, new Map());
  const policy = {
    maxRetries: 0,
    delaysMs: [],
    onUnknown: 'retry',
    maxLosses: 4,
    idleMs: 1,
  } as const;
  const row = {
    job: 'demo', generation: 1, handler: 'ingest', acceptedAt: 1, term: 1, lastFact: 1,
  } as const; // prettier-ignore
  const played = () => {
    const clock = createVirtualClock();
    const said: string[] = [];
    /** Where each sub-transaction is that is in flight, by birth. */
    const flights = new Map<
      number,
      readonly [agent: string, state: 'sent' | 'received', sentAt?: number]
    >();
    let follower: (facts: readonly FactView[]) => void = () => {};
    const stage = {
      victim: 'agent-2',
      cutHow: 'like this',
      healHow: '',
      cut: () => said.push('cut'),
      heal: () => said.push('healed'),
      controller: {
        follow(listener: typeof follower) {
          follower = listener;
          return () => (follower = () => {});
        },
      },
      store: {
        *range() {
          yield [key.flight(0), [...flights.keys()]];
        },
        get(name: string) {
          const found = [...flights].find(([birth]) => key.sub(birth) === name);
          const [birth, [agent, state, sentAt = null]] = found!;
          const context = { ...beginning({ birth, policy, at: 1 }), agent, sentAt };
          return listOf({ ...row, birth, state, id: `demo-${birth}`, context });
        },
      },
    } as unknown as Stage;
    const screen = createScreen({ write: () => undefined }, {});
    const knife = cutOnce({ clock, screen, values }, stage, 2);
    const done = () => follower([{ ...fact('done', 0), state: 'done' }]);
    return { clock, said, flights, knife, done };
  };

  it('waits until enough is done and the agent has said that it has work', async () => {
    const { said, flights, knife, done, clock } = played();
    flights.set(6, ['agent-2', 'received']);
    done();
    expect(said).toEqual([]);
    flights.set(6, ['agent-2', 'sent', clock.now() - 19]);
    flights.set(7, ['agent-1', 'received']);
    done();
    expect(said).toEqual([]);
    flights.set(8, ['agent-2', 'received']);
    done();
    expect(said).toEqual(['cut']);
    done();
    await clock.advance(2_999);
    expect(said).toEqual(['cut']);
    expect(knife.cut()).toBeUndefined();
    await clock.advance(1);
    expect(said).toEqual(['cut', 'healed']);
    expect(knife.cut()).toMatchObject({ agent: 'agent-2', running: ['demo-8'], done: 3 });
    knife.end();
    expect(said).toEqual(['cut', 'healed']);
  });

  it('takes what was sent long enough ago for what is there', () => {
    const { said, flights, done, clock } = played();
    done();
    flights.set(6, ['agent-2', 'sent', clock.now() - 20]);
    done();
    expect(said).toEqual(['cut']);
  });

  it('heals before it is put away, and then cuts no more', () => {
    const { said, flights, knife, done } = played();
    flights.set(8, ['agent-2', 'received']);
    done();
    done();
    knife.end();
    done();
    expect(said).toEqual(['cut', 'healed']);
  });
});

describe('the story of the demo', () => {
  const told = (cast: Cast): string => {
    const lines: string[] = [];
    const story = demoStory(
      createScreen({ write: () => undefined }, {}),
      (line) => lines.push(line),
      {
        directory: '/somewhere',
        values: resolveSettings({ slots: '3' }, {}, new Map()),
        isKept: false,
        isOverNats: cast.transport === 'nats',
      },
    );
    story.begin(tree, { seed: 42 }, 10);
    story.started(100, cast);
    return lines.join('\n');
  };

  it('names the processes and the cable', () => {
    const server = { version: '2.10.1', url: 'nats://127.0.0.1:4001', pid: 11 };
    const agents = [12, 13].map((pid, index) => ({ id: `agent-${index + 1}`, pid }));
    const text = told({ transport: 'nats', server, agents });
    expect(text).toContain(
      'agent-1 is process 12, agent-2 is process 13, nats-server 2.10.1 is process 11, and the controller is in this one.',
    );
    expect(text).toContain('Between agent-2 and the nats-server there is a proxy');
    expect(text).toContain('lifeline nats-config agent-1 agent-2 --keys keys > nats.conf');
    expect(text).toContain(
      'lifeline agent --id agent-2 --nats 127.0.0.1 --nats-nkey keys/agent-agent-2.nk --data data --slots 3',
    );
  });

  it('says why it is one process', () => {
    const text = told({ transport: 'memory', why: 'There is no apt.' });
    expect(text).toContain('All of it in one process: There is no apt.');
    expect(text).toContain('lifeline ingest source target --data data');
    expect(text).not.toContain('lifeline agent');
  });
});
