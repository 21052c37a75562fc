/** What the page is shown of scenarios: the list, and what a process of its own makes of one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScenarioPlayer } from '../../cli/scenario-player.ts';
import { playTask } from '../../cli/scenario-task.ts';
import type { PlayedScenario, ScenarioFile } from '../../dashboard/server/scenario-player.ts';
import { otherwise, recordStory } from '../recorded-story.ts';

const SCRIPT = `lifeline scenario 1
title A cut costs nothing
source JS-1524
agent a1
1s submit x runs=20s
5s cut a1 both for=9s
30s expect x done
end
`;

const textOf = (file: string, text: string) => ({ files: [{ file, text }] });

let directory = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-player-'));
  writeFileSync(join(directory, 'cut.scenario'), SCRIPT);
  writeFileSync(join(directory, 'notes.scenario'), 'nothing of the kind');
  await recordStory(directory);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the scenarios for the page', () => {
  it('are those of the data directory, then those that come with Lifeline', async () => {
    const items = await createScenarioPlayer(directory).list();
    expect(items.filter(({ isShipped }) => !isShipped)).toMatchObject([
      { name: 'a1', kind: 'recording', title: expect.stringContaining('Recorded from') as string },
      { name: 'controller', kind: 'recording' },
      { name: 'cut', kind: 'script', title: 'A cut costs nothing', source: 'JS-1524' },
    ]);
    expect(items.filter(({ isShipped }) => isShipped).length).toBeGreaterThan(50);
    expect(items.find(({ name }) => name === 'short-cut')).toMatchObject({ isShipped: true });
  });

  it('are played: moments, messages and their fate, and the states they lead to', async () => {
    const played = await playTask({ path: join(directory, 'cut.scenario') });
    expect(played).toMatchObject({
      ...{ kind: 'script', title: 'A cut costs nothing', beganAt: null },
      ...{ lanes: ['world', 'controller', 'a1'], failure: null, left: 0 },
    });
    const { items } = played;
    expect(items.map(({ atMs }) => atMs)).toEqual(
      items.map(({ atMs }) => atMs).sort((a, b) => a - b),
    );
    expect(items).toContainEqual({
      ...{ atMs: 1_002, lane: 'controller', to: 'a1', text: 'assign x#1', ids: ['a1', 'x'] },
    });
    const probe = { lane: 'controller', to: 'a1', text: 'are you there?', fate: 'cut' };
    expect(items).toContainEqual(expect.objectContaining(probe));
    const states = items.flatMap((item) => item.states ?? []);
    const of = (machine: string) =>
      states.filter((change) => change.machine === machine).map(({ state }) => state);
    expect(of('subTransaction')).toEqual(['sent', 'received', 'inProgress', 'done']);
    expect(of('task')).toEqual(['inProgress', 'done', null]);
    expect(of('agentConnection')).toEqual([
      ...['reconciling', 'connected', 'suspect', 'reconciling', 'reconciled'],
    ]);
  });

  it('are played from the text of a file, and what is wrong with it is told with its line', async () => {
    const failing = SCRIPT.replace('expect x done', 'expect x failed');
    const { failure } = await playTask(textOf('mine.scenario', failing));
    expect(failure).toMatchObject({ atMs: 30_000, divergence: null });
    expect(failure!.text).toMatch(/^mine\.scenario:7: /);
    const wrong = playTask(textOf('wrong.scenario', SCRIPT.replace('submit', 'sumbit')));
    await expect(wrong).rejects.toThrow(/^wrong\.scenario:5: .*did you mean "submit"/);
  });

  it('of a recording show where it would be decided otherwise', async () => {
    const recorded = readFileSync(join(directory, 'a1.scenario'), 'utf8');
    const played = await playTask(textOf('edited.scenario', otherwise(recorded)));
    expect(played).toMatchObject({ kind: 'recording', lanes: ['controller', 'a1'] });
    expect(played.unrecorded).toEqual(['controller']);
    const { atMs, divergence } = played.failure!;
    expect(atMs).toBeGreaterThan(0);
    expect(divergence).toMatchObject({
      lane: 'a1',
      path: expect.stringContaining('entries') as string,
    });
    expect(divergence!.then).toContain('hope');
    expect(divergence!.now).toContain('intent');
    expect(played.items.some(({ text }) => text.includes('intent'))).toBe(false);
  });

  it('of several nodes are played together, each with its older files', async () => {
    const [controller, a1] = ['controller', 'a1'].map((name) => ({
      file: `${name}.tape`,
      text: readFileSync(join(directory, `${name}.scenario`), 'utf8'),
    })) as [ScenarioFile, ScenarioFile];
    const older = { file: 'a1.tape.1', text: a1.text };
    const together = await playTask({ files: [older, controller, a1] });
    expect(together).toMatchObject({
      ...{ kind: 'recording', title: 'from 1970-01-01T00:00:00.000Z', failure: null },
      ...{ lanes: ['controller', 'a1'], unrecorded: [], isWhole: true },
    });
    const lanesWith = (text: string) =>
      together.items.filter((item) => item.text === text).map(({ lane }) => lane);
    expect(lanesWith('assign x#1')).toEqual(['controller']);
    // Once in the older file, once in the other one.
    expect(lanesWith('x#1 intent')).toEqual(['a1', 'a1']);
    const alone = await playTask({ files: [controller] });
    expect(alone).toMatchObject({ lanes: ['controller', 'a1'], unrecorded: ['a1'] });
    expect(alone.items).toContainEqual(
      expect.objectContaining({ lane: 'controller', to: 'a1', text: 'assign x#1' }),
    );
    await expect(playTask({ files: [a1, a1] })).rejects.toThrow('Two of the files are called');
    const mixed = playTask({ files: [a1, { file: 'cut.scenario', text: SCRIPT }] });
    await expect(mixed).rejects.toThrow('cut.scenario is no recording: open it alone');
  });

  it('of a damaged recording hold as far as they could be read', async () => {
    const lines = readFileSync(join(directory, 'a1.scenario'), 'utf8').split('\n');
    const text = lines.with(-4, 'garbage').join('\n');
    const played = await playTask(textOf('broken.tape', text));
    expect(played).toMatchObject({
      ...{ failure: null, isWhole: false },
      notes: [
        `broken.tape:${lines.length - 3}: This line is damaged; it and what follows in this file are left out.`,
      ],
    });
  });

  it('say since when they were recorded, and which is being written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lifeline-player-'));
    const text = readFileSync(join(directory, 'controller.scenario'), 'utf8');
    const current = join(folder, 'c.tape');
    writeFileSync(current, text.replaceAll('"began":"1970', '"began":"1980'));
    writeFileSync(`${current}.1`, text);
    const [first] = await createScenarioPlayer(directory, current).list();
    rmSync(folder, { recursive: true });
    expect(first).toMatchObject({
      ...{ name: 'c.tape', isBeingWritten: true, title: 'Recorded from 1970-01-01 00:00:00 UTC' },
    });
  });

  it('are played in a process of their own, one at a time', async () => {
    const player = createScenarioPlayer(directory);
    const first = player.play({ name: 'cut' });
    await expect(player.play({ name: 'none' })).rejects.toThrow('There is no scenario "none"');
    await expect(player.play({ name: 'cut' })).rejects.toThrow('Another scenario is being played');
    const played = JSON.parse(Buffer.from(await first).toString()) as PlayedScenario;
    expect(played).toMatchObject({ title: 'A cut costs nothing', failure: null });
    const wrong = player.play(textOf('../odd name', SCRIPT.replace('submit', 'sumbit')));
    await expect(wrong).rejects.toThrow(/^odd_name:5: /);
  });
});
