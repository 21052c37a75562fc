/** `lifeline config check`: what would be in force, and where each value comes from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine } from './command-line.ts';

let directory: string;
const at = (name: string) => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-check-'));
  writeFileSync(at('fast.xml'), '<process_class\n remote_scheduler="http://h:4445"/>');
  writeFileSync(at('broken.xml'), '<process_class\n select="last"/>');
  writeFileSync(
    at('c.yaml'),
    'period: 5s\nslots: 3\nprocess-classes:\n  fast: fast.xml\n  slow: { agents: [a1], timeout: 20s }\n',
  );
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Told {
  readonly file: string | null;
  readonly settings: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly from: string;
  }[];
  readonly processClasses: readonly Record<string, unknown>[];
  readonly unmapped: readonly string[];
}

describe('config check', () => {
  it('tells of each setting whether it is of a flag, the environment, the file or a default', async () => {
    const { code, out } = await commandLine(
      ['config', 'check', at('c.yaml'), '--delay', '1s', '--json'],
      { env: { LIFELINE_SLOTS: '9', LIFELINE_CONFIG: at('none.yaml') } },
    );
    const told = JSON.parse(out) as Told;
    expect(code).toBe(0);
    expect(told.file).toBe(at('c.yaml'));
    const found = ['period', 'delay', 'slots', 'timeout', 'handover'].map((name) => {
      const { value, from } = told.settings.find((setting) => setting.name === name)!;
      return [name, value, from];
    });
    expect(found).toEqual([
      ['period', 5_000, `${at('c.yaml')}:1`],
      ['delay', 1_000, '--delay'],
      ['slots', 9, 'LIFELINE_SLOTS'],
      ['timeout', 60_000, 'default'],
      ['handover', null, 'default'],
    ]);
  });

  it('tells of each process class in full, the one that is always there too', async () => {
    const { out } = await commandLine(['config', 'check', at('c.yaml'), '--json']);
    const { processClasses, unmapped } = JSON.parse(out) as Told;
    expect(processClasses).toMatchObject([
      { name: 'fast', select: 'first', maxProcesses: 30, periodMs: 5_000, from: 'fast.xml:1' },
      { name: 'slow', agents: ['a1'], periodMs: 10_000, delayMs: 2_000, timeoutMs: 20_000, from: `${at('c.yaml')}:5` },
      { name: 'default', select: 'next', agents: 'all', periodMs: 5_000, timeoutMs: 60_000, from: 'default' },
    ]); // prettier-ignore
    expect(unmapped).toEqual(['http://h:4445']);
  });

  it('is a table for people', async () => {
    const { out } = await commandLine([
      'config',
      'check',
      '--config',
      at('fast.xml'),
      '--timeout',
      '2m',
    ]);
    expect(out).toMatch(/^SETTING +VALUE +FROM\n/);
    expect(out).toMatch(/\ntimeout +2m +--timeout\n/);
    expect(out).toMatch(/\nlog-cap +64MB +default\n/);
    expect(out).toMatch(/\nfast +first +30 +10s +2s +2m +30s +- +http:\/\/h:4445 +.*fast.xml:1\n/);
    expect(out).toContain(
      'http://h:4445 is the agent that is started with --address http://h:4445, or',
    );
  });

  it.each([
    [['check', 'broken.xml'], `broken.xml:2: Attribute 'select' is not 'first' or 'next': "last".`],
    [['check', 'none.yaml'], 'none.yaml does not exist.'],
    [['chek'], 'There is no "config chek"; there is check'],
  ])('is exit code 2 for %j', async ([action, file], sentence) => {
    const { code, out, err } = await commandLine(['config', action!, ...(file ? [at(file)] : [])]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(sentence);
  });

  it('finds broken classes in whatever has the file', async () => {
    const { code, err } = await commandLine(['list', '--config', at('broken.xml')]);
    expect([code, err]).toEqual([2, expect.stringContaining('broken.xml:2: ')]);
  });
});
