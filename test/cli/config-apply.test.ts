/** Process classes of a controller: those of the file it is started with, shown, and others applied. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessClassView } from '../../actors/obstacles.ts';
import { commandLine } from './command-line.ts';

let directory: string;
const at = (name: string) => join(directory, name);
const ask = (...words: readonly string[]) =>
  commandLine(['--data', at('data'), '--log-level', 'silent', ...words]);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-apply-'));
  writeFileSync(
    at('start.yaml'),
    'process-classes:\n  default: { select: next }\n  fast: { agents: [agent-1, http://h:4445], max-processes: 7 }\n',
  );
  writeFileSync(at('later.xml'), '<process_class remote_scheduler="http://other"/>');
  writeFileSync(at('none.yaml'), 'period: 5s');
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const classesOf = ({ out }: { readonly out: string }) =>
  (JSON.parse(out) as { readonly items: readonly ProcessClassView[] }).items;

describe('process classes', () => {
  it('are those of the file a controller is started with, then those that are applied', async () => {
    const ran = await ask('run', '--config', at('start.yaml'), '--agents', '1', '--', 'true');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.err).toContain(`Process classes are as ${at('start.yaml')} says: default, fast.`);
    const unmatched =
      'No agent has told the address http://h:4445 of the process class fast: start';
    expect(ran.err).toContain(unmatched);

    const shown = classesOf(await ask('config', 'show', '--json'));
    expect(shown.map(({ name, maxProcesses }) => [name, maxProcesses])).toEqual([
      ['default', 30],
      ['fast', 7],
    ]);
    const { out } = await ask('config', 'show');
    expect(out).toMatch(/^PROCESS CLASS +SELECT +AT ONCE /);
    expect(out).toMatch(/\nfast +first +7 .*agent-1.*, http:\/\/h:4445\n/);
    expect((await ask('agents')).out).toContain(unmatched);

    const applied = await ask('config', 'apply', at('later.xml'));
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.err).toContain('Process class fast is gone');
    expect(classesOf(await ask('config', 'show', '--json')).map(({ name }) => name)).toEqual([
      'later',
      'default',
    ]);
  });

  it.each([
    [['apply'], 'Name the file with the process classes'],
    [['apply', 'none.yaml'], 'none.yaml says nothing of process classes.'],
  ])('are not applied by %j', async ([action, file], sentence) => {
    const ran = await ask('config', action!, ...(file ? [at(file)] : []));
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(sentence);
  });
});
