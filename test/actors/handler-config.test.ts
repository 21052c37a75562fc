/** What may be laid down about a handler, and the sentence for each thing that may not. */
import { describe, expect, it } from 'vitest';
import { checkHandlerConfig, policyIn } from '../../actors/handler-config.ts';

const check = (config: unknown) => checkHandlerConfig('x', config);

describe('checkHandlerConfig', () => {
  it('takes every property there is, and a single delay as a list', () => {
    const config = {
      maxRetries: 3,
      jitter: 0.5,
      timeoutMs: 600_000,
      onUnknown: 'retry',
      maxLosses: 0,
      processClass: 'fast',
      preJob: { handler: 'prepare' },
      postJob: { handler: 'tidy', input: { deep: true } },
      properties: { dpi: 300 },
    };
    expect(check({ ...config, delayMs: 250, jitter: undefined })).toEqual({
      ...config,
      jitter: undefined,
      delaysMs: [250],
      preJob: { handler: 'prepare', input: null },
    });
    expect(check({ delaysMs: [1, 2] })).toEqual({ delaysMs: [1, 2] });
  });

  it.each([
    [7, /The configuration of handler "x" is 7: give an object/],
    [[], /is \[\]: give an object/],
    [{ maxRetris: 1 }, /has "maxRetris", which is not known; do you mean "maxRetries"\?/],
    [{ zzz: 1 }, /has "zzz", which is not known; it may have maxRetries, /],
    [{ toString: 1 }, /has "toString", which is not known/],
    [{ maxRetries: NaN }, /maxRetries of the configuration of handler "x" is NaN: give a whole/],
    [{ maxRetries: -1 }, /maxRetries .* is -1: give a whole number from 0 to 100/],
    [{ maxRetries: '3' }, /maxRetries .* is "3"/],
    [{ maxRetries: null }, /maxRetries .* is null/],
    [{ delayMs: -1 }, /delayMs .* is -1: give a whole number from 0 to 2147483647/],
    [{ delaysMs: 5 }, /delaysMs .* is 5: give a list/],
    [{ delaysMs: [0, 2 ** 31] }, /Delay 2 in delaysMs .* is 2147483648: give a whole number/],
    [{ delayMs: 1, delaysMs: [1] }, /has delayMs and delaysMs: give one of them/],
    [{ jitter: 1.5 }, /jitter .* is 1.5: give a fraction from 0 to 1/],
    [{ timeoutMs: 0 }, /timeoutMs .* is 0: give a whole number from 1 to 2147483647/],
    [{ timeoutMs: 2 ** 31 }, /timeoutMs .* is 2147483648/],
    [{ timeoutMs: Infinity }, /timeoutMs .* is Infinity/],
    [{ onUnknown: 'hope' }, /onUnknown .* is "hope": give "retry" or "park"/],
    [{ maxLosses: 0.5 }, /maxLosses .* is 0.5/],
    [{ processClass: 'a b' }, /process class "a b" is not allowed/],
    [{ preJob: 'prepare' }, /preJob .* is "prepare": give the name of a handler and its input/],
    [{ postJob: { handler: 'a', inputs: 1 } }, /postJob .* give the name of a handler/],
    [{ postJob: { handler: 'a b' } }, /handler name in postJob .*"a b" is not allowed/],
    [{ properties: { when: new Date(0) } }, /properties cannot be sent: properties.when is a Date/],
    [{ properties: 'x'.repeat(70_000) }, /properties .* takes 7\d+ bytes: give at most 65536/],
  ])('refuses %j', (given, sentence) => {
    expect(() => check(given)).toThrow(sentence);
  });

  it('has as policy only what it says', () => {
    expect(policyIn({ maxRetries: 0, processClass: 'fast', properties: 1 })).toEqual({
      maxRetries: 0,
    });
  });
});
