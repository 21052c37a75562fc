/** What `lifeline handler set` makes of its flags, and the sentence for those that it cannot use. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../cli/handler-flags.ts';
import type { Call } from '../../cli/verb.ts';

type Typed = Parameters<typeof configOf>[0];

const typed = (options: Call['options'], values: object = {}): Typed => ({
  options,
  values: values as Call['values'],
  typed: new Set(Object.keys(values)) as unknown as Call['typed'],
});

describe('the flags of handler set', () => {
  it('come on top of what there is', () => {
    const present = { maxRetries: 1, jitter: 0.5, properties: { dpi: 72, name: 'a' } };
    const options = {
      maxRetries: '3',
      retryDelay: '0,1s, 500ms',
      class: 'fast',
      preJob: 'prepare',
      property: ['dpi=300', 'flags=["a","b"]', 'text=a=b'],
    };
    expect(
      configOf(typed(options, { 'task-timeout': 600_000, 'on-unknown': 'retry' }), present),
    ).toEqual({
      maxRetries: 3,
      delaysMs: [0, 1_000, 500],
      jitter: 0.5,
      timeoutMs: 600_000,
      onUnknown: 'retry',
      processClass: 'fast',
      preJob: { handler: 'prepare', input: null },
      properties: { dpi: 300, name: 'a', flags: ['a', 'b'], text: 'a=b' },
    });
  });

  it('may be a file, which stands alone', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lifeline-flags-'));
    const file = join(directory, 'f.json');
    try {
      writeFileSync(file, '{"maxRetries": 7}');
      expect(configOf(typed({ file }), { jitter: 1 })).toEqual({ maxRetries: 7 });
      expect(() => configOf(typed({ file, class: 'a' }), {})).toThrow('Give --file or flags');
      writeFileSync(file, '[]');
      expect(() => configOf(typed({ file }), {})).toThrow('must have an object');
      writeFileSync(file, '{');
      expect(() => configOf(typed({ file }), {})).toThrow('is not JSON');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each([
    [{}, 'Say what to set'],
    [{ maxRetries: 'many' }, '--max-retries must be a number, not "many".'],
    [{ retryDelay: '1s,soon' }, '--retry-delay is no duration: "soon"'],
    [{ property: ['dpi'] }, '--property must be NAME=VALUE, not "dpi".'],
  ])('refuse %j', (options, sentence) => {
    expect(() => configOf(typed(options), {})).toThrow(sentence);
  });
});
