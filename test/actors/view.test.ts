/** The store as a turn sees it, against a plain map. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createView } from '../../actors/view.ts';
import type { KeyRange, Value } from '../../store/store.ts';

type Plain = Map<string, Value>;

const inRange = (plain: Plain, { from, to, reverse = false }: KeyRange) => {
  const found = [...plain].filter(([key]) => key >= from && key < to);
  found.sort(([a], [b]) => (a < b ? -1 : 1));
  return reverse ? found.reverse() : found;
};

const storeOf = (plain: Plain) => ({
  get: (key: string) => plain.get(key),
  range: (range: KeyRange) => inRange(plain, range),
});

describe('the view', () => {
  it('equals a plain map under any interleaving of turns and confirmations', () => {
    const key = fc.constantFrom('a', 'a/', 'a/1', 'a/2', 'a0', 'b', 'b/1', 'c');
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), key, value: fc.option(fc.nat(9), { nil: undefined }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('nextTurn' as const) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('confirm' as const) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('look' as const), from: key, to: key, reverse: fc.boolean() }) },
    ); // prettier-ignore
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const disk: Plain = new Map();
        const model: Plain = new Map();
        const view = createView(storeOf(disk));
        const turns = [view.begin()];
        for (const next of steps) {
          if (next.kind === 'write') {
            turns.at(-1)!.write(next.key, next.value);
            if (next.value === undefined) model.delete(next.key);
            else model.set(next.key, next.value);
          } else if (next.kind === 'nextTurn') turns.push(view.begin());
          else if (next.kind === 'confirm') {
            if (turns.length === 1) continue;
            const layer = turns.shift()!;
            for (const [name, value] of layer.writes) {
              if (value === undefined) disk.delete(name);
              else disk.set(name, value);
            }
            view.end(layer);
          } else {
            expect([...view.range(next)]).toEqual(inRange(model, next));
            expect(view.get(next.from)).toEqual(model.get(next.from));
          }
        }
        const all = { from: '', to: '~' };
        expect([...view.range(all)]).toEqual(inRange(model, all));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a later write of a key when an earlier turn is confirmed', () => {
    const view = createView(storeOf(new Map<string, Value>([['k', 0]])));
    const first = view.begin();
    first.write('k', 1);
    view.begin().write('k', undefined);
    view.end(first);
    expect(view.get('k')).toBeUndefined();
  });

  it('may be written to while it is walked', () => {
    const view = createView(storeOf(new Map<string, Value>([['a', 1], ['c', 3]]))); // prettier-ignore
    const layer = view.begin();
    layer.write('b', 2);
    const seen: string[] = [];
    for (const [name] of view.range({ from: 'a', to: 'z' })) {
      seen.push(name);
      layer.write(name, undefined);
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect([...view.range({ from: 'a', to: 'z' })]).toEqual([]);
  });
});
