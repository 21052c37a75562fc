/** The one parser of ids: what it refuses can reach no subject, no file name and no key. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID_PATTERN, InvalidId, parseId } from '../../transport/ids.ts';

describe('parseId', () => {
  it.each(['a', '0', '_', '-', 'Agent_7-b', 'x'.repeat(64)])('returns the legal id %j', (text) => {
    expect(parseId(text, 'agent id')).toBe(text);
  });

  it.each([
    ['the empty text', ''],
    ['a dot', 'a.b'],
    ['the parent directory', '..'],
    ['a path', 'a/b'],
    ['a path of Windows', 'a\\b'],
    ['a star', '*'],
    ['a star within', 'a*'],
    ['a greater-than', '>'],
    ['a space', 'a b'],
    ['a space at the end', 'a '],
    ['a tab', 'a\tb'],
    ['a newline within', 'a\nb'],
    ['a newline at the end', 'a\n'],
    ['a carriage return and newline', 'a\r\nPUB x 1'],
    ['NUL', 'a\u0000'],
    ['65 characters', 'x'.repeat(65)],
    ['a Cyrillic а', '\u0430gent'],
    ['a full-width letter', '\uff21gent'],
    ['a letter with an accent', 'jos\u00e9'],
    ['a combining accent', 'jose\u0301'],
    ['a zero-width space', 'a\u200bb'],
    ['a no-break space', 'a\u00a0b'],
    ['a soft hyphen', 'a\u00adb'],
    ['an Arabic digit', '\u0661'],
    ['a Kelvin sign', '\u212a'],
    ['an emoji', '🦊'],
    ['half a character', '\ud83e'],
    ['a colon', 'a:b'],
    ['a percent escape', '%2e%2e'],
  ])('refuses %s', (_name, text) => {
    expect(() => parseId(text, 'agent id')).toThrow(InvalidId);
  });

  it('says what is allowed and suggests a legal spelling', () => {
    expect(() => parseId('my job.v2', 'job name')).toThrow(
      'The job name "my job.v2" is not allowed: use 1 to 64 of A-Z a-z 0-9 _ and -. Try "my-job-v2".',
    );
  });

  it('suggests nothing where nothing is left to suggest', () => {
    expect(() => parseId('**', 'agent id')).toThrow(/-\.$/);
  });

  it('keeps control characters out of its message', () => {
    expect(() => parseId('a\u001b[31m\n', 'agent id')).toThrow(/^[\x20-\x7e]+$/);
  });

  it('suggests only what it would accept', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 100 }),
    );
    let suggested = 0;
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          expect(ID_PATTERN.test(parseId(text, 'agent id'))).toBe(true);
        } catch (error) {
          const [, suggestion] = / Try "(.*)"\.$/s.exec((error as Error).message) ?? [];
          if (suggestion === undefined) return;
          suggested++;
          expect(parseId(suggestion, 'agent id')).toBe(suggestion);
        }
      }),
      { numRuns: 1000, examples: [['a.b'], ['a'.repeat(63) + '. .'], ['é'.repeat(100) + 'x']] },
    );
    expect(suggested).toBeGreaterThan(100);
  });
});
