/** `audit`, `report` and `prune`, one after the other, on what one run has left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLine } from '../../actors/audit.ts';
import type { ReportView } from '../../actors/report.ts';
import { commandLine } from './command-line.ts';

let directory: string;
const ask = (...words: readonly string[]) => commandLine(['--data', directory, ...words]);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-back-'));
  const work = ['true', 'false'].map((command) =>
    JSON.stringify({ handler: 'shell', id: `${command}-1`, input: { command } }),
  );
  const words = ['--data', directory, 'run', '-', '--job', 'mine', '--agents', '1'];
  expect(await commandLine(words, { stdin: work.join('\n') })).toMatchObject({ code: 1 });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('looking back', () => {
  it('has the audit trail of a job as lines of JSON, in order', async () => {
    const { code, out } = await ask('audit', 'mine');
    expect(code).toBe(0);
    const lines = out.trim().split('\n').map((line) => JSON.parse(line) as AuditLine); // prettier-ignore
    expect(lines[0]).toMatchObject({ kind: 'job.started', job: 'mine', generation: 1 });
    expect(lines[0]!.by).not.toBeNull();
    expect(lines.at(-1)).toMatchObject({ kind: 'job.finished' });
    const ends = lines.filter(({ state }) => state === 'done' || state === 'failed');
    expect(ends.map(({ id, attempt, cause }) => [id, attempt, cause]).sort()).toEqual([
      ['false-1', 1, 'error'],
      ['true-1', 1, null],
    ]);
    expect(lines.map(({ n }) => n)).toEqual(lines.map(({ n }) => n).sort((a, b) => a - b));
    expect(await ask('audit', 'none')).toMatchObject({ code: 4, out: '' });
  });

  it('has a report of a time range', async () => {
    const { out } = await ask('report', '--from', '1h', '--job', 'mine', '--json');
    const view = JSON.parse(out) as ReportView;
    expect(view).toMatchObject({
      job: 'mine',
      accepted: 2,
      ended: { done: { done: 1 }, failed: { error: 1 } },
      attempts: { given: 2, done: 1, failed: 1, lost: 0 },
      retries: 0,
      agents: [{ agent: 'agent-1', given: 2 }],
    });
    const { out: text } = await ask('report');
    expect(text).toMatch(/\nhanded in +2\n/);
    expect(text).toMatch(/\nfailed \(error\) +1\n/);
    expect(text).toMatch(/\nSLOWEST +ATTEMPT +AGENT +ENDED +RAN\n/);
    const odd = await ask('report', '--from', '1h', '--to', '2h');
    expect(odd).toMatchObject({ code: 2, out: '' });
    expect(odd.err).toBe(
      'lifeline: A report must end after it begins: exchange --from and --to.\n',
    );
  });

  it('is over when it is pruned', async () => {
    expect(await ask('prune')).toMatchObject({
      code: 0,
      out: 'Deleted: 0 tasks with what they left, 0 runs of jobs, 0 facts.\n',
    });
    const { out } = await ask('prune', '--keep', '0s', '--json');
    expect(JSON.parse(out)).toMatchObject({ subTransactions: 2, runs: 1 });
    expect((await ask('list')).out).toContain('There are no jobs yet.');
    expect(await ask('show', 'true-1')).toMatchObject({ code: 4 });
    expect(await ask('prune', '--keep', 'never')).toMatchObject({ code: 2, out: '' });
  });
});
