/** `lifeline inspect` and `--inspect`, with a receiver of Stately's package at the other end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receive } from '../dashboard/inspector/receiver.ts';
import { commandLine, startCommandLine, type Running } from './command-line.ts';

let directory: string;
const data = () => ['--data', join(directory, 'data'), '--log-level', 'silent'];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-inspect-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What it says of itself once it is ready. */
async function ready(running: Running): Promise<Record<string, unknown>> {
  await running.says('"ready":true');
  return JSON.parse(running.said().out) as Record<string, unknown>;
}

describe('lifeline inspect --scenario', () => {
  it('plays a scenario into the inspector, tasks of the agents included, from its beginning for each who comes', async () => {
    const file = 'scenarios/scripted/short-cut.scenario';
    const inspect = ['inspect', '--scenario', file, '--speed', '1000', '--port', '0', '--json'];
    const running = startCommandLine(inspect);
    const { url } = await ready(running);
    const first = receive(String(url));
    await running.says('The scenario is over');
    const ended = [...first.actors.values()].map(({ machine, value }) => `${machine} ${value}`);
    expect(ended).toEqual(
      expect.arrayContaining(['controller active', 'subTransaction done', 'task done']),
    );
    expect(first.flaws).toEqual([]);
    running.interrupt();
    expect(await running.ran).toMatchObject({ code: 0 });
  });

  it('says what is wrong with its flags', async () => {
    expect((await commandLine(['inspect', '--scenario', 'none'])).err).toContain('does not exist');
    const odd = ['inspect', '--scenario', 'scenarios/scripted/short-cut.scenario', '--speed', '0'];
    expect((await commandLine(odd)).err).toContain('from 0.01 to 1000');
    expect((await commandLine(['inspect', '--speed', '2'])).err).toContain('is for a scenario');
  });
});

describe('lifeline inspect', () => {
  it('and --inspect show the same actors by the same names', async () => {
    const flags = ['--port', '0', '--agents', '1', '--json', '--inspect'];
    const up = startCommandLine(['up', ...data(), ...flags]);
    const { inspector, controllerId } = await ready(up);
    const verb = startCommandLine(['inspect', ...data(), '--port', '0', '--json']);
    const { url } = await ready(verb);
    const both = [receive(String(inspector)), receive(String(url))];
    const root = `${String(controllerId)}/controller`;
    for (const { until } of both) {
      await until((actors) => actors.get(`${String(controllerId)}/agent/agent-1`)?.value === 'connected'); // prettier-ignore
    }
    const names = both.map(({ actors }) => [...actors.keys()].sort());
    expect(names[0]).toEqual(names[1]);
    expect(names[0]).toContain(root);
    for (const running of [verb, up]) {
      running.interrupt();
      expect(await running.ran).toMatchObject({ code: 0 });
    }
  });

  it('needs a controller at work, since nothing moves in a directory at rest', async () => {
    const { code, err } = await commandLine(['inspect', ...data()]);
    expect(code).toBe(3);
    expect(err).toContain('so nothing moves: start one with `lifeline up`');
  });
});
