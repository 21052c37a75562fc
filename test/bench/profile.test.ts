/** A CPU profile by what costs most: self time, without the idle, and without a path of this machine. */
import type { Profiler } from 'node:inspector';
import { describe, expect, it } from 'vitest';
import { shortPath, summarize } from '../../bench/profile.ts';

const FILE = 'file:///home/someone/lifeline/bench/dist/actors/turn-loop.js';

type Node = Profiler.ProfileNode;

function node(
  id: number,
  name: string,
  url: string,
  more: Partial<Node> = {},
  scriptId = '9',
): Node {
  const callFrame = { functionName: name, scriptId, url, lineNumber: 2, columnNumber: 0 };
  return { id, callFrame, ...more };
}
const builtIn = (id: number, name: string, more?: Partial<Node>) => node(id, name, '', more, '0');

const profile: Profiler.Profile = {
  startTime: 0,
  endTime: 13_000,
  nodes: [
    builtIn(1, '(root)', { children: [2, 3, 4, 5, 7, 9] }),
    builtIn(2, '(idle)'),
    builtIn(3, '(garbage collector)'),
    node(4, 'decide', FILE),
    node(5, 'record', FILE, { children: [6] }),
    builtIn(6, 'writeSync'),
    node(7, 'post', 'node:inspector', { children: [8] }),
    builtIn(8, 'dispatch'),
    node(9, '', '', { children: [10] }),
    node(10, 'decide', FILE),
  ],
  samples: [2, 4, 5, 10, 3, 9, 2, 6, 8],
  timeDeltas: [4_000, 1_000, 1_500, 500, 500, 1_000, 1_000, 500, 3_000],
};

describe('a profile', () => {
  it('is summed by function and by file, built-in code with its caller, the profiler left out', () => {
    expect(summarize(profile, 10)).toEqual({
      busyMs: 5,
      byFunction: [
        { what: 'record actors/turn-loop.js:3', part: 0.4 },
        { what: 'decide actors/turn-loop.js:3', part: 0.3 },
        { what: '(code generated at run time)', part: 0.2 },
        { what: '(garbage collector)', part: 0.1 },
      ],
      byFile: [
        { what: 'actors/turn-loop.js', part: 0.7 },
        { what: '(code generated at run time)', part: 0.2 },
        { what: '(garbage collector)', part: 0.1 },
      ],
    });
  });

  it('names only the top', () => {
    const { busyMs, byFile } = summarize(profile, 1);
    expect(busyMs).toBe(5);
    expect(byFile.map(({ what }) => what)).toEqual(['actors/turn-loop.js']);
  });

  it.each([
    [FILE, 'actors/turn-loop.js'],
    ['/srv/node_modules/a/node_modules/lmdb/write.js', 'lmdb/write.js'],
    ['node:internal/buffer', 'node:internal/buffer'],
    ['', ''],
  ])('calls %j %j', (url, path) => {
    expect(shortPath(url)).toBe(path);
  });
});
