/**
 * What makes a handler, and the sentence for each thing that does not.
 */
import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineHandler, InvalidHandler } from '../../handlers/define-handler.ts';
import type { Handler } from '../../handlers/handler.ts';

const run = () => null;
const define = defineHandler as (options: unknown) => Handler;

describe('defineHandler', () => {
  it('fills in the defaults', () => {
    const { name, policy, runs } = defineHandler({ name: 'resize', run });
    expect(name).toBe('resize');
    expect(runs).toEqual({ as: 'inline', run });
    expect(policy).toEqual({
      maxRetries: 4,
      delaysMs: [],
      timeoutMs: 3_600_000,
      onUnknown: 'park',
      maxLosses: 4,
    });
  });

  it('evaluates the delay of each retry once, at definition', () => {
    const asked: number[] = [];
    const delay = (retry: number) => {
      asked.push(retry);
      return retry * 100;
    };
    expect(define({ name: 'x', run, maxRetries: 3, delay }).policy.delaysMs).toEqual([
      100, 200, 300,
    ]);
    expect(asked).toEqual([1, 2, 3]);
  });

  it.each([
    { delay: 0, maxRetries: 4, delaysMs: [] },
    { delay: 250, maxRetries: 4, delaysMs: [250] },
    { delay: 250, maxRetries: 0, delaysMs: [] },
    { delay: () => 7, maxRetries: 2, delaysMs: [7, 7] },
    { delay: () => 7, maxRetries: 0, delaysMs: [] },
  ])('turns delay $delay with $maxRetries retries into $delaysMs', (given) => {
    const { delay, maxRetries, delaysMs } = given;
    expect(define({ name: 'x', run, delay, maxRetries }).policy.delaysMs).toEqual(delaysMs);
  });

  it.each([
    [{ name: '' }, /name "" is not allowed/],
    [{ name: 'a b' }, /name "a b" is not allowed/],
    [{ name: 'x'.repeat(65) }, /is not allowed: use 1 to 64/],
    [{ name: undefined }, /is not allowed/],
    [{ run: undefined }, /exactly one of run and module/],
    [{ module: new URL('file:///x.js') }, /exactly one of run and module/],
    [{ run: undefined, module: '/x.js' }, /is no file URL/],
    [{ run: undefined, module: new URL('https://example.org/x.js') }, /is no file URL/],
    [{ run: 'x' }, /run of handler "x" is "x": give a function/],
    [{ befor: run }, /Handler "x" has "befor", which is not known; do you mean "before"\?/],
    [{ pre_job: run }, /do you mean "preJob"\?/],
    [{ zzz: 1 }, /"zzz", which is not known; it may have name, run, module, before/],
    [{ before: 'x' }, /before of handler "x" is "x": give a function/],
    [{ postJob: 7 }, /postJob of handler "x" is 7: give a function/],
    [{ run: undefined, module: new URL('file:///x.js'), after: run }, /is a module: export after/],
    [{ name: 'x'.repeat(60), preJob: run }, /-preJob" is not allowed/],
    [{ maxRetries: -1 }, /maxRetries of handler "x" is -1/],
    [{ maxRetries: 1.5 }, /whole number from 0 to 100/],
    [{ maxRetries: 101 }, /whole number from 0 to 100/],
    [{ maxRetries: NaN }, /is NaN/],
    [{ timeoutMs: 0 }, /timeoutMs of handler "x" is 0/],
    [{ timeoutMs: -5 }, /is -5/],
    [{ timeoutMs: NaN }, /is NaN/],
    [{ timeoutMs: 0.5 }, /is 0.5/],
    [{ timeoutMs: 2 ** 31 }, /from 1 to 2147483647/],
    [{ onUnknown: 'hope' }, /give "retry" or "park"/],
    [{ delay: -1 }, /^delay of handler "x" is -1/],
    [{ delay: NaN }, /is NaN/],
    [{ delay: Infinity }, /is Infinity/],
    [{ delay: '5' }, /is "5"/],
    [{ delay: (retry: number) => 2 - retry }, /^delay\(3\) of handler "x" is -1/],
    [{ delay: () => undefined }, /^delay\(1\) of handler "x" is undefined/],
    [{ delay: () => fail() }, /^delay\(1\) of handler "x" throws/],
    [{ input: 'string' }, /The input schema of handler "x" is "string"/],
    [{ result: null }, /The result schema of handler "x" is null/],
  ])('refuses %o', (wrong, sentence) => {
    expect(() => define({ name: 'x', run, ...wrong })).toThrow(InvalidHandler);
    expect(() => define({ name: 'x', run, ...wrong })).toThrow(sentence);
  });

  it('accepts just the numbers that a timer can take', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.constant(2 ** 31 - 1)), (timeoutMs) => {
        const legal = Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs < 2 ** 31;
        const attempt = () => define({ name: 'x', run, timeoutMs }).policy.timeoutMs;
        if (legal) expect(attempt()).toBe(timeoutMs);
        else expect(attempt).toThrow(InvalidHandler);
      }),
    );
  });

  it('infers the types of run from the schemas', () => {
    const picture = Type.Object({ path: Type.String() });
    const size = Type.Object({ width: Type.Integer() });
    const resize = defineHandler({
      name: 'resize',
      input: picture,
      result: size,
      run: (given) => {
        expectTypeOf(given).toEqualTypeOf<{ path: string }>();
        return { width: given.path.length };
      },
    });
    expectTypeOf(resize).toEqualTypeOf<Handler<{ path: string }, { width: number }>>();
    const count = defineHandler({
      name: 'count',
      input: picture,
      run: async (given) => Promise.resolve(given.path.length),
    });
    expectTypeOf(count).toEqualTypeOf<Handler<{ path: string }, number>>();
    const plain = defineHandler({ name: 'plain', run: (given: number) => String(given) });
    expectTypeOf(plain).toEqualTypeOf<Handler<number, string>>();
    expect([resize.input, resize.result, plain.input]).toEqual([picture, size, undefined]);
  });
});

function fail(): never {
  throw new Error('no delay today');
}
