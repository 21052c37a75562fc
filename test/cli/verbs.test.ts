/** Commands are loaded when they are typed: their names stand beside them, and must be theirs. */
import { describe, expect, it } from 'vitest';
import { loadVerbs, verbs } from '../../cli/verbs.ts';

const loaded = async (...argv: string[]) => (await loadVerbs(argv, verbs)).map(({ name }) => name);

describe('the commands', () => {
  it.each(verbs.map(({ names, load }) => [names.join(', '), names, load] as const))(
    '%s: go by their own names',
    async (_, names, load) => {
      const { name, alias } = await load();
      expect([name, ...(alias === undefined ? [] : [alias])]).toEqual(names);
    },
  );

  it('are loaded when they are named, by an alias too, and wherever the name stands', async () => {
    expect(await loaded('list', '--json')).toEqual(['list']);
    expect(await loaded('start', 'a', 'b')).toEqual(['ingest']);
    expect(await loaded('--data', 'here', 'ps')).toEqual(['ps']);
    expect(await loaded('--version')).toEqual([]);
  });

  it('are all loaded for the help of all, and to find what was meant by a word that is none', async () => {
    for (const argv of [['--help'], ['help', 'list'], ['shwo'], []]) {
      expect(await loaded(...argv)).toHaveLength(verbs.length);
    }
  });
});
