/** Work files: what is taken, what is refused, with which line. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkWorkFile, createLineParser, readWorkFile } from '../../cli/work-file.ts';
import { ShellInput } from '../../handlers/shell.ts';

const parse = createLineParser('work.ndjson', [
  { name: 'shell', input: ShellInput, result: undefined },
  { name: 'any', input: undefined, result: undefined },
]);

let directory: string;
let path: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-work-'));
  path = join(directory, 'work.ndjson');
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function read(content: string | Buffer) {
  writeFileSync(path, content);
  const checked = await checkWorkFile(path, 'work.ndjson', parse);
  const lines = [];
  for await (const line of readWorkFile(path, 'work.ndjson', parse)) lines.push(line);
  return { ...checked, read: lines };
}

const good = '{"handler":"any","input":1}';

describe('a work file', () => {
  it('is read line by line, and hashed', async () => {
    const content = `{"handler":"shell","input":{"command":"true"},"id":"a"}\n\n  \r\n${good}`;
    expect(await read(content)).toEqual({
      lines: 2,
      hash: createHash('sha256').update(content).digest('hex'),
      read: [
        { line: 1, handler: 'shell', input: { command: 'true' }, id: 'a' },
        { line: 4, handler: 'any', input: 1 },
      ],
    });
  });

  it('may be empty', async () => {
    expect(await read('')).toMatchObject({ lines: 0, read: [] });
  });

  it('may have lines longer than one piece of the stream', async () => {
    const long = 'é'.repeat(100_000);
    const line = JSON.stringify({ handler: 'any', input: long });
    const { read: lines } = await read(`${line}\r\n${line}\n`);
    expect(lines.map(({ input }) => input === long)).toEqual([true, true]);
  });

  it.each<[string, string | Buffer, string]>([
    ['no JSON', `${good}\nnope\n`, 'Line 2 of work.ndjson is not JSON: '],
    ['no object', '[1]', 'Line 1 of work.ndjson must be an object'],
    ['null', 'null', 'Line 1 of work.ndjson must be an object'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'Line 1 of work.ndjson is not UTF-8'],
    [
      'an unknown handler',
      '{"handler":"nope","input":{}}',
      'Line 1 of work.ndjson names the handler "nope"; known are shell, any.',
    ],
    ['no handler', '{"input":{}}', 'Line 1 of work.ndjson needs a "handler"'],
    ['no input', '{"handler":"any"}', 'Line 1 of work.ndjson needs an "input".'],
    [
      'an input that does not fit',
      '{"handler":"shell","input":{"args":[]}}',
      'Line 1 of work.ndjson cannot be taken: The input of handler "shell" does not fit: ',
    ],
    [
      'an unknown property',
      '{"handlr":"any","handler":"any","input":1}',
      'Line 1 of work.ndjson has "handlr", which is not known; do you mean "handler"?',
    ],
    [
      'an input over 256 KB',
      `${good}\n${JSON.stringify({ handler: 'any', input: 'x'.repeat(262_145) })}`,
      'Line 2 of work.ndjson cannot be taken: The input is 257 KB; at most 256 KB can be sent',
    ],
    [
      'a line without end',
      `${good}\n"${'x'.repeat(3_000_000)}`,
      'Line 2 of work.ndjson is longer than 2097152 bytes',
    ],
    ['an id that is no text', '{"handler":"any","input":1,"id":7}', 'has an "id" that is no text'],
    [
      'an id twice',
      '{"handler":"any","input":1,"id":"a"}\n{"handler":"any","input":2,"id":"a"}',
      'Line 2 of work.ndjson has the id "a", as line 1 has; change one.',
    ],
    ...['a.b', '*', 'a>', 'a b', 'a\nb', '..', '', 'x'.repeat(65)].map(
      (id): [string, string, string] => [
        `the id ${JSON.stringify(id.slice(0, 10))}`,
        JSON.stringify({ handler: 'any', input: 1, id }),
        'Line 1 of work.ndjson cannot be taken: The id ',
      ],
    ),
  ])('with %s is refused', async (_what, content, sentence) => {
    await expect(read(content)).rejects.toThrow(sentence);
  });

  it.each([
    ['no-such.ndjson', 'The work file w does not exist.'],
    ['.', 'The work file w is a directory.'],
  ])('at %s is refused', async (name, sentence) => {
    await expect(checkWorkFile(join(directory, name), 'w', parse)).rejects.toThrow(sentence);
  });
});
