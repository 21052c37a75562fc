/** What the commands print of jobs, progress, connections, and the logs of the process. */
import { describe, expect, it } from 'vitest';
import type { FactView, JobView } from '../../actors/views.ts';
import { summaryLines } from '../../cli/ingest-summary.ts';
import { jsonDocument, jsonLine } from '../../cli/json.ts';
import { listLines } from '../../cli/list.ts';
import { createLog } from '../../cli/log.ts';
import { nearest } from '../../actors/nearest.ts';
import { jobExitCode, jobLine, unwellLines } from '../../cli/outcome.ts';
import { createProgress, progressText } from '../../cli/progress.ts';
import { createScreen, harmless } from '../../cli/screen.ts';
import { factLine, showLines } from '../../cli/show-lines.ts';
import { fieldLines, tableLines } from '../../cli/table.ts';
import { eventLine } from '../../cli/timeline.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

const job: JobView = {
  name: 'thumbs',
  generation: 2,
  state: 'finished',
  source: 'api:thumbs',
  stoppedBy: null,
  startedBy: 'cli:ada',
  total: 1_200,
  sourceEnded: true,
  remaining: 0,
  done: 1_200,
  failed: 0,
  cancelled: 0,
  parked: 0,
  retried: 0,
  lost: 0,
  skippedTicks: 0,
  obstacle: null,
  ticks: [],
  preJob: null,
  postJob: null,
  startedAt: '2030-01-01T00:00:00.000Z',
  endedAt: '2030-01-01T00:00:12.300Z',
  elapsedMs: 12_300,
  nextAt: null,
};

const fact: FactView = {
  n: 7,
  at: '2030-01-01T00:00:00.000Z',
  about: 'agent',
  kind: 'agent.boot',
  id: null,
  birth: null,
  job: null,
  attempt: null,
  agent: 'agent-2',
  boot: 1,
  state: null,
  cause: null,
  by: null,
  detail: null,
};

describe('a job as text', () => {
  it.each<[Partial<JobView>, string, number]>([
    [{}, 'thumbs: 1,200 of 1,200 tasks done, in 12.3 s', 0],
    [
      { done: 1_190, failed: 7, parked: 2, cancelled: 1, retried: 5 },
      'thumbs: 1,190 of 1,200 tasks done, 7 failed, 2 parked, 1 cancelled, 5 retried, in 12.3 s',
      1,
    ],
    [{ state: 'stopped', total: 1, done: 1 }, 'thumbs: 1 of 1 task done, stopped, in 12.3 s', 1],
    [{ total: null, done: 0 }, 'thumbs: 0 of 0 tasks done, in 12.3 s', 0],
  ])('with %j', (change, line, code) => {
    expect(jobLine({ ...job, ...change })).toBe(line);
    expect(jobExitCode({ ...job, ...change })).toBe(code);
  });

  it('names the first that failed, and what to do with the parked', () => {
    const unwell = [
      { id: 'a', state: 'failed', cause: 'error', message: 'exit code 3: one\ntwo' },
      { id: 'b', state: 'parked', cause: 'lost', message: null },
      { id: 'c', state: 'parked', cause: 'onceUnknown', message: null },
    ] as const;
    expect(unwellLines({ ...job, failed: 8, parked: 2 }, unwell)).toEqual([
      'failed  a  error: exit code 3: one\\ntwo',
      'parked  b  lost; decide with `lifeline retry b`, `lifeline accept b` or `lifeline give-up b`',
      'parked  c  onceUnknown; decide with `lifeline decide c --done` or `--redo`',
      'and 7 more; `lifeline history --job thumbs` has them all',
    ]);
  });

  it('shown by itself, with what holds it back', async () => {
    const where = { processClass: 'default', handler: 'x', until: null };
    const obstacle = { ...where, obstacle: 'noSlot', text: 'no slot is free' } as const;
    const held = { ...job, kind: 'job', also: [], older: [], obstacle } as const;
    const lines = await showLines({ get: () => Promise.reject(new Error()) }, held);
    expect(lines).toContainEqual(expect.stringMatching(/^waits +no slot is free$/));
  });

  it('in a list', () => {
    const open = { ...job, name: 'x', state: 'running', endedAt: null, total: null } as const;
    const jobs = { periodic: [], singlepass: [open], stopped: [], finished: [job] };
    const lines = listLines(jobs, false);
    expect(lines[0]).toMatch(/^JOB +RUN +STATE +TOTAL/);
    expect(lines[1]).toMatch(/^x +2 +running +- /);
    expect(lines[2]).toMatch(/^thumbs +2 +finished +1,200 +0 +1,200 .* 12\.3 s +2030-01-01T/);
    expect(lines.at(-1)).toContain('Nothing runs now.');
    const none = { ...jobs, singlepass: [], finished: [] };
    expect(listLines(none, true)).toEqual(['There are no jobs yet.']);
  });
});

describe('progress', () => {
  it.each([
    [{}, 200, 4_000, '1,200 of 1,200 done · 250/s · 0 failed · 0 retried · 4.0 s'],
    [
      { done: 3, sourceEnded: false },
      0,
      2_000,
      '3 of 1,200+ done · 1.5/s · 0 failed · 0 retried · 2.0 s',
    ],
    [{ done: 0 }, 0, 0, '0 of 1,200 done · 0/s · 0 failed · 0 retried · 0 ms'],
    [
      { done: 1, failed: 2, parked: 3, cancelled: 4, retried: 5 },
      0,
      1_000,
      '1 of 1,200 done · 1/s · 2 failed · 3 parked · 4 cancelled · 5 retried · 1.0 s',
    ],
  ])('%j', (change, before, elapsedMs, text) => {
    expect(progressText({ ...job, total: 1_200, ...change }, before, elapsedMs)).toBe(text);
  });
});

describe('a connection event', () => {
  it.each<[Partial<FactView>, string | undefined]>([
    [{}, 'agent-2 has joined (its boot 1)'],
    [
      { kind: 'agent.suspect', detail: { silentMs: 1_234 } },
      'agent-2 is suspect: not a word for 1.2 s, it is given nothing new',
    ],
    [
      { kind: 'agent.repeat', detail: { n: 7, request: 'assign', sends: 2 } },
      'request 7 to agent-2 ("here is work") has no answer: sent again, the 2nd time',
    ],
    [
      { kind: 'agent.repeat', detail: { n: 7, request: 'probe', sends: 11 } },
      'request 7 to agent-2 ("are you there") has no answer: sent again, the 11th time',
    ],
    [
      { kind: 'agent.answered', detail: { n: 7, sends: 3 } },
      'agent-2 answers request 7 after 3 sendings, once',
    ],
    [
      {
        kind: 'agent.reconciled',
        detail: { before: 'reconciling', silentMs: 0, continue: 2, accept: 1 },
      },
      'agent-2 is reconciled: 2 tasks go on, 1 task had ended meanwhile: its end is taken over',
    ],
    [
      { kind: 'agent.reconciled', detail: { before: 'reconciling' } },
      'agent-2 is reconciled: both sides agree, nothing had to be decided',
    ],
    [{ kind: 'agent.connected', detail: { before: 'reconciling' } }, undefined],
    [
      { kind: 'agent.connected', detail: { before: 'reconciled' } },
      'agent-2 is connected, as if nothing had been',
    ],
    [
      { kind: 'agent.blocked', detail: { lagMs: 4_200 } },
      'agent-2 is blocked: it speaks, but its loop has not turned for 4.2 s; it is given nothing new',
    ],
    [
      { kind: 'agent.unblocked', detail: { blockedMs: 5_000 } },
      'agent-2 is no longer blocked, after 5.0 s',
    ],
    [{ kind: 'accepted' }, undefined],
  ])('%j', (change, text) => {
    expect(eventLine({ ...fact, ...change })?.text).toBe(text);
  });

  it('as a fact of the journal', () => {
    const change = {
      id: 'a',
      attempt: 2,
      kind: 'failed',
      state: 'waiting',
      cause: 'error',
      by: 'x',
    };
    expect(factLine({ ...fact, ...change, detail: { message: 'a\u001b[31mb' } })).toBe(
      '2030-01-01T00:00:00.000Z  failed → waiting  a  attempt 2  at agent-2  (error)  by x  ' +
        '{"message":"a\\u001b[31mb"}',
    );
  });
});

describe('an ingest', () => {
  it('is summed up, with what was left out', () => {
    const counts = { copied: 1, bytes: 2_048, unchanged: 3, links: 1, directories: 2 };
    const summary = { ...counts, appended: 0, excluded: 0, deleted: 0, dryRun: false, trees: [] };
    const skipped = [
      { path: { base64: Buffer.from([0x61, 0xff]).toString('base64') }, why: 'gone' },
    ];
    expect(summaryLines({ ...summary, skipped, skippedCount: 12 })).toEqual([
      '1 file copied (2.0 KB), 3 unchanged, 1 link made, 2 directories',
      '12 entries left out:',
      '  a\\xff: gone',
      '  and 11 more',
    ]);
    const special = {
      ...summary,
      skipped: [],
      skippedCount: 0,
      appended: 1,
      excluded: 4,
      deleted: 5,
    };
    const trees = [{ ...special, source: '/a', target: '/c/a' }];
    const line =
      '1 file copied (2.0 KB), 1 appended to, 3 unchanged, 1 link made, 2 directories, 4 excluded, 5 deleted';
    expect(summaryLines({ ...special, dryRun: true, trees })).toEqual([
      'Dry run: nothing was written or deleted. It would have been:',
      line,
      `  /a to /c/a: ${line}`,
    ]);
  });
});

describe('tables and JSON', () => {
  it('align their columns', () => {
    const columns = [{ title: 'A' }, { title: 'N', align: 'right' as const }, { title: 'B' }];
    expect(
      tableLines(columns, [
        ['long', '7', 'x'],
        ['s', '1,000', ''],
      ]),
    ).toEqual(['A         N  B', 'long      7  x', 's     1,000']);
    expect(
      fieldLines([
        ['a', '1'],
        ['long', 'x'],
        ['none', null],
      ]),
    ).toEqual(['a     1', 'long  x']);
  });

  it('write bytes as base64', () => {
    const value = { bytes: new Uint8Array([1, 2]), more: [Buffer.from('a')] };
    expect(jsonLine(value)).toBe('{"bytes":{"base64":"AQI="},"more":[{"base64":"YQ=="}]}');
    expect(JSON.parse(jsonDocument(value))).toEqual(JSON.parse(jsonLine(value)));
  });
});

describe('a word that does not exist', () => {
  it.each([
    ['agnets', 'agents'],
    ['taskTimeout', 'task-timeout'],
    ['zzzzz', undefined],
  ])('%s', (word, meant) => {
    expect(nearest(word, ['agents', 'task-timeout', 'period'])).toBe(meant);
  });
});

describe('the screen', () => {
  const sinkOf = (isTTY: boolean) => {
    const pieces: string[] = [];
    const write = (text: string | Uint8Array) => pieces.push(String(text));
    return { sink: { write, isTTY, columns: 20 }, text: () => pieces.join('') };
  };

  it('keeps the bar below the lines on a terminal', () => {
    const { sink, text } = sinkOf(true);
    const screen = createScreen(sink, {});
    screen.bar('50 %');
    screen.line('event');
    screen.bar(null);
    const clear = '\r\u001b[2K';
    expect(text()).toBe(`50 %${clear}event\n50 %${clear}`);
  });

  it('never draws a bar wider than the terminal', () => {
    const { sink, text } = sinkOf(true);
    createScreen(sink, {}).bar('x'.repeat(50));
    expect(text()).toBe('x'.repeat(19));
  });

  it('writes plain lines and no bar into a pipe', () => {
    const { sink, text } = sinkOf(false);
    const screen = createScreen(sink, {});
    screen.bar('50 %');
    screen.line(screen.style('red', 'event'));
    expect(text()).toBe('event\n');
  });

  it.each([
    [{}, '\u001b[31mx\u001b[39m'],
    [{ NO_COLOR: '1' }, 'x'],
    [{ TERM: 'dumb' }, 'x'],
  ])('colours with %j', (env, text) => {
    expect(createScreen(sinkOf(true).sink, env).style('red', 'x')).toBe(text);
  });

  it('shows control characters instead of obeying them', () => {
    expect(harmless('a\u001b[2Jb\nc\td')).toBe('a\\x1b[2Jb\\nc\\td');
  });

  it('logs JSON into a pipe, and lines for people on a terminal', () => {
    const pipe = sinkOf(false);
    createLog('warn', createScreen(pipe.sink, {}), pipe.sink).warn({ agent: 'a' }, 'agent lost');
    expect(JSON.parse(pipe.text())).toMatchObject({ level: 40, agent: 'a', msg: 'agent lost' });
    const terminal = sinkOf(true);
    const log = createLog('warn', createScreen(terminal.sink, { NO_COLOR: '1' }), terminal.sink);
    log.warn({ agent: 'a' }, 'agent lost');
    log.info('not at this level');
    expect(terminal.text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn agent lost agent="a"\n$/);
  });
});

describe('the progress of a job', () => {
  it('goes on telling the time while nothing changes, and stops when it ends', async () => {
    const clock = createVirtualClock();
    const lines: string[] = [];
    const screen = createScreen({ write: (text) => lines.push(String(text)) }, {});
    const progress = createProgress(screen, clock);
    progress.show({ ...job, total: 10, done: 4 });
    await clock.advance(2_000);
    progress.show({ ...job, total: 10, done: 6 });
    progress.end();
    await clock.advance(10_000);
    expect(lines).toEqual([
      '4 of 10 done · 0/s · 0 failed · 0 retried · 1.0 s\n',
      '4 of 10 done · 0/s · 0 failed · 0 retried · 2.0 s\n',
    ]);
  });
});
