/**
 * What the tasks themselves have written, outside Lifeline's reach: one line as each begins and ends, and
 * one when the lock of its sub-transaction was held by another attempt at that moment.
 *
 *   begin t17 4711-1 1763786000.123456 31337
 */
import { readFileSync } from 'node:fs';

export interface LedgerLine {
  readonly word: 'begin' | 'end' | 'overlap';
  readonly id: string;
  /** `<birth>-<attempt>` */
  readonly fence: string;
  /** Ms since 1970. */
  readonly at: number;
  readonly pid: number;
}

export interface Ledger {
  readonly begins: number;
  /** Fences that were begun more than once. */
  readonly begunAgain: readonly LedgerLine[];
  readonly overlaps: readonly LedgerLine[];
  hasBegun(fence: string): boolean;
  hasEnded(fence: string): boolean;
}

const LINE = /^(begin|end|overlap) (\S+) (\d+-\d+) ([\d.]+) (\d+)$/;

export function parseLedger(text: string): LedgerLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, word, id, fence, at, pid] = LINE.exec(line) ?? [];
      if (pid === undefined) {
        throw new Error(`The ledger has a line that no task writes: ${line}`);
      }
      return { word, id, fence, at: Number(at) * 1000, pid: Number(pid) } as LedgerLine;
    });
}

export function ledgerOf(lines: readonly LedgerLine[]): Ledger {
  const begun = new Set<string>();
  const ended = new Set<string>();
  const begunAgain: LedgerLine[] = [];
  const overlaps: LedgerLine[] = [];
  for (const line of lines) {
    if (line.word === 'overlap') overlaps.push(line);
    else if (line.word === 'end') ended.add(line.fence);
    else if (begun.has(line.fence)) begunAgain.push(line);
    else begun.add(line.fence);
  }
  return {
    begins: begun.size + begunAgain.length,
    begunAgain,
    overlaps,
    hasBegun: (fence) => begun.has(fence),
    hasEnded: (fence) => ended.has(fence),
  };
}

export const readLedger = (path: string): Ledger =>
  ledgerOf(parseLedger(readFileSync(path, 'utf8')));
