/** `lifeline scenario`: playing and checking scenario files as users do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { playFiles } from '../../cli/scenario-play.ts';
import type { Call } from '../../cli/verb.ts';
import { commandLine } from './command-line.ts';

const directory = mkdtempSync(join(tmpdir(), 'lifeline-scenario-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, ...lines: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, ['lifeline scenario 1', ...lines, ''].join('\n'));
  return path;
}

const holds = file(
  'holds.scenario',
  'title A piece of work is done',
  'agent a1',
  '1s submit x runs=5s',
  '3s submit y runs=1s',
  '10s expect x done starts=1',
  'end',
);
const fails = file(
  'fails.scenario',
  'title A piece of work is done twice',
  'agent a1',
  '1s submit x runs=5s',
  '10s expect x done starts=2',
  'end',
);

describe('scenario play', () => {
  it('shows what happens as lanes, and that it holds', async () => {
    const { code, out } = await commandLine(['scenario', 'play', holds]);
    expect(code).toBe(0);
    expect(out).toContain(`${holds}: A piece of work is done`);
    expect(out).toMatch(/world +controller +a1\n/);
    expect(out).toMatch(/\n +1s +submit x runs=5s +│ +│\n/);
    expect(out).toMatch(/\n +6\.004s +│ +│ +x#1 ends: done\n/);
    expect(out).toMatch(/\nIt holds: \d+ moments in 3 lanes\.\n$/);
  });

  it('ends with 1 and names the line of what is otherwise than expected', async () => {
    const { code, out } = await commandLine(['scenario', 'play', fails]);
    expect(code).toBe(1);
    expect(out.split('\n').at(-2)).toBe(
      `${fails}:5: At 10s otherwise than expected, x: starts is 1, not 2.`,
    );
  });

  it('shows no more than up to a time, or up to what is about an id', async () => {
    const early = await commandLine(['scenario', 'play', holds, '--until', '2s']);
    expect(early.out).toContain('x#1 starts');
    expect(early.out).not.toContain('x#1 ends');
    const y = await commandLine(['scenario', 'play', holds, '--until', 'y']);
    expect(y.out).toContain('submit y runs=1s');
    expect(y.out).not.toContain('y accepted');
  });

  it('goes moment by moment, until q', async () => {
    const { code, out } = await commandLine(['scenario', 'play', holds, '--step'], {
      stdin: '\n\nq\n',
    });
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(5);
  });

  it('leaves stdin alone when it has shown all, so that the process can end', async () => {
    let isLeft = false;
    // A terminal: it gives Enter as long as somebody reads, and has no end.
    const stdin = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: Buffer.from('\n') }),
        return: () => Promise.resolve({ done: (isLeft = true), value: undefined }),
      }),
    } as AsyncIterable<Uint8Array>;
    const options = { step: true, until: '1s' };
    const silent = { screen: { line: () => {} }, print: () => {}, values: {} };
    expect(await playFiles({ ...silent, stdin, options } as unknown as Call, [holds])).toBe(0);
    await vi.waitFor(() => expect(isLeft).toBe(true));
  });

  it('gives each moment as JSON, and at the end how it went', async () => {
    const { code, out } = await commandLine(['scenario', 'play', fails, '--json']);
    expect(code).toBe(1);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual({
      atMs: 1_000,
      lane: 'world',
      text: 'submit x runs=5s',
      ids: ['x'],
    });
    expect(lines.at(-1)).toMatchObject({
      holds: false,
      failure: expect.stringContaining('starts is 1, not 2') as string,
      detail: { checker: 'expect', atMs: 10_000 },
    });
  });

  it('refuses a file that is none, one that is not there, and an action that is none', async () => {
    const broken = file('broken.txt', 'title Broken', '0s sumbit x', 'end');
    expect(await commandLine(['scenario', 'play', broken])).toMatchObject({
      code: 2,
      err: `lifeline: ${broken}:3: There is no word "sumbit"; did you mean "submit"?\n`,
    });
    const missing = join(directory, 'missing.scenario');
    expect(await commandLine(['scenario', 'play', missing])).toMatchObject({
      code: 2,
      err: `lifeline: The scenario ${missing} does not exist.\n`,
    });
    expect(await commandLine(['scenario', 'paly', holds])).toMatchObject({ code: 2 });
  });
});

describe('scenario check', () => {
  it('says of each file of a directory whether it holds, and ends with 1 when one does not', async () => {
    const { code, out } = await commandLine(['scenario', 'check', directory]);
    expect(code).toBe(1);
    expect(out).toBe(
      `FAILED ${fails}:5: At 10s otherwise than expected, x: starts is 1, not 2.\nok ${holds}\n`,
    );
  });

  it('takes a single file as well', async () => {
    expect(await commandLine(['scenario', 'check', holds])).toMatchObject({
      code: 0,
      out: `ok ${holds}\n`,
    });
  });

  it('refuses a directory without scenario files', async () => {
    const empty = mkdtempSync(join(directory, 'empty-'));
    const { code, err } = await commandLine(['scenario', 'check', empty]);
    expect(code).toBe(2);
    expect(err).toContain('There is no *.scenario file in');
  });
});
