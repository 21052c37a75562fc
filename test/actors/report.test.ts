/** What happened in a time range, added up from histories written by hand. */
import { describe, expect, it } from 'vitest';
import { report, type ReportFilter, type ReportView } from '../../actors/report.ts';
import type { Entry } from '../../actors/records.ts';
import { HandMade, START_AT } from './hand-made.ts';

type Told = readonly [number, Omit<Entry, 'at' | 'subject'>];

const given = (atMs: number, attempt: number, agent = 'a1'): Told => [
  atMs,
  { kind: 'assign', state: 'sent', job: 'j', attempt, agent, boot: 1 },
];

const ended = (
  atMs: number,
  kind: string,
  state: string,
  { attempt = 1, agent = 'a1', ranMs = 0, cause = null as string | null, told = true } = {},
): Told => [
  atMs,
  {
    kind, state, job: 'j', attempt, agent, boot: 1, cause,
    ...(told && { detail: { startedAt: START_AT + atMs - ranMs, endedAt: START_AT + atMs } }),
  },
]; // prettier-ignore

const of = (made: HandMade, change: Partial<ReportFilter> = {}): Promise<ReportView> =>
  report(made.store, { from: START_AT, to: START_AT + 1_000, ...change }, () => Promise.resolve());

describe('a report', () => {
  it('counts ends by state and cause, attempts, retries, losses, and what each agent did', async () => {
    const made = await HandMade.open();
    await made.sub('good', [given(0, 1), ended(10, 'done', 'done', { ranMs: 7 })]);
    await made.sub('bad', [
      given(10, 1),
      ended(20, 'failed', 'waiting', { ranMs: 5, cause: 'error' }),
      [20, { kind: 'timeout', state: 'queued', attempt: 1 }],
      given(20, 2, 'a2'),
      ended(30, 'failed', 'failed', { attempt: 2, agent: 'a2', ranMs: 9, cause: 'error' }),
      [30, { kind: 'superseded', state: 'failed', attempt: 1, agent: 'a1', cause: 'done' }],
    ]);
    await made.sub('lost', [
      given(30, 1),
      ended(40, 'lost', 'waiting', { told: false, cause: 'lost' }),
      [40, { kind: 'timeout', state: 'queued', attempt: 1 }],
      given(40, 2),
      ended(45, 'neverStarted', 'queued', { attempt: 2, told: false, cause: 'neverStarted' }),
      given(45, 3, 'a2'),
      ended(50, 'lost', 'parked', {
        attempt: 3,
        agent: 'a2',
        told: false,
        cause: 'outcomeUnknown',
      }),
      ended(55, 'lost', 'parked', { attempt: 3, agent: 'a2', cause: 'outcomeUnknown' }),
    ]);
    await made.fact(60, { subject: 'j-j', job: 'j', kind: 'enqueued', detail: { count: 500 } });
    await made.fact(70, { subject: 'j-j', job: 'j', kind: 'emptied', detail: { count: 400 } });
    expect(await of(made)).toEqual({
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-01T00:00:01.000Z',
      job: null,
      accepted: 503,
      ended: {
        done: { done: 1 },
        failed: { error: 1 },
        parked: { outcomeUnknown: 1 },
        cancelled: { cancelled: 400 },
      },
      attempts: { given: 6, done: 1, failed: 2, killed: 0, lost: 2, neverStarted: 1 },
      retries: 2,
      agents: [
        { agent: 'a1', given: 4, done: 1, failed: 1, killed: 0, lost: 1, neverStarted: 1, ranMs: 12 },
        { agent: 'a2', given: 2, done: 0, failed: 1, killed: 0, lost: 1, neverStarted: 0, ranMs: 9 },
      ],
      slowest: [
        { id: 'bad', job: 'j', attempt: 2, agent: 'a2', ending: 'failed', startedAt: '2026-01-01T00:00:00.021Z', ranMs: 9 },
        { id: 'good', job: 'j', attempt: 1, agent: 'a1', ending: 'done', startedAt: '2026-01-01T00:00:00.003Z', ranMs: 7 },
        { id: 'bad', job: 'j', attempt: 1, agent: 'a1', ending: 'failed', startedAt: '2026-01-01T00:00:00.015Z', ranMs: 5 },
      ],
    }); // prettier-ignore
  });

  it('is of its range and its job, and names no more than ten', async () => {
    const made = await HandMade.open();
    for (let n = 0; n < 15; n++) {
      await made.sub(`x${n}`, [given(n * 10, 1), ended(n * 10 + 5, 'done', 'done', { ranMs: n })]);
    }
    const all = await of(made, { job: 'j' });
    expect(all.slowest.map(({ ranMs }) => ranMs)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5]);
    expect(all.attempts).toMatchObject({ given: 15, done: 15 });
    const some = await of(made, { from: START_AT + 20, to: START_AT + 45 });
    expect(some.attempts).toMatchObject({ given: 3, done: 2 });
    const none = await of(made, { job: 'other' });
    expect(none).toMatchObject({ accepted: 0, ended: {}, agents: [], slowest: [] });
    expect(await of(made, { from: START_AT + 7, to: START_AT + 7 })).toMatchObject({ ended: {} });
  });

  it('lets others have their turn, and is refused when it ends before it begins', async () => {
    const made = await HandMade.open();
    for (let n = 0; n < 1_001; n++)
      await made.sub(`x${n}`, [given(n, 1), ended(n, 'done', 'done')]);
    let pauses = 0;
    const pause = () => Promise.resolve(void pauses++);
    const view = await report(made.store, { from: START_AT, to: START_AT + 5_000 }, pause);
    expect([view.attempts.done, pauses]).toEqual([1_001, 1]);
    await expect(of(made, { to: START_AT - 1 })).rejects.toThrow(
      'A report must end after it begins: exchange "from" and "to".',
    );
  });
});
