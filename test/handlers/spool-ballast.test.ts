/** The ballast of the spool: room that is there when the disk has none. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpoolBallast } from '../../handlers/spool-ballast.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-ballast-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const sizeOf = () => statSync(join(directory, 'ballast')).size;
const PLENTY = 1024 * 1024 * 1024;

describe('the ballast', () => {
  it('takes room when there is plenty, gives it up step by step, and takes it again', () => {
    const ballast = openSpoolBallast(directory);
    expect(ballast.giveUp()).toBe(false);
    ballast.refill(PLENTY);
    const full = sizeOf();
    expect(statSync(join(directory, 'ballast')).blocks * 512).toBeGreaterThanOrEqual(full);
    let steps = 0;
    while (ballast.giveUp()) steps++;
    expect([steps > 10, sizeOf()]).toEqual([true, 0]);
    ballast.refill(full);
    expect(sizeOf()).toBe(0);
    ballast.refill(PLENTY);
    expect(sizeOf()).toBe(full);
  });

  it('is still there after the agent died, and is none where nothing can be written', () => {
    openSpoolBallast(directory).refill(PLENTY);
    const next = openSpoolBallast(directory);
    expect(next.giveUp()).toBe(true);
    const nowhere = openSpoolBallast(join(directory, 'missing'));
    nowhere.refill(PLENTY);
    expect(nowhere.giveUp()).toBe(false);
  });
});
