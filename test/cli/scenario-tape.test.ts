/** `lifeline scenario play` of recordings: lanes of all of them by time, and what is decided otherwise. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otherwise, recordStory } from '../recorded-story.ts';
import { commandLine } from './command-line.ts';

let directory = '';
const files: string[] = [];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-tape-'));
  files.push(...(await recordStory(directory)));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('scenario play of recordings', () => {
  it('shows what their nodes decided as lanes of one time', async () => {
    const { code, out } = await commandLine(['scenario', 'play', ...files]);
    expect(out).toMatch(/controller +a1\n/);
    const order = ['x accepted', 'x#1 assign a1', 'x#1 intent', 'x#1 exit done', 'x#1 done'];
    const places = order.map((text) => out.indexOf(text));
    expect(places.every((place, i) => place > (places[i - 1] ?? 0))).toBe(true);
    expect(out).toMatch(/\nIt holds: \d+ moments in 2 lanes\.\n$/);
    expect(code).toBe(0);
  });

  it('stops where something else is decided, with then and now side by side', async () => {
    const [, file] = files as [string, string];
    const edited = join(directory, 'edited.txt');
    writeFileSync(edited, otherwise(readFileSync(file, 'utf8')));
    const { code, out } = await commandLine(['scenario', 'play', edited]);
    expect(code).toBe(1);
    expect(out).toMatch(/a1, turn \d+ \(.*edited\.txt:\d+, .*\) is decided otherwise, at entries/);
    expect(out).toMatch(/hope"? +│ +"?intent/);
    const { out: json } = await commandLine(['scenario', 'play', edited, '--json']);
    const last = JSON.parse(json.trim().split('\n').at(-1)!) as object;
    expect(last).toMatchObject({ holds: false, detail: { lane: 'a1' } });
  });
});
