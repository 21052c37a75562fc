/** The deadlines against a plain sorted list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeadlines } from '../../actors/deadlines.ts';

const sorted = (model: ReadonlyMap<string, number>) =>
  [...model].map(([name, at]) => [at, name] as const).sort(([a, x], [b, y]) => a - b || (x < y ? -1 : 1)); // prettier-ignore

describe('deadlines', () => {
  it('equal a sorted list, whatever is set, moved, dropped and taken', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const at = fc.constantFrom(0, 1, 5, 5.5, 10, 1e15);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), name, at: fc.option(at) }),
      fc.record({ kind: fc.constant('take' as const), at, limit: fc.nat(4) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const deadlines = createDeadlines();
        const model = new Map<string, number>();
        for (const next of steps) {
          if (next.kind === 'set') {
            deadlines.set(next.name, next.at);
            if (next.at === null) model.delete(next.name);
            else model.set(next.name, next.at);
          } else {
            const due = sorted(model).filter(([when]) => when <= next.at).slice(0, next.limit); // prettier-ignore
            expect(deadlines.take(next.at, next.limit)).toEqual(due.map(([, which]) => which));
            for (const [, which] of due) model.delete(which);
          }
          expect([...deadlines.entries()]).toEqual(sorted(model));
          expect(deadlines.next()).toBe(sorted(model)[0]?.[0]);
        }
      }),
    );
  });
});
