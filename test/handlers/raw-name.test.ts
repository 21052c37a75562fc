/**
 * Names as bytes, through JSON and back, and which paths stay in their tree.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfName, joinPath, rawName, shownName, staysBelow } from '../../handlers/raw-name.ts';

describe('rawName', () => {
  it('brings any bytes through JSON unchanged', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const through = JSON.parse(JSON.stringify(rawName(bytes))) as ReturnType<typeof rawName>;
        expect(new Uint8Array(bytesOfName(through))).toEqual(bytes);
      }),
    );
  });

  it('is text for every name that is text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(rawName(Buffer.from(name))).toBe(name);
      }),
    );
    expect(rawName(Buffer.from([0xff]))).toEqual({ base64: '/w==' });
  });
});

describe('shownName', () => {
  it.each([
    [Buffer.from('plain/grün'), 'plain/grün'],
    [Buffer.from('two\nlines\x1b[31m'), 'two\\x0alines\\x1b[31m'],
    [Buffer.from([0x61, 0xff, 0x20]), 'a\\xff '],
  ])('shows %o as %s', (bytes, shown) => {
    expect(shownName(bytes)).toBe(shown);
  });
});

describe('staysBelow', () => {
  it.each([
    ['', true],
    ['a', true],
    ['a/b.c/..d', true],
    ['..', false],
    ['.', false],
    ['/etc', false],
    ['a//b', false],
    ['a/', false],
    ['a/../b', false],
    ['a\0b', false],
  ])('%j: %s', (path, below) => {
    expect(staysBelow(Buffer.from(path))).toBe(below);
  });
});

describe('joinPath', () => {
  it('names the directory itself by an empty rest', () => {
    expect(joinPath(Buffer.from('/a'), Buffer.from('b')).toString()).toBe('/a/b');
    expect(joinPath(Buffer.from('/a'), Buffer.alloc(0)).toString()).toBe('/a/');
  });
});
