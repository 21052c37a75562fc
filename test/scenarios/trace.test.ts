/** The digest of a run: equal for equal sights, another one for the smallest difference. */
import { describe, expect, it } from 'vitest';
import type { Sight } from '../../scenarios/sight.ts';
import { createTrace } from '../../scenarios/trace.ts';

function turned(change: object = {}): Sight {
  const step = {
    turn: 3,
    at: 1_767_225_600_000,
    lateMs: 0,
    inputs: [{ kind: 'logged', fence: { birth: 1, attempt: 1 } }],
    due: ['beat'],
    entries: [{ text: 'é', bytes: new Uint8Array([1, 2, 3]) }],
    writes: new Map([['task/1', { a: 1.5, gone: undefined }]]),
    now: [],
    later: [{ kind: 'refuse', ticket: 1, error: new Error('no') }],
    ...change,
  };
  return { what: 'turned', atMs: 5, seat: 'a1', step } as unknown as Sight;
}

function digestOf(...sights: readonly Sight[]): string {
  const trace = createTrace();
  for (const sight of sights) trace.see(sight);
  return trace.digest();
}

describe('a trace', () => {
  it('is equal for equal sights', () => {
    expect(digestOf(turned(), turned())).toBe(digestOf(turned(), turned()));
    expect(digestOf(turned())).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['a number', { turn: 4 }],
    ['a large number', { at: 1_767_225_600_001 }],
    ['an order', { due: ['lease', 'beat'] }],
    ['a byte', { entries: [{ text: 'é', bytes: new Uint8Array([1, 2, 4]) }] }],
    ['a letter', { entries: [{ text: 'è', bytes: new Uint8Array([1, 2, 3]) }] }],
    ['a fraction', { writes: new Map([['task/1', { a: 1.25, gone: undefined }]]) }],
    ['a missing field', { writes: new Map([['task/1', { a: 1.5 }]]) }],
    ['a key', { writes: new Map([['task/2', { a: 1.5, gone: undefined }]]) }],
    ['an error', { later: [{ kind: 'refuse', ticket: 1, error: new Error('yes') }] }],
    ['null for nothing', { now: [null] }],
  ])('differs by %s', (_what, change) => {
    expect(digestOf(turned(change))).not.toBe(digestOf(turned()));
  });

  it('counts the order and the number of sights', () => {
    const [one, other] = [turned(), turned({ turn: 4 })];
    expect(digestOf(one, other)).not.toBe(digestOf(other, one));
    expect(digestOf(one, one)).not.toBe(digestOf(one));
  });

  it('is told as text to whoever asks, with the same digest', () => {
    const lines: string[] = [];
    const trace = createTrace((line) => lines.push(line));
    trace.see(turned());
    expect(trace.digest()).toBe(digestOf(turned()));
    expect(lines).toEqual([expect.stringContaining('"writes":[["task/1",{"a":1.5}]]')]);
  });

  it('leaves out stores, which are no data', () => {
    const store = { get: () => undefined };
    const lie = { what: 'lie', atMs: 1, seat: 'a1', before: store, after: store };
    const life = { what: 'boot', atMs: 1, seat: 'a1', life: { boot: 1, store, runner: store } };
    expect(() => digestOf(lie as unknown as Sight, life as unknown as Sight)).not.toThrow();
  });
});
