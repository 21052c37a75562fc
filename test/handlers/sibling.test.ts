/** What of this process' own arguments a process beside it is given. */
import { describe, expect, it } from 'vitest';
import { argumentsToRun, loadersAmong, sibling } from '../../handlers/sibling.ts';

describe('a file that is started as a process', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      'loaders with their values',
      ['--import', './a.js', '-r', 'b'],
      ['--import', './a.js', '-r', 'b'],
    ],
    ['loaders in one word', ['--import=./a.js', '--loader=b'], ['--import=./a.js', '--loader=b']],
    ['no code', ['--import', './a.js', '-e', 'spawn()'], ['--import', './a.js']],
    ['no code in one word', ['--eval=spawn()', '-p', '1', '--print=1'], []],
    ['no debugger', ['--inspect-brk', '--inspect=0', '--import', 'x'], ['--import', 'x']],
  ])('is given %s', (_what, given, passed) => {
    expect(loadersAmong(given)).toEqual(passed);
  });

  it('is given nothing from the build', () => {
    const built = sibling('./guard-process.ts', 'file:///a/b/guard.js');
    expect(argumentsToRun(built)).toEqual(['/a/b/guard-process.js']);
  });
});
