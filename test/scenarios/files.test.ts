/**
 * Every scenario file there is, played: the scripted stories, and what once failed. A file that is put into
 * one of the folders is played from then on.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readScenario } from '../../scenarios/format/read.ts';
import { playScenario } from '../../scenarios/play.ts';

describe.each(['scripted', 'recorded'])('scenarios/%s', (folder) => {
  const url = new URL(`../../scenarios/${folder}/`, import.meta.url);
  const names = existsSync(url) ? readdirSync(url).sort() : [];

  it('holds scenario files and nothing else', () => {
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*\.scenario$/.test(name))).toEqual([]);
  });

  it.each(names)('%s holds', async (name) => {
    const scenario = readScenario(readFileSync(new URL(name, url), 'utf8'), `${folder}/${name}`);
    expect((await playScenario(scenario)).failure).toBeUndefined();
  });
});
