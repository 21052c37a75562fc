/** A small story, recorded: two nodes, one piece of work. And the same recording with one thing in it otherwise. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIRST_LINE } from '../scenarios/format/problem.ts';
import { readScenario } from '../scenarios/format/read.ts';
import { playScenario } from '../scenarios/play.ts';
import { machinesDigest } from '../scenarios/tape/machines-digest.ts';
import { createRecorder } from '../scenarios/tape/recorder.ts';
import { lineOf, madeLine, parseLine, unsealed } from '../scenarios/tape/tape-line.ts';

const STORY = `lifeline scenario 1
title A story of two nodes
agent a1
1s submit x runs=5s
10s expect x done
end
`;

/** Plays it and writes a recording for each node into the directory. Resolves to their paths. */
export async function recordStory(directory: string): Promise<readonly string[]> {
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
  return [...tapes].map(([seat, lines]) => {
    const file = join(directory, `${seat}.scenario`);
    const about = { lifeline: '0.0.0', machines: machinesDigest(), redaction: 'none' };
    const began = new Date(0).toISOString();
    const made = madeLine({ recording: seat, segment: 1, began, ...about });
    writeFileSync(file, [FIRST_LINE, made, ...lines, ''].join('\n'));
    return file;
  });
}

/** The recording of an agent that hoped where ours intends. */
export function otherwise(recording: string): string {
  const lines = recording.trimEnd().split('\n');
  const changed = lines.map((text, i) => {
    if (!text.includes('"kind":"intent"')) return text;
    const line = parseLine(unsealed(text)!, 'recording', i + 1);
    const body = JSON.parse(
      JSON.stringify(line.body).replace('"kind":"intent"', '"kind":"hope"'),
    ) as typeof line.body;
    return lineOf({ ...line, body });
  });
  return `${changed.join('\n')}\n`;
}
