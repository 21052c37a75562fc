/**
 * Log records, whole and in pieces.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordReader, encodeRecord } from '../../handlers/log-records.ts';
import type { LogRecord } from '../../handlers/log-records.ts';

const record: fc.Arbitrary<LogRecord> = fc.record({
  stream: fc.constantFrom('out', 'err', 'log', 'gap'),
  at: fc.double({ noNaN: true }),
  bytes: fc.uint8Array({ maxLength: 200 }),
});

describe('createRecordReader', () => {
  it('reads back what was encoded, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(record), fc.array(fc.nat(400)), (records, cuts) => {
        const bytes = Buffer.concat(records.map(encodeRecord));
        const reader = createRecordReader();
        const read: LogRecord[] = [];
        let offset = 0;
        for (const length of [...cuts, bytes.length]) {
          read.push(...reader.push(bytes.subarray(offset, offset + length)));
          offset += length;
        }
        read.push(...reader.push(bytes.subarray(offset)));
        expect(read).toEqual(records);
        expect(reader.pending()).toBe(0);
      }),
    );
  });

  it('keeps what is not complete', () => {
    const bytes = encodeRecord({ stream: 'out', at: 5, bytes: Buffer.from('hello') });
    const reader = createRecordReader();
    expect(reader.push(bytes.subarray(0, 15))).toEqual([]);
    expect(reader.pending()).toBe(15);
    expect(reader.push(bytes.subarray(15))).toHaveLength(1);
  });

  it('hands out copies', () => {
    const bytes = encodeRecord({ stream: 'out', at: 5, bytes: Buffer.from('hello') });
    const [read] = createRecordReader().push(bytes);
    bytes.fill(0);
    expect(Buffer.from(read?.bytes ?? []).toString()).toBe('hello');
  });

  it.each([
    ['a stream that there is none of', Buffer.alloc(20)],
    ['a length that no record has', Buffer.from([1, ...new Array<number>(8), 255, 255, 255, 255])],
  ])('ends with a gap at %s', (_name, damage) => {
    const good = encodeRecord({ stream: 'log', at: 7, bytes: Buffer.from('x') });
    const reader = createRecordReader();
    const read = reader.push(Buffer.concat([good, damage]));
    expect(read.map(({ stream, at }) => [stream, at])).toEqual([
      ['log', 7],
      ['gap', 7],
    ]);
    expect(reader.pending()).toBe(damage.length);
    expect(reader.push(good)).toEqual([]);
    expect(reader.pending()).toBe(damage.length + good.length);
  });
});
