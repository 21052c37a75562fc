/** One run of a plan: how it ends, what it is asked on the way, and what is counted. */
import { describe, expect, it } from 'vitest';
import type { Plan, PlanStep } from '../../scenarios/plan.ts';
import { run } from '../../scenarios/run.ts';
import { Violation, type Checker, type Sight } from '../../scenarios/sight.ts';

const plan = (...steps: readonly PlanStep[]): Plan => ({
  setting: { seed: 1, agents: [{ id: 'a1' }], settings: {} },
  steps,
});

const handedIn = { atMs: 1_000, action: { do: 'submit', id: 'x', runsMs: 5_000 } } as const;

/** Objects when `when` holds for the first time. */
const checker = (when: (sight: Sight) => boolean, error: () => Error): Checker => ({
  name: 'mine',
  see(sight) {
    if (when(sight)) throw error();
  },
});

const isStart = (sight: Sight) => sight.what === 'ledger' && sight.line.what === 'start';

describe('a run', () => {
  it('ends well when everything is at rest, as soon as it is', async () => {
    const { violation, simulatedMs, turns } = await run(plan(handedIn));
    expect(violation).toBeUndefined();
    expect(simulatedMs).toBeGreaterThanOrEqual(6_000);
    expect(simulatedMs).toBeLessThan(60_000);
    expect(turns).toBeGreaterThan(5);
  });

  it('ends with the first violation, at that instant', async () => {
    const seen: string[] = [];
    const fails = checker(isStart, () => new Violation('mine', 1_234, 'it was started'));
    const after: Checker = { name: 'after', see: ({ what }) => void seen.push(what) };
    const { violation, simulatedMs } = await run(plan(handedIn), { checkers: [fails, after] });
    expect(violation).toMatchObject({ checker: 'mine', atMs: 1_234, message: 'it was started' });
    expect(simulatedMs).toBeLessThan(6_000);
    expect(seen).not.toContain('ledger');
  });

  it('takes what else a checker throws for a finding, too', async () => {
    const broken = checker(isStart, () => new Error('a bug of its own'));
    const { violation } = await run(plan(handedIn), { checkers: [broken] });
    expect(violation?.checker).toBe('unhandled');
    expect(violation?.message).toContain('a bug of its own');
  });

  it('finds an action that the world cannot do', async () => {
    const strange = { atMs: 5, action: { do: 'pause', seat: 'nobody' } } as const;
    const { violation } = await run(plan(strange));
    expect(violation).toMatchObject({ checker: 'unhandled', atMs: 5 });
    expect(violation?.message).toContain('nobody');
  });

  it('names what is left when it is not at rest in time', async () => {
    const { violation, simulatedMs } = await run(plan(handedIn), { withinMs: 2_000 });
    expect(violation?.checker).toBe('liveness');
    expect(violation?.message).toContain('a1 runs');
    expect(simulatedMs).toBe(3_000);
  });

  it('need not come to rest when nobody asks for it', async () => {
    const { violation, simulatedMs } = await run(plan(handedIn), { converge: false });
    expect(violation).toBeUndefined();
    expect(simulatedMs).toBe(1_000);
  });

  it('asks its questions at their instants, in the order of their lines', async () => {
    const asked: string[] = [];
    const ask = (name: string, atMs: number, line?: number) => ({
      atMs,
      ...(line === undefined ? {} : { line }),
      ask: ({ view }: { view: { nowMs: number; ledger: readonly unknown[] } }) =>
        void asked.push(`${name} ${view.nowMs} ${view.ledger.length}`),
    });
    const probes = [ask('before', 1_000, 1), ask('after', 3_000), ask('behind', 1_000, 3)];
    await run(plan({ ...handedIn, line: 2 }), { probes });
    expect(asked).toEqual(['before 1000 0', 'behind 1000 0', 'after 3000 1']);
  });

  it('counts what took effect, and not what found nothing to break', async () => {
    const { faults, marks } = await run(
      plan(
        { atMs: 100, action: { do: 'crash', seat: 'a1', forMs: 500 } },
        { atMs: 200, action: { do: 'crash', seat: 'a1' } },
        { atMs: 700, action: { do: 'cut', agent: 'a1', way: 'both', forMs: 15_000 } },
        handedIn,
        { atMs: 20_000, action: { do: 'heal' } },
      ),
    );
    expect(faults).toMatchObject({ crash: 1, cut: 1 });
    expect(faults['frame cut']).toBeGreaterThan(0);
    expect([...marks]).toContain('fault:crash at once');
  });
});
