/** The table of verdicts, cell by cell. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  reconciliationTable,
  REPORTS,
  verdict,
  viewOf,
  VIEWS,
  type Known,
  type Report,
  type View,
} from '../../machines/reconciliation.ts';
import { observe } from './observe.ts';
import { subTransaction, type SubTransactionState } from '../../machines/sub-transaction.ts';

/** Verdict, then `+f` when it is forgotten, `+h` when the next attempt is held. */
const EXPECTED: Record<Report, Record<View, string>> = {
  running: {
    here: 'continue',
    cancelling: 'kill',
    waiting: 'kill+h',
    later: 'kill+h',
    terminal: 'kill',
    unknown: 'kill',
  },
  done: {
    here: 'accept+f',
    cancelling: 'accept+f',
    waiting: 'accept+f',
    later: 'superseded+f',
    terminal: 'forget+f',
    unknown: 'forget+f',
  },
  ended: {
    here: 'accept+f',
    cancelling: 'accept+f',
    waiting: 'forget+f',
    later: 'superseded+f',
    terminal: 'forget+f',
    unknown: 'forget+f',
  },
  intentOnly: {
    here: 'lost+f',
    cancelling: 'lost+f',
    waiting: 'forget+f',
    later: 'forget+f',
    terminal: 'forget+f',
    unknown: 'forget+f',
  },
  absentSameBoot: {
    here: 'assignAgain',
    cancelling: 'neverStarted',
    waiting: 'none',
    later: 'none',
    terminal: 'none',
    unknown: 'none',
  },
  absentOlderBoot: {
    here: 'neverStarted',
    cancelling: 'neverStarted',
    waiting: 'none',
    later: 'none',
    terminal: 'none',
    unknown: 'none',
  },
  absentAfterGap: {
    here: 'lost',
    cancelling: 'lost',
    waiting: 'none',
    later: 'none',
    terminal: 'none',
    unknown: 'none',
  },
};

const cells = REPORTS.flatMap((report) => VIEWS.map((view) => [report, view] as const));

describe('verdict', () => {
  it('has 42 cells, all of them expected here', () => {
    expect(cells).toHaveLength(42);
    expect(Object.keys(EXPECTED)).toEqual([...REPORTS]);
    for (const row of Object.values(EXPECTED)) expect(Object.keys(row)).toEqual([...VIEWS]);
  });

  it.each(cells)('of %s × %s', (report, view) => {
    const { verdict: word, forget, hold, why } = verdict(view, report);
    expect(`${word}${forget ? '+f' : ''}${hold ? '+h' : ''}`).toBe(EXPECTED[report][view]);
    expect(why).toMatch(/\w/);
  });

  it('lets nothing run on but what is here', () => {
    const running = VIEWS.filter((view) => verdict(view, 'running').verdict === 'continue');
    expect(running).toEqual(['here']);
  });

  it('forgets everything that the agent still shows and that has ended, and nothing else', () => {
    for (const [report, view] of cells) {
      const hasEnded = ['done', 'ended', 'intentOnly'].includes(report);
      expect(verdict(view, report).forget, `${report} × ${view}`).toBe(hasEnded);
    }
  });
});

describe('viewOf', () => {
  const current = (state: SubTransactionState): Known => ({ state, attempt: 2, agent: 'a1' });

  it.each<[SubTransactionState, View]>([
    ['queued', 'waiting'],
    ['sent', 'here'],
    ['received', 'here'],
    ['inProgress', 'here'],
    ['idle', 'here'],
    ['waiting', 'waiting'],
    ['parked', 'waiting'],
    ['cancelling', 'cancelling'],
    ['done', 'terminal'],
    ['failed', 'terminal'],
    ['cancelled', 'terminal'],
  ])('sees the current attempt of what is %s as %s', (state, view) => {
    expect(viewOf(current(state), 2, 'a1')).toBe(view);
  });

  it.each<[string, Known | undefined, number, string, View]>([
    ['no record', undefined, 1, 'a1', 'unknown'],
    ['an attempt never given out here', current('sent'), 3, 'a1', 'unknown'],
    ['attempt 0', current('sent'), 0, 'a1', 'unknown'],
    ['an older attempt', current('sent'), 1, 'a1', 'later'],
    ['the same attempt at another agent', current('sent'), 2, 'a2', 'later'],
    ['an older attempt of what is over', current('done'), 1, 'a1', 'terminal'],
  ])('sees %s', (_, known, attempt, agent, view) => {
    expect(viewOf(known, attempt, agent)).toBe(view);
  });

  it('knows every state of a sub-transaction', () => {
    for (const state of Object.keys(subTransaction.states)) {
      expect(VIEWS).toContain(viewOf(current(state as SubTransactionState), 2, 'a1'));
    }
  });
});

describe('a cancelled sub-transaction', () => {
  const policy = {
    maxRetries: 4,
    delaysMs: [],
    onUnknown: 'retry',
    maxLosses: 4,
    idleMs: 120_000,
  } as const;

  it.each(['lost', 'neverStarted'] as const)('ends by each verdict for it: %s', (word) => {
    const { send, state } = observe(subTransaction, { birth: 1, policy, at: 0 });
    send({ type: 'assign', agent: 'a1', boot: 1, at: 0 });
    send({ type: 'cancel', by: 'ann', at: 1 });
    if (word === 'lost') send({ type: word, attempt: 1, death: true, releaseAt: null, at: 2 });
    else send({ type: word, attempt: 1, at: 2 });
    expect(state().value).toBe('cancelled');
  });
});

describe('reconciliationTable', () => {
  it('has a row for each report and a column for each view', () => {
    const lines = reconciliationTable().split('\n');
    expect(lines).toHaveLength(REPORTS.length + 2);
    for (const line of lines) expect(line.split('|')).toHaveLength(VIEWS.length + 3);
    expect(lines[0]).toBe(
      '| report \\ controller | `here` | `cancelling` | `waiting` | `later` | `terminal` | `unknown` |',
    );
  });

  it('stands in ARCHITECTURE.md as it is', () => {
    const text = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
    expect(text).toContain(`\n\n${reconciliationTable()}\n\n`);
  });

  it('says in each cell what the verdict is', () => {
    const rows = reconciliationTable().split('\n').slice(2);
    REPORTS.forEach((report, row) => {
      const [, name, ...entries] = (rows[row] ?? '').split('|').map((entry) => entry.trim());
      expect(name).toBe(`\`${report}\``);
      VIEWS.forEach((view, column) => {
        const { verdict: word, why } = verdict(view, report);
        const expected = word === 'none' ? /^–$/ : new RegExp(`^\\*\\*${word}\\*\\*`);
        expect(entries[column]).toMatch(expected);
        if (word !== 'none') expect(entries[column]).toContain(why);
      });
    });
  });

  it('spells out what follows', () => {
    const table = reconciliationTable();
    expect(table).toContain('**accept**, then forget: nothing else has run since (late)');
    expect(table).toContain('**kill**, hold the next: another attempt has taken its place');
    expect(table).toContain('**forget**: counted');
  });
});
