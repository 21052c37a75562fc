/** `lifeline scenario play` of recordings: lanes of all of them by time, and what is decided otherwise. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIRST_LINE } from '../../scenarios/format/problem.ts';
import { readScenario } from '../../scenarios/format/read.ts';
import { playScenario } from '../../scenarios/play.ts';
import { machinesDigest } from '../../scenarios/tape/machines-digest.ts';
import { createRecorder } from '../../scenarios/tape/recorder.ts';
import { lineOf, madeLine, parseLine, unsealed } from '../../scenarios/tape/tape-line.ts';
import { commandLine } from './command-line.ts';

const STORY = `lifeline scenario 1
title A story of two nodes
agent a1
1s submit x runs=5s
10s expect x done
end
`;

let directory = '';
const files: string[] = [];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-tape-'));
  const tapes = new Map<string, string[]>();
  let nowMs = 0;
  await playScenario(readScenario(STORY, 'story'), {
    hear: ({ atMs }) => void (nowMs = atMs),
    tap: (seat) => {
      const lines = tapes.get(seat) ?? [];
      tapes.set(seat, lines);
      return createRecorder(
        (lane, word, body) => void lines.push(lineOf({ atMs: nowMs, lane, word, body })),
        undefined,
      );
    },
  });
  for (const [seat, lines] of tapes) {
    const file = join(directory, `${seat}.scenario`);
    const about = { lifeline: '0.0.0', machines: machinesDigest(), redaction: 'none' };
    const began = new Date(0).toISOString();
    const made = madeLine({ recording: seat, segment: 1, began, ...about });
    writeFileSync(file, [FIRST_LINE, made, ...lines, ''].join('\n'));
    files.push(file);
  }
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
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const changed = lines.map((text, i) => {
      if (!text.includes('"kind":"intent"')) return text;
      const line = parseLine(unsealed(text)!, file, i + 1);
      const body = JSON.parse(
        JSON.stringify(line.body).replace('"kind":"intent"', '"kind":"hope"'),
      ) as typeof line.body;
      return lineOf({ ...line, body });
    });
    writeFileSync(edited, `${changed.join('\n')}\n`);
    const { code, out } = await commandLine(['scenario', 'play', edited]);
    expect(code).toBe(1);
    expect(out).toMatch(/a1, turn \d+ \(.*edited\.txt:\d+, .*\) is decided otherwise, at entries/);
    expect(out).toMatch(/hope"? +│ +"?intent/);
    const { out: json } = await commandLine(['scenario', 'play', edited, '--json']);
    const last = JSON.parse(json.trim().split('\n').at(-1)!) as object;
    expect(last).toMatchObject({ holds: false, detail: { lane: 'a1' } });
  });
});
