/** `lifeline inspect` and `--inspect`, with a receiver of Stately's package at the other end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { receive, type Received } from '../dashboard/inspector/receiver.ts';
import { recordStory } from '../recorded-story.ts';
import { commandLine, startCommandLine, type Running } from './command-line.ts';

let directory: string;
const data = () => ['--data', join(directory, 'data'), '--log-level', 'silent'];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-inspect-'));
});

/** What a failed test has left running. */
const started: Running[] = [];
const start = (argv: readonly string[]): Running => {
  const running = startCommandLine(argv);
  started.push(running);
  return running;
};
afterEach(async () => {
  for (const running of started.splice(0).reverse()) {
    running.interrupt();
    running.interrupt();
    await running.ran;
  }
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What it says of itself once it is ready. */
async function ready(running: Running): Promise<Record<string, unknown>> {
  await running.says('"ready":true');
  return JSON.parse(running.said().out) as Record<string, unknown>;
}

/** The states of an actor, in the order in which it came into them. */
const statesOf = ({ messages }: Received, session: string) =>
  messages
    .flatMap((message) => {
      const { snapshot } = message as { readonly snapshot?: { readonly value: string } };
      return message.sessionId.endsWith(session) && snapshot ? [snapshot.value] : [];
    })
    .filter((state, i, all) => state !== all[i - 1]);

describe('lifeline inspect --scenario', () => {
  it('plays a scenario into the inspector: the outage, and the task that runs through it', async () => {
    const file = 'scenarios/scripted/short-cut.scenario';
    const inspect = ['inspect', '--scenario', file, '--speed', '1000', '--port', '0', '--json'];
    const running = start(inspect);
    const { url } = await ready(running);
    const receiver = receive(String(url));
    await receiver.until((actors) => {
      const states = [...actors.values()].map(({ name, value }) => `${name} ${value}`);
      return ['x done', 'x#1 at a1 done', 'a1 connected'].every((state) => states.includes(state));
    });
    expect(statesOf(receiver, '/agent/a1')).toEqual([
      ...['reconciling', 'connected', 'suspect', 'reconciling', 'reconciled', 'connected'],
    ]);
    expect(receiver.flaws).toEqual([]);
    await running.says('The scenario is over');
    running.interrupt();
    expect(await running.ran).toMatchObject({ code: 0 });
  });

  it('plays the recordings of a system together, by the names that they had', async () => {
    const files = await recordStory(directory);
    const each = files.flatMap((file) => ['--scenario', file]);
    const running = start(['inspect', ...each, '--speed', '1000', '--port', '0', '--json']);
    const { url } = await ready(running);
    const receiver = receive(String(url));
    await receiver.until((actors) => [...actors.values()].some(({ name, value }) => name === 'x' && value === 'done')); // prettier-ignore
    const names = [...receiver.actors.values()].map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['controller', 'a1', 'x', 'x#1 at a1']));
    expect(receiver.flaws).toEqual([]);
  });

  it('says what is wrong with its flags', async () => {
    expect((await commandLine(['inspect', '--scenario', 'none'])).err).toContain('does not exist');
    const odd = ['inspect', '--scenario', 'scenarios/scripted/short-cut.scenario', '--speed', '0'];
    expect((await commandLine(odd)).err).toContain('from 0.01 to 1000');
    expect((await commandLine(['inspect', '--speed', '2'])).err).toContain('is for a scenario');
  });
});

describe('lifeline inspect', () => {
  it('and --inspect show the same actors by the same names, and what becomes of work', async () => {
    const flags = ['--port', '0', '--agents', '1', '--json', '--inspect'];
    const up = start(['up', ...data(), ...flags]);
    const { inspector, controllerId } = await ready(up);
    const verb = start(['inspect', ...data(), '--port', '0', '--json']);
    const { url } = await ready(verb);
    const both = [receive(String(inspector)), receive(String(url))];
    const root = `${String(controllerId)}/controller`;
    for (const { until } of both) {
      await until((actors) => actors.get(`${String(controllerId)}/agent/agent-1`)?.value === 'connected'); // prettier-ignore
    }
    const lines = ['true', 'false'].map((command) => ({ handler: 'shell', input: { command } }));
    writeFileSync(join(directory, 'work'), lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(await commandLine(['run', join(directory, 'work'), ...data(), '--job', 'two'])).toMatchObject({ code: 1 }); // prettier-ignore
    for (const { until } of both) {
      await until((actors) => actors.get(`${String(controllerId)}/job/two`)?.value === 'finished');
    }
    const [one, other] = both.map(({ actors }) =>
      [...actors].map(([session, { name, value, parent }]) => ({ session, name, value, parent })),
    );
    expect(one).toEqual(other);
    expect(one).toEqual(
      expect.arrayContaining([
        { session: root, name: 'controller', value: 'active', parent: undefined },
        expect.objectContaining({ name: 'two-1-1', value: 'done', parent: `${String(controllerId)}/job/two` }),
        expect.objectContaining({ name: 'two-1-2', value: 'failed' }),
      ]),
    ); // prettier-ignore
    expect(both.flatMap(({ flaws }) => flaws)).toEqual([]);
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
