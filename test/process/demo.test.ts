/** `lifeline demo`, as `npm start` runs it, with fewer files. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Cut } from '../../cli/demo-cut.ts';
import type { Evidence } from '../../cli/demo-evidence.ts';
import { lifeline } from './lifeline.ts';

describe('lifeline demo', () => {
  it('survives a cut link and proves that everything was copied once', async () => {
    const { code, out, err } = await lifeline(['demo', '--files', '1500', '--json']);
    expect(err).toContain('the link to agent-2 is cut in both directions');
    const told = JSON.parse(out) as Evidence & { readonly cut: Cut; readonly data: string };
    expect(told.flaws).toEqual([]);
    expect(code).toBe(0);
    expect(told.cut.running.length).toBeGreaterThan(0);
    expect(told.explained?.sentences.length).toBeGreaterThan(3);
    expect(told.summary.copied).toBe(1_500);
    expect(told.comparison).toMatchObject({ files: 1_500, differenceCount: 0 });
    expect(told.startedAgain).toBe(0);
    expect(told.starts).toBe(told.job.total);
    const kinds = told.timeline.filter(({ agent }) => agent === 'agent-2').map(({ kind }) => kind);
    const [suspectAt, repeatAt, reconciledAt] = (
      ['agent.suspect', 'agent.repeat', 'agent.reconciled'] as const
    ).map((kind) => kinds.indexOf(kind)) as [number, number, number];
    expect(Math.min(suspectAt, repeatAt)).toBeGreaterThan(0);
    expect(reconciledAt).toBeGreaterThan(Math.max(suspectAt, repeatAt));
    expect(existsSync(told.data)).toBe(false);
  });
});
