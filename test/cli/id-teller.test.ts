/** What an agent does while another one has its id: it waits for the end of a dead one. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createIdTeller } from '../../cli/id-teller.ts';
import { createScreen } from '../../cli/screen.ts';
import { resolveSettings } from '../../cli/settings.ts';

let taken: ReturnType<typeof createIdTeller>;
let lines: string[];
let refusals: Error[];

beforeEach(() => {
  [lines, refusals] = [[], []];
  const sink = { write: (text: string | Uint8Array) => lines.push(String(text)) };
  const values = resolveSettings({}, {}, new Map<never, never>());
  taken = createIdTeller({ values, screen: createScreen(sink, {}) }, 'a1', (why) =>
    refusals.push(why),
  );
});

/** Hellos that are refused, each with how long the other was silent. */
const hellos = (...silences: readonly (number | null)[]) => silences.forEach((ms) => taken(ms));

describe('an agent whose id is taken', () => {
  it('waits for the lease of one that says no more, however long that takes', () => {
    hellos(...Array.from({ length: 100 }, (_, second) => 3_000 + 1_000 * second));
    expect(refusals).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('waits to see whether that one lives');
  });

  it('gives way to one that goes on speaking', () => {
    hellos(900, 1_900, 400, 1_400, 2_400);
    expect(refusals).toEqual([]);
    hellos(0);
    expect(refusals[0]?.message).toBe(
      'The agent id "a1" is in use by another agent of "lifeline": stop that one, or choose another with --id.',
    );
  });

  it('does not take a last word that came late for life', () => {
    hellos(9_000, 10_000, 200, 1_200, 40_000);
    expect(refusals).toEqual([]);
  });

  it('learns nothing from a controller that has just begun', () => {
    hellos(5_000, 6_000, null, null, null, 7_000, null);
    expect(refusals).toEqual([]);
  });
});
