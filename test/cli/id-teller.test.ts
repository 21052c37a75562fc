/** What an agent does while another one has its id: it waits as long as a dead one may still count. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createIdTeller } from '../../cli/id-teller.ts';
import { createScreen } from '../../cli/screen.ts';
import { resolveSettings } from '../../cli/settings.ts';
import { defaultTiming } from '../../machines/timing.ts';
import { createVirtualClock, type VirtualClock } from '../../scenarios/virtual-clock.ts';

let clock: VirtualClock;
let taken: ReturnType<typeof createIdTeller>;
let lines: string[];
let refusals: Error[];

beforeEach(() => {
  clock = createVirtualClock();
  [lines, refusals] = [[], []];
  const sink = { write: (text: string | Uint8Array) => lines.push(String(text)) };
  const values = resolveSettings({}, {}, new Map<never, never>());
  const call = { clock, values, screen: createScreen(sink, {}) };
  taken = createIdTeller(call, 'a1', (why) => refusals.push(why));
});

/** A hello a second, each of them refused. */
async function helloes(seconds: number, isHeld: boolean, timing = defaultTiming): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    taken(isHeld, timing);
    await clock.advance(1_000);
  }
}

describe('an agent whose id is taken', () => {
  it('waits as long as one that has just died still counts as heard, and then for its lease', async () => {
    await helloes(13, false);
    await helloes(60, true);
    expect(refusals).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('waits to see whether that one lives');
  });

  it('gives way to one that goes on speaking', async () => {
    await helloes(20, false);
    expect(refusals[0]?.message).toBe(
      'The agent id "a1" is in use by another agent of "lifeline": stop that one, or choose another with --id.',
    );
  });

  it('begins to wait anew when the other was silent', async () => {
    await helloes(13, false);
    await helloes(1, true);
    await helloes(13, false);
    expect(refusals).toEqual([]);
  });

  it('waits by the timing of the controller', async () => {
    const quick = { ...defaultTiming, periodMs: 1_000, delayMs: 200, timeoutMs: 10_000 };
    await helloes(3, false, quick);
    expect(refusals).toHaveLength(1);
  });
});
